// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/fibonacci/text_residue.hpp"

#include <cstddef>
#include <cstdint>

namespace fibo::detail {

/// The weighted groups of a block, added up: low + 2^32 high, each the sum of four lanes. Plain
/// arrays, so that the routine compiled for AVX2 shares no inline function with others.
struct DigitSums {
  alignas(32) std::uint64_t low[4]{};
  alignas(32) std::uint64_t high[4]{};
  bool all_digits = true;
};

/// Adds `count` chunks of 64 digits, with the weights of chunk `first` of a block and those after
/// it. A block of 16 chunks fits: a lane gets 32 products below 10^8 * 2^32, less than 2^64.
void add_digits_portable(const char* text, std::size_t first, std::size_t count,
                         const TextResidue::Weights& weights, DigitSums& sums);
void add_digits_avx2(const char* text, std::size_t first, std::size_t count,
                     const TextResidue::Weights& weights, DigitSums& sums);

}  // namespace fibo::detail
