// SPDX-License-Identifier: MIT
#pragma once

namespace fibo::detail {

// How large residues may grow. A residue modulo p < 2^50 is a double that holds an integer x, of
// size |x| <= c p; all bounds are on c.
//
// The product f x mod p of a factor f (|f| <= 0.54 p) and x is computed as (van der Hoeven, Lecerf,
// "Implementing number theoretic transforms", and FLINT's fft_small)
//
//     h = fl(f x),  q = round(x g),  l = f x - h,  result = (h - q p) + l,      g = f/p up to
//     2^-54.
//
// Whatever integer q is, the result is f x - q p, so it is congruent to f x. It is exact as long as
// it is under 2^53: l is exact (one FMA; |f x| < 2^104 is far from overflow and it is an integer),
// |l| <= 2^49, h - q p = result - l is an integer under 2^53 and hence one exact FMA, and so is the
// sum.
//
// q = fl(x g + 1.5 2^52) - 1.5 2^52 in one FMA and one exact difference. While |x g| <= 2^51 this
// rounds to the nearest integer. Past that the lower side has fractions, so what may be larger is
// rounded with 1.5 2^53, up to |x g| <= 2^52 to an even integer at most 1 off. |g - f/p| <= 2^-54
// adds at most |x| 2^-54 <= c/16. So |result| <= (1/2 + c/16) p while |f| c <= 2 p, and
// (1 + c/16) p otherwise, while |f| c <= 4 p.

/// Largest size a sum or a difference may have: p < 2^50, so it stays an exact integer under 2^53
/// with room to spare.
inline constexpr double exact_bound = 7.5;

/// Largest size for which a product by a factor |f| <= p/2 rounds its quotient to nearest.
inline constexpr double nearest_bound = 4.0;

/// Largest |f| c / p for which any product does, and for which it is off by 1.
inline constexpr double nearest_quotient = 2.0;
inline constexpr double far_quotient = 4.0;

/// Size of f x for x of size c, |f| c <= nearest_quotient p.
constexpr double product_bound(double c) {
  return 0.5 + c / 16;
}

/// The same for |f| c <= far_quotient p.
constexpr double far_product_bound(double c) {
  return 1 + c / 16;
}

/// Size of a factor that is itself a product, of one that is too and of a residue of size 1/2.
inline constexpr double factor_bound = 0.54;
static_assert(product_bound(factor_bound) <= factor_bound);

/// Size after a reduction: x - p round(x/p), where the quotient is under 8 and 1/p is known to
/// 2^-53 of it.
inline constexpr double reduced_bound = 0.5 + 1e-12;

/// Forward passes from one quarter to the next take turns: one that reduces its first quarter takes
/// c <= 3.25 and gives 1.96; one that does not takes 1.96 and gives 3.25.
inline constexpr double reducing_pass_bound = 3.25;
inline constexpr double plain_pass_bound = 1.96;

/// What comes out of (a + t2) + f (b + t3), a of size a, the rest of size c, t2 and t3 products.
constexpr double forward_pass_bound(double a, double c) {
  return a + product_bound(c) + product_bound(c + product_bound(c));
}
static_assert(factor_bound * reducing_pass_bound <= nearest_quotient);
static_assert(reduced_bound * (reducing_pass_bound + product_bound(reducing_pass_bound)) <=
              nearest_quotient);
static_assert(forward_pass_bound(reduced_bound, reducing_pass_bound) <= plain_pass_bound);
static_assert(forward_pass_bound(plain_pass_bound, plain_pass_bound) <= reducing_pass_bound);

/// Size of the rows that forward passes of either kind take.
inline constexpr double forward_entry_bound = plain_pass_bound;

/// At the bottom of the tree a reduced residue and a product are added.
inline constexpr double leaf_bound = reduced_bound + product_bound(reducing_pass_bound);

/// The product of two such, where f/p is only known to 2^-52 of itself: the quotient is off by
/// leaf_bound^2 2^50 2^-52 beside the rounding, and must stay under 2^51.
inline constexpr double leaf_product_bound = 0.5 + leaf_bound * leaf_bound / 4 + 1e-9;
static_assert(leaf_bound * leaf_bound <= nearest_quotient);

/// What is joined there is first added up; twice a linear coefficient is the largest.
static_assert(factor_bound * 4 * leaf_product_bound <= nearest_quotient);

/// An inverse pass takes c <= 4/3 and gives as much: the sum of four is reduced, the sum of two
/// products of differences is 2 (1/2 + 2c/16) = 4/3, the product of a difference of sums 1 + 4c/16
/// = 4/3.
inline constexpr double inverse_exit_bound = 4.0 / 3 + 1e-9;
static_assert(2 * product_bound(2 * 4.0 / 3) <= inverse_exit_bound);
static_assert(far_product_bound(4 * 4.0 / 3) <= inverse_exit_bound);
static_assert(4 * inverse_exit_bound <= exact_bound);
static_assert(factor_bound * 2 * inverse_exit_bound <= nearest_quotient);
static_assert(factor_bound * 4 * inverse_exit_bound <= far_quotient);
static_assert(0.5 * exact_bound <= far_quotient);

}  // namespace fibo::detail
