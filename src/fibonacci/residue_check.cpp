// SPDX-License-Identifier: MIT
#include "fibo/fibonacci/residue_check.hpp"

#include "fibo/arithmetic/split_mix.hpp"
#include "fibo/fibonacci/ends.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <string>

namespace fibo {
namespace {

using detail::Reciprocal;

/// x^exponent modulo the divisor of m, for x below it.
std::uint64_t power(const Reciprocal& m, std::uint64_t x, std::uint64_t exponent) {
  std::uint64_t result = 1;
  for (; exponent > 0; exponent /= 2) {
    if (exponent % 2 != 0) result = m.divide(Uint128{result} * x).remainder;
    x = m.divide(Uint128{x} * x).remainder;
  }
  return result;
}

/// Miller-Rabin with the first twelve primes as bases, which decides below 3.18 * 10^23: Sorenson
/// and Webster, "Strong pseudoprimes to twelve prime bases", Math. Comp. 86 (2017).
bool is_prime(std::uint64_t candidate) {
  constexpr std::array<std::uint64_t, 12> bases{2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37};
  for (const std::uint64_t prime : bases) {
    if (candidate % prime == 0) return candidate == prime;
  }
  const Reciprocal m{candidate};
  const int twos = std::countr_zero(candidate - 1);
  return std::all_of(bases.begin(), bases.end(), [&](std::uint64_t witness) {
    std::uint64_t x = power(m, witness, (candidate - 1) >> twos);
    if (x == 1) return true;
    for (int i = 0; i < twos; ++i) {
      if (x == candidate - 1) return true;
      x = m.divide(Uint128{x} * x).remainder;
    }
    return false;
  });
}

/// A prime in (2^60, 2^61), all equally likely: independent odd candidates until one is prime.
std::uint64_t random_prime(std::uint64_t seed) {
  for (detail::SplitMix bits(seed);;) {
    const std::uint64_t candidate = (std::uint64_t{1} << 60) | bits() >> 4 | 1;
    if (is_prime(candidate)) return candidate;
  }
}

}  // namespace

CheckFailed::CheckFailed(std::uint64_t n)
    : std::runtime_error("the digits computed for F(" + std::to_string(n) +
                         ") failed their check modulo a random prime"),
      n_{n} {}

ResidueCheck::ResidueCheck(std::uint64_t seed, InstructionSet set)
    : expected_{random_prime(seed)}, text_residue_{prime(), set} {}

bool ResidueCheck::passes(std::uint64_t n, std::string_view text) const {
  if (text.size() != fibonacci_digit_count(n)) return false;
  if (text.front() == '0' && n != 0) return false;
  return text_residue_(text) == expected_(n);
}

}  // namespace fibo
