// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/arithmetic/wide_integers.hpp"

#include <bit>
#include <cstdint>

namespace fibo::detail {

constexpr std::uint64_t high_word(Uint128 x) {
  return static_cast<std::uint64_t>(x >> 64);
}
constexpr std::uint64_t low_word(Uint128 x) {
  return static_cast<std::uint64_t>(x);
}

/// All ones if `condition`, else zero: for a choice as likely as not, which compilers would make a
/// branch and processors mispredict.
constexpr std::uint64_t mask_if(bool condition) {
  return -std::uint64_t{condition};
}

/// Division of 128-bit numbers by one 64-bit divisor m >= 1, by multiplication with its reciprocal.
///
/// N. Möller, T. Granlund, "Improved division by invariant integers", IEEE Transactions on
/// Computers 60 (2011), algorithm 4. It divides by d = m 2^shift, the divisor with its top bit set;
/// a number is called scaled when it has been multiplied by 2^shift.
class Reciprocal {
 public:
  struct Division {
    std::uint64_t quotient;
    std::uint64_t remainder;
  };

  explicit constexpr Reciprocal(std::uint64_t divisor)
      : shift_{std::countl_zero(divisor)},
        normalized_{divisor << shift_},
        // floor((2^128 - 1) / d) lies in [2^64, 2^65): its low word is the v of the paper.
        inverse_{low_word(~Uint128{0} / normalized_)} {}

  [[nodiscard]] constexpr std::uint64_t divisor() const { return normalized_ >> shift_; }
  [[nodiscard]] constexpr std::uint64_t normalized() const { return normalized_; }
  [[nodiscard]] constexpr std::uint64_t scale(std::uint64_t x) const { return x << shift_; }
  [[nodiscard]] constexpr std::uint64_t unscale(std::uint64_t x) const { return x >> shift_; }

  /// x / m and x mod m, for x < m 2^64 (the quotient fits a word).
  [[nodiscard]] constexpr Division divide(Uint128 x) const {
    const Uint128 scaled = x << shift_;
    const Division division = divide_normalized(high_word(scaled), low_word(scaled));
    return {division.quotient, unscale(division.remainder)};
  }

  /// x / d and x mod d of the two-word x = high 2^64 + low, for high < d.
  [[nodiscard]] constexpr Division divide_normalized(std::uint64_t high, std::uint64_t low) const {
    const Uint128 estimate = Uint128{inverse_} * high + ((Uint128{high} << 64) | low);
    std::uint64_t quotient = high_word(estimate) + 1;
    std::uint64_t remainder = low - quotient * normalized_;
    const std::uint64_t above = mask_if(remainder > low_word(estimate));
    quotient += above;
    remainder += above & normalized_;
    if (remainder >= normalized_) [[unlikely]] {
      ++quotient;
      remainder -= normalized_;
    }
    return {quotient, remainder};
  }

 private:
  int shift_;
  std::uint64_t normalized_;
  std::uint64_t inverse_;
};

}  // namespace fibo::detail
