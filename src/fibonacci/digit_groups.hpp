// SPDX-License-Identifier: MIT
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

/// Eight digits in a word, the first one in its lowest byte.
namespace fibo::detail {

static_assert(std::endian::native == std::endian::little);

inline constexpr std::uint64_t eight_zeros = 0x3030'3030'3030'3030;

/// Eight bytes of text, less '0' if they are digits.
inline std::uint64_t load_eight(const char* text) {
  std::uint64_t word = 0;
  std::memcpy(&word, text, sizeof word);
  return word ^ eight_zeros;
}

/// Not zero if a byte of `word` is above 9.
constexpr std::uint64_t bytes_above_nine(std::uint64_t word) {
  // A byte below 128 gets its top bit by adding 118 if it is above 9; carries into a neighbour come
  // only from bytes of 138 and more, which are found out already.
  return (word | (word + 0x7676'7676'7676'7676)) & 0x8080'8080'8080'8080;
}

/// The number that eight digits stand for.
constexpr std::uint64_t value_of_eight(std::uint64_t word) {
  // Neighbours are joined to fields of twice the width: 10 * first + second, and so on.
  word = word * 10 + (word >> 8);
  constexpr std::uint64_t mask = 0x0000'00ff'0000'00ff;
  constexpr std::uint64_t first_pairs = (std::uint64_t{1'000'000} << 32) + 100;
  constexpr std::uint64_t second_pairs = (std::uint64_t{10'000} << 32) + 1;
  return ((word & mask) * first_pairs + (word >> 16 & mask) * second_pairs) >> 32;
}

}  // namespace fibo::detail
