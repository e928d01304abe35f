// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/arithmetic/prime_field.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace fibo::detail {

/// A number x = sum of limb[i] B^i, B = 10^d, lowest limb first. A limb is an integer in a double,
/// |limb| <= B/2 + `slack` of its base: signed limbs need no reduction before a transform and their
/// products grow half as large a side, and the slack leaves out the carry that would run through
/// the whole number. Every number has many such forms.
struct DecimalBase {
  int digits;           ///< d, 10 to 14
  double base;          ///< B
  double base_inverse;  ///< 1/B, rounded
  double limb_bound;    ///< B/2 + slack
};

inline constexpr int min_limb_digits = 10;
inline constexpr int max_limb_digits = 14;

/// @throws std::invalid_argument  unless 10 <= digits <= 14
DecimalBase decimal_base(int digits);

/// How large a coefficient of a product may be beside p1 p2: near 1/2, as `LimbCarrier` says.
inline constexpr double coefficient_part = 0.4999;

/// The most limbs that the shorter factor of a product may have: with so many, a coefficient is at
/// most limbs limb_bound^2 <= coefficient_part p1 p2, and the two residues determine it (see
/// `LimbCarrier`).
std::size_t max_factor_limbs(int digits);

/// An upper bound of the limbs of a number of so many decimal digits: one more for the sign of the
/// top limb.
constexpr std::size_t limbs_for_digits(std::size_t decimal_digits, int digits) {
  return decimal_digits / static_cast<std::size_t>(digits) + 2;
}

/// The base of most digits in which a product of numbers of up to `decimal_digits` digits, the
/// shorter factor's, is exact.
/// @throws std::length_error  if there is none
DecimalBase base_for_factors(std::size_t decimal_digits);

/// Writes x in `limbs`, the rest of which is set to zero.
void set_small(std::span<double> limbs, std::uint64_t x, const DecimalBase& base);

/// limbs[at] += addend, and carries as far as it goes, leaving |limb| <= B/2 behind it. Of limbs
/// past the end nothing is kept.
void add_at(std::span<double> limbs, std::size_t at, double addend, const DecimalBase& base);

/// How many limbs there are up to the highest that is not zero.
std::size_t significant_limbs(std::span<const double> limbs);

/// What limb z, |z| < 2^51, leaves when it is divided by 5: -2 to 2.
double fifth_remainder(double z);

/// out <- (a x + b y)/5, for a run of neighbouring limbs of numbers of which that is an integer,
/// limb by limb in place of either if wished; |a| + |b| <= 4. `x`, `y` and `out` have the same
/// size. The limb above the run leaves `remainder_above` (0 where there is none). Returns what the
/// run carries out, at most 1 either way: it goes to the limb above, or stays in the top limb as B
/// times as much.
double fifth_of_run(double a, std::span<const double> x, double b, std::span<const double> y,
                    std::span<double> out, double remainder_above, const DecimalBase& base);

/// out <- x y, sized x.size() + y.size(): the schoolbook product, for numbers of a few dozen limbs.
void multiply_short(std::span<const double> x, std::span<const double> y, std::span<double> out,
                    const DecimalBase& base);

/// What limb `at` lends to those below when they are brought to 0 .. B-1: -1 if they are together
/// negative, else 0.
double borrow_into(std::span<const double> limbs, std::size_t at);

/// From limbs of 18 digits, 0 <= limb < 10^18, lowest first; `limbs` must be large enough, and is
/// filled with zeros.
void from_words(std::span<const std::uint64_t> words, std::span<double> limbs,
                const DecimalBase& base);

/// To limbs of 18 digits, which are filled with zeros.
/// @throws std::length_error  if the number is negative or `out` has not enough of them
void to_words(std::span<const double> limbs, std::span<std::uint64_t> out, const DecimalBase& base);

}  // namespace fibo::detail
