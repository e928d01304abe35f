// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace fibo {

/// F(n) mod m for m >= 1.
std::uint64_t fibonacci_mod(std::uint64_t n, std::uint64_t modulus);

}  // namespace fibo
