// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/arithmetic/wide_integers.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

/// Natural numbers in base 10^18: little-endian arrays of limbs, each in [0, 10^18).
///
/// A number is decimal from the start, so that its text costs linear time. The functions work on
/// memory that the caller owns; none allocates, none throws.
namespace fibo::decimal {

using Limb = std::uint64_t;

inline constexpr Limb base = 1'000'000'000'000'000'000;
inline constexpr std::size_t digits_per_limb = 18;

/// All ones if `condition`, else zero. Carries between limbs are as good as random: compilers would
/// make a branch of a conditional expression, and processors would mispredict it.
constexpr Limb mask_if(bool condition) {
  return -Limb{condition};
}

/// All ones if x, read as two's complement, is negative, else zero.
constexpr Limb mask_if_negative(Limb x) {
  return -(x >> 63);
}

struct QuotientRemainder {
  Limb quotient;
  Limb remainder;
};

/// Quotient and remainder by 10^18 for x < 10^18 * 2^64 (so that the quotient fits a limb).
///
/// Moeller and Granlund, "Improved division by invariant integers", IEEE Trans. Computers 60
/// (2011), algorithm 4: the divisor is shifted up to have its top bit set, its reciprocal is
/// floor((2^128 - 1) / d) - 2^64, and one correction, seldom two, makes the quotient exact.
constexpr QuotientRemainder divide_by_base(Uint128 x) {
  constexpr unsigned shift = 4;
  constexpr Limb divisor = base << shift;
  static_assert(divisor >> 63 == 1);
  constexpr Limb reciprocal = static_cast<Limb>(~Uint128{0} / divisor - (Uint128{1} << 64));

  const Uint128 dividend = x << shift;
  const Uint128 estimate = Uint128{reciprocal} * static_cast<Limb>(dividend >> 64) + dividend;
  Limb quotient = static_cast<Limb>(estimate >> 64) + 1;
  Limb remainder = static_cast<Limb>(dividend) - quotient * divisor;
  const Limb too_big = mask_if(remainder > static_cast<Limb>(estimate));
  quotient += too_big;
  remainder += too_big & divisor;
  if (remainder >= divisor) [[unlikely]] {
    ++quotient;
    remainder -= divisor;
  }
  return {quotient, remainder >> shift};
}

/// The number of limbs of `number` without its leading zeros; 0 for zero.
std::size_t significant_limbs(std::span<const Limb> number);

/// out = a + b, out.size() = a.size() >= b.size(). `out` may be `a` or `b`.
/// @return the carry, 0 or 1
Limb add(std::span<const Limb> a, std::span<const Limb> b, Limb* out);

/// out = a - b for a >= b, a.size() >= b.size() limbs. `out` may be `a` or `b`.
void subtract(std::span<const Limb> a, std::span<const Limb> b, Limb* out);

/// number += small for a small number below 10^18; a carry out of the top limb is lost.
void add_small(std::span<Limb> number, Limb small);

/// number -= small for number >= small, small below 10^18.
void subtract_small(std::span<Limb> number, Limb small);

/// out = |a - b|, both of the same size.
/// @return true if a < b
bool absolute_difference(std::span<const Limb> a, std::span<const Limb> b, Limb* out);

/// out = x * a + y * b in one pass, a and b of the same size, x + y <= 10^18.
/// @return the limb above the top, below 10^18
Limb combine(std::span<const Limb> a, Limb x, std::span<const Limb> b, Limb y, Limb* out);

/// The two linear forms in two squares that a Fibonacci doubling needs, in one pass:
/// sum = a + b, and difference = 3a - 2b + 2s, where s is 1 or -1 and both results are natural and
/// fit a.size() limbs. `sum` and `difference` may be `a` and `b` themselves.
void sum_and_difference(std::span<const Limb> a, std::span<const Limb> b, int sign, Limb* sum,
                        Limb* difference);

}  // namespace fibo::decimal
