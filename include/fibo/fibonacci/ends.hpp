// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

namespace fibo {

/// The number of digits of F(n) and its first and last ones; `trailing` is empty where `leading` is
/// F(n) in full.
struct Ends {
  std::uint64_t digit_count = 0;
  std::string leading;
  std::string trailing;
  bool operator==(const Ends&) const = default;
};

Ends fibonacci_ends(std::uint64_t n, std::uint64_t count);

}  // namespace fibo
