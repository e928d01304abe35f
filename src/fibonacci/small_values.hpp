// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>

namespace fibo::detail {

/// F(0) to F(93), all that fit 64 bits.
inline constexpr auto small_values = [] {
  std::array<std::uint64_t, 94> values{0, 1};
  for (std::size_t i = 2; i < values.size(); ++i) values[i] = values[i - 1] + values[i - 2];
  return values;
}();

}  // namespace fibo::detail
