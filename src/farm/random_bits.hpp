// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/arithmetic/wide_integers.hpp"

#include <cstdint>

/// Random numbers by integer arithmetic alone, so that they are the same on every machine.
namespace fibo::detail {

/// Random words: G. L. Steele, D. Lea, C. H. Flood, "Fast splittable pseudorandom number
/// generators", OOPSLA 2014.
class SplitMix {
 public:
  explicit SplitMix(std::uint64_t state) : state_(state) {}

  std::uint64_t operator()() {
    state_ += 0x9e3779b97f4a7c15U;
    return mix(state_);
  }

  static std::uint64_t mix(std::uint64_t x) {
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
    return x ^ (x >> 31);
  }

 private:
  std::uint64_t state_;
};

/// Uniform in [0, span), span >= 1: Lemire's method, as RandomKeys::draw().
std::uint64_t below(SplitMix& bits, std::uint64_t span);

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
