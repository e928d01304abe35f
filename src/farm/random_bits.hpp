// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/arithmetic/split_mix.hpp"
#include "fibo/arithmetic/wide_integers.hpp"

#include <cstdint>

/// Random numbers by integer arithmetic alone, so that they are the same on every machine.
namespace fibo::detail {

/// Uniform in [0, span), span >= 1, from words that are uniform in 64 bits: D. Lemire, "Fast random
/// integer generation in an interval", ACM Transactions on Modeling and Computer Simulation 29
/// (2019).
template <class Bits>
std::uint64_t below(Bits& bits, std::uint64_t span) {
  const std::uint64_t biased_below = (0 - span) % span;
  for (;;) {
    const Uint128 product = Uint128{bits()} * span;
    if (static_cast<std::uint64_t>(product) >= biased_below)
      return static_cast<std::uint64_t>(product >> 64);
  }
}

/// The number of heads among `tosses` of a fair coin, by a bit for each: `tosses` / 64 words.
std::uint64_t count_heads(SplitMix& bits, std::uint64_t tosses);

/// The same number without the tosses, by some ten words however many there are: by rejection from
/// blocks of sqrt(tosses / 2) numbers whose probabilities fall by a factor of e (K. Bringmann,
/// F. Kuhn, K. Panagiotou, U. Peter, H. Thomas, "Internal DLA: efficient simulation of a physical
/// growth model", ICALP 2014), each accepted with its probability as Stirling's series has it, to
/// 2^-60. Precondition: tosses >= least_drawn_heads.
std::uint64_t draw_heads(SplitMix& bits, std::uint64_t tosses);
constexpr std::uint64_t least_drawn_heads = std::uint64_t{1} << 21;

/// How many of `trials` succeed with probability part / whole each; part < whole <= 2^64. Exact,
/// but that more than `most_tosses` coins are not tossed one by one (draw_heads).
/// Precondition: most_tosses >= least_drawn_heads.
std::uint64_t binomial(SplitMix& bits, std::uint64_t trials, Uint128 part, Uint128 whole,
                       std::uint64_t most_tosses);

}  // namespace fibo::detail
