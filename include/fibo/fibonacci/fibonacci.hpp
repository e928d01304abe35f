// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

namespace fibo {

/// F(n) in decimal, without sign or leading zeros: "0" for n = 0, "55" for n = 10.
///
/// F(0) = 0, F(1) = 1, F(n) = F(n-1) + F(n-2) (OEIS A000045). Takes about the time of a product of
/// two numbers half as long as the result; checked like all that an `Engine` gives, which serves
/// many keys faster. Each thread keeps an engine of its own.
/// @throws std::length_error  if n > Engine::max_n
/// @throws std::bad_alloc     if the memory is not there; `Engine::memory_bytes(n)` tells
/// beforehand
/// @throws CheckFailed        if the digits are not F(n): the machine made a mistake
std::string fibonacci(std::uint64_t n);

}  // namespace fibo
