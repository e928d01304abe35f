// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

namespace fibo {

/// F(n) in decimal, without sign or leading zeros: "0" for n = 0, "55" for n = 10.
///
/// F(0) = 0, F(1) = 1, F(n) = F(n-1) + F(n-2) (OEIS A000045). Takes about the time of a product of
/// two numbers as long as the result, plus its conversion to decimal.
/// @throws std::length_error  if n is past what the arithmetic underneath can hold
/// @throws std::bad_alloc     if the memory is not there; `memory_bytes(n)` tells beforehand
std::string fibonacci(std::uint64_t n);

}  // namespace fibo
