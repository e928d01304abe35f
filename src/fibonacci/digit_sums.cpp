// SPDX-License-Identifier: MIT
#include "digit_sums.hpp"

#include "digit_groups.hpp"

namespace fibo::detail {

void add_digits_portable(const char* text, std::size_t first, std::size_t count,
                         const TextResidue::Weights& weights, DigitSums& sums) {
  std::uint64_t bad = 0;
  for (std::size_t i = first; i < first + count; ++i) {
    for (std::size_t g = 0; g < TextResidue::chunk_groups; ++g, text += 8) {
      const std::uint64_t digits = load_eight(text);
      bad |= bytes_above_nine(digits);
      const std::uint64_t value = value_of_eight(digits);
      const std::uint64_t weight = weights.chunk[i][TextResidue::Weights::place[g]];
      sums.low[g % 4] += value * (weight & 0xffff'ffff);
      sums.high[g % 4] += value * (weight >> 32);
    }
  }
  sums.all_digits = sums.all_digits && bad == 0;
}

}  // namespace fibo::detail
