// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <limits>

namespace fibo {

/// The sum, or the largest number where it is larger: counts of keys reach 2^64 - 1.
constexpr std::uint64_t saturating_add(std::uint64_t a, std::uint64_t b) {
  constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  return a > most - b ? most : a + b;
}

}  // namespace fibo
