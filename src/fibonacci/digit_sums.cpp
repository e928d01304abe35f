// SPDX-License-Identifier: MIT
#include "digit_sums.hpp"

#include <cstring>

namespace fibo::detail {
namespace {

/// The value of eight digits, each in a byte, the first one in the lowest.
constexpr std::uint64_t value_of(std::uint64_t digits) {
  // Neighbours are joined to fields of twice the width: 10 * first + second, and so on.
  digits = digits * 10 + (digits >> 8);
  constexpr std::uint64_t mask = 0x0000'00ff'0000'00ff;
  constexpr std::uint64_t first_pairs = 1'000'000 * (std::uint64_t{1} << 32) + 100;
  constexpr std::uint64_t second_pairs = 10'000 * (std::uint64_t{1} << 32) + 1;
  return ((digits & mask) * first_pairs + (digits >> 16 & mask) * second_pairs) >> 32;
}

}  // namespace

DigitSums digit_sums_portable(const char* text, std::size_t chunks, const DigitWeights& weights) {
  // 8 groups below 10^8 in 16 chunks, times 32 bits of a weight: below 2^66 in all, 2^64 in each of
  // four lanes.
  constexpr std::uint64_t zeros = 0x3030'3030'3030'3030;
  constexpr std::uint64_t high_bits = 0x8080'8080'8080'8080;
  DigitSums sums{};
  std::uint64_t bad = 0;
  for (std::size_t i = DigitWeights::chunks - chunks; i < DigitWeights::chunks; ++i) {
    for (std::size_t g = 0; g < DigitWeights::groups; ++g, text += 8) {
      std::uint64_t digits = 0;
      std::memcpy(&digits, text, sizeof digits);
      digits ^= zeros;
      // A byte is a digit if it is below 128, and adding 118 leaves it so.
      bad |= (digits | (digits + 0x7676'7676'7676'7676)) & high_bits;
      const std::uint64_t value = value_of(digits);
      const std::uint64_t weight = weights.weight[i][DigitWeights::place[g]];
      sums.low[g % 4] += value * (weight & 0xffff'ffff);
      sums.high[g % 4] += value * (weight >> 32);
    }
  }
  sums.all_digits = bad == 0;
  return sums;
}

}  // namespace fibo::detail
