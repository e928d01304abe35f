// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

namespace fibo::detail {

/// Decimal digits of a limb, and of the pieces in which text is made.
constexpr std::uint64_t limb_digits = 18;

/// 10^0 to 10^19, all that fit 64 bits.
constexpr std::array<std::uint64_t, 20> powers_of_ten = [] {
  std::array<std::uint64_t, 20> powers{1};
  for (std::size_t i = 1; i < powers.size(); ++i) powers[i] = 10 * powers[i - 1];
  return powers;
}();

/// Appends exactly `digits` characters: the last digits of value, with leading zeros.
inline void append_padded(std::string& text, std::uint64_t value, std::uint64_t digits) {
  text.append(digits, '0');
  for (std::size_t at = text.size(); digits > 0; --digits, value /= 10) {
    text[--at] = static_cast<char>('0' + value % 10);
  }
}

}  // namespace fibo::detail
