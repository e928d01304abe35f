// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

// PARI declares a function `fibo`, so that nothing in the namespace of that name can be declared
// where its header is included.

/// "PARI 2.15".
std::string pari_name();

/// Computes F(n) and its text with PARI; returns the number of digits.
std::size_t pari_fibonacci_digits(std::uint64_t n);
