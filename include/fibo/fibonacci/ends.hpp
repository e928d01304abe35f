// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace fibo {

/// The number of decimal digits of F(n), exact for every 64-bit n, in a few nanoseconds.
std::uint64_t fibonacci_digit_count(std::uint64_t n);

}  // namespace fibo
