// SPDX-License-Identifier: MIT
#include "random_bits.hpp"

#include <bit>
#include <cmath>
#include <limits>

namespace fibo::detail {
namespace {

// True with probability exp(-y), y in units of 2^-64: J. von Neumann, "Various techniques used in
// connection with random digits", 1951. A sequence of random numbers that falls from below y to one
// that does not has an even length with probability exp(-y), for y <= 1.
bool exp_minus(SplitMix& bits, Uint128 y) {
  const auto falls_evenly_from = [&bits](std::uint64_t last) {
    bool even = true;
    for (std::uint64_t next = bits(); next < last; next = bits()) {
      last = next;
      even = !even;
    }
    return even;
  };
  for (; y >> 64 != 0; y -= Uint128{1} << 64)
    if (!falls_evenly_from(std::numeric_limits<std::uint64_t>::max())) return false;
  return falls_evenly_from(static_cast<std::uint64_t>(y));
}

std::uint64_t sqrt_upwards(std::uint64_t square) {
  auto root = static_cast<std::uint64_t>(std::sqrt(static_cast<double>(square)));
  while (Uint128{root} * root < square) ++root;
  while (root > 0 && Uint128{root - 1} * (root - 1) >= square) --root;
  return root;
}

// -ln of the probability of `half` + x heads among 2 `half` tosses over that of `half`, plus
// `slack`, in units of 2^-64. With s = x^2 / half and q = s / half, Stirling's series gives
//
//   s (1 + q / (2 * 3) + q^2 / (3 * 5) + q^3 / (4 * 7) + ...)
//     - (q + q^2 / 2 + q^3 / 3 + ...) / 2 + (q + q^2 + q^3 + ...) / (6 half)
//
// up to less than 2^-60 from half = 2^20 on. Precondition: s < 2^11.
Uint128 minus_log_ratio(std::uint64_t half, std::uint64_t x, Uint128 slack) {
  const Uint128 square = Uint128{x} * x;
  const Uint128 s = ((square / half) << 64) + ((square % half) << 64) / half;
  const Uint128 q = s / half;
  Uint128 sum = s + slack;
  Uint128 power = q;
  for (unsigned k = 1; power != 0; ++k) {
    sum += ((s >> 11) * power >> 53) / ((k + 1) * (2 * k + 1));
    sum += power / half / 6;
    sum -= power / (2 * k);
    power = power * q >> 64;
  }
  return sum;
}

}  // namespace

std::uint64_t count_heads(SplitMix& bits, std::uint64_t tosses) {
  std::uint64_t heads = 0;
  for (; tosses >= 64; tosses -= 64) heads += static_cast<std::uint64_t>(std::popcount(bits()));
  if (tosses > 0) heads += static_cast<std::uint64_t>(std::popcount(bits() >> (64 - tosses)));
  return heads;
}

std::uint64_t draw_heads(SplitMix& bits, std::uint64_t tosses) {
  // Blocks beyond these are as good as impossible: their first has a probability below exp(-1000).
  constexpr std::uint64_t blocks = 32;
  const std::uint64_t half = tosses / 2;
  const std::uint64_t block_width = sqrt_upwards(half);
  // Where s = 1 the ratio is above exp(-s), by a factor of exp(1 / (3 half)).
  const Uint128 slack = (Uint128{1} << 63) / half + 16;
  const std::uint64_t odd_one = tosses % 2 == 0 ? 0 : bits() & 1;
  for (;;) {
    const bool above = (bits() & 1) != 0;
    std::uint64_t block = 0;
    while (block < blocks && exp_minus(bits, Uint128{1} << 64)) ++block;
    const std::uint64_t x = block * block_width + below(bits, block_width) + (above ? 0 : 1);
    if (block == blocks) continue;
    // Block b was chosen with a probability that falls as exp(-b), and s >= b^2 there.
    if (exp_minus(bits, minus_log_ratio(half, x, slack) - (Uint128{block} << 64)))
      return (above ? half + x : half - x) + odd_one;
  }
}

// A trial succeeds if its bits, as a fraction, are below the probability: the first bit that
// differs decides. Both continue with the rest of their fractions where none did yet.
std::uint64_t binomial(SplitMix& bits, std::uint64_t trials, Uint128 part, Uint128 whole,
                       std::uint64_t most_tosses) {
  std::uint64_t successes = 0;
  while (trials > 0 && part != 0) {
    part *= 2;
    const bool bit = part >= whole;
    if (bit) part -= whole;
    const std::uint64_t heads =
        trials > most_tosses ? draw_heads(bits, trials) : count_heads(bits, trials);
    if (bit) successes += trials - heads;
    trials = bit ? heads : trials - heads;
  }
  return successes;
}

}  // namespace fibo::detail
