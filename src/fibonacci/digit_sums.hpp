// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/fibonacci/residue_check.hpp"

#include <cstddef>
#include <cstdint>

namespace fibo::detail {

/// The weighted sum of the groups of one block, low + 2^32 high, both below 2^66 in total: given as
/// four lanes each, so that the routine compiled for AVX2 shares no inline function with others.
struct DigitSums {
  alignas(32) std::uint64_t low[4];
  alignas(32) std::uint64_t high[4];
  bool all_digits;
};

/// Sums the `chunks` <= 16 chunks of text; the last one has the last weights.
DigitSums digit_sums_portable(const char* text, std::size_t chunks, const DigitWeights& weights);
DigitSums digit_sums_avx2(const char* text, std::size_t chunks, const DigitWeights& weights);

}  // namespace fibo::detail
