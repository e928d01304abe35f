// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/arithmetic/prime_field.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace fibo::detail {

/// A constant factor w with w/p, as the field's product wants it.
struct Factor {
  double value;
  double over_p;
};

/// The factor of a residue < p.
constexpr Factor factor_of(std::uint64_t residue, std::uint64_t p) {
  const double value = balanced(residue, p);
  return {value, value / static_cast<double>(p)};
}

enum class RowAction : std::uint8_t {
  clear,             ///< a <- 0
  copy,              ///< b <- a
  add_subtract,      ///< (a, b) <- (a + b, a - b)
  butterfly,         ///< (a, b) <- (a + f b, a - f b)
  sum_difference,    ///< (a, b) <- (a + b, f (a - b))
  scale,             ///< a <- f b
  combine,           ///< a <- f a + g b
  reduce,            ///< a <- a mod p, balanced
  quarters,          ///< two levels of butterflies: (a, b, c, d) split with f, then with g and h
  reduced_quarters,  ///< the same, with a reduced first
  half_quarters,     ///< the same where c and d are zero and need not be there
  inverse_quarters,  ///< (a, b), (c, d) joined with g and h, the two then with f
};

/// One step on whole rows: `a` and, at the same distance each, b, c and d.
struct RowStep {
  RowAction action;
  std::uint8_t a;
  std::uint8_t distance;
  Factor f;
  Factor g;
  Factor h;
};

/// A program as the kernels see it.
struct RowSteps {
  const RowStep* first;
  const RowStep* last;
  std::size_t rows;
  std::size_t space;
};

/// The most rows that a program may have.
inline constexpr std::size_t max_rows = 64;

/// The outermost levels of a truncated transform, as a list of steps on rows of L coefficients
/// each.
///
/// Row r of a polynomial is its coefficients r L .. r L + L - 1, or, once transformed, the
/// polynomial modulo x^L - W(r)^2 (see `node_root`); any number of rows will do, not only powers of
/// two, as only the first J of the 2^k residues are computed and brought back. The algorithm is van
/// der Hoeven's ("The truncated Fourier transform and applications", ISSAC 2004). Rows known to be
/// zero cost nothing.
///
/// The values' sizes are followed while the list is made, in units of p, and reductions are put in
/// where the next step would leave its range, so that every list is safe by construction.
struct RowProgram {
  std::vector<RowStep> steps;
  std::size_t rows;   ///< J: rows of the transformed polynomial
  std::size_t space;  ///< rows of working space: the power of two from J up

  [[nodiscard]] RowSteps view() const {
    return {steps.data(), steps.data() + steps.size(), rows, space};
  }
};

/// From the `input_rows` lowest rows of coefficients to J = `rows` rows of residues, |x| <=
/// forward_entry_bound p. Coefficients come in with |x| <= p/16.
RowProgram forward_rows(const Prime& prime, std::size_t input_rows, std::size_t rows);

/// From J = `rows` rows of residues with |x| <= inverse_exit_bound p back to J rows of
/// coefficients, |x| <= 4 p, which come out multiplied by `space`.
RowProgram inverse_rows(const Prime& prime, std::size_t rows);

}  // namespace fibo::detail
