// SPDX-License-Identifier: MIT
//
// A product by columns: column c holds the sum of a[j] * b[c - j], at most min(m, n) products of
// two limbs, each at most (10^18 - 1)^2. Up to 340 of them fit 128 bits (340 * 10^36 < 2^128), so
// that a column is summed without any reduction and divided by 10^18 once.
//
// Four columns are summed at a time, four products each per step: 16 products from 4 + 7 limbs, and
// one loop whose length changes only from group to group. For that the factors are copied between
// zeros, so that a step may reach past their ends.
#include "fibo/arithmetic/decimal_product.hpp"

#include <algorithm>
#include <array>
#include <cassert>

namespace fibo::decimal {
namespace {

constexpr std::size_t columns = 4;
constexpr std::size_t max_terms = 340;
static_assert(~Wide{0} / max_terms >= Wide{base} * base);

// Below these sizes (limbs) the schoolbook product wins.
constexpr std::size_t karatsuba_multiply_limbs = 40;
constexpr std::size_t karatsuba_square_limbs = 60;
static_assert(karatsuba_multiply_limbs <= max_terms && karatsuba_square_limbs <= max_terms);

constexpr std::size_t padding_below = columns - 1;
constexpr std::size_t padding_above = 2 * columns;

constexpr std::size_t round_down(std::size_t n) {
  return n - n % columns;
}
constexpr std::size_t round_up(std::size_t n) {
  return round_down(n + columns - 1);
}

/// Up to 18 terms a column stays below 10^18 * 2^64 even with the carry (18 * 10^36 + 18 * 10^18 <
/// 10^18 * 2^64), so its quotient by 10^18 fits one limb.
constexpr std::size_t max_short_terms = 18;
static_assert(Wide{base} * base * max_short_terms + Wide{base} * max_short_terms <= Wide{base}
                                                                                        << 64);

/// What a column passes on to the next: with at most t terms a column, at most t * 10^18, because
/// t * (10^18 - 1)^2 + t * 10^18 <= 10^18 * (t * 10^18).
template <bool is_short>
class Carry {
 public:
  /// The limb of a column: (sum + carry) mod 10^18. The quotient becomes the carry.
  Limb take(Wide sum) {
    if constexpr (is_short) {
      const auto [quotient, remainder] = divide_by_base(sum + low_);
      low_ = quotient;
      return remainder;
    } else {
      // The top word is reduced before the carry comes in: this part does not wait for the column
      // below. The carry adds less than 20 to the top word, so one more subtraction is enough.
      Limb top = static_cast<Limb>(sum >> 64);
      Limb high_quotient = top / base;
      top -= high_quotient * base;
      const Wide total = (Wide{top} << 64 | static_cast<Limb>(sum)) + (Wide{high_} << 64 | low_);
      top = static_cast<Limb>(total >> 64);
      const bool wraps = top >= base;
      high_quotient += wraps ? 1 : 0;
      top -= wraps ? base : 0;
      const auto [quotient, remainder] = divide_by_base(Wide{top} << 64 | static_cast<Limb>(total));
      low_ = quotient;
      high_ = high_quotient;
      return remainder;
    }
  }

 private:
  Limb low_ = 0;
  Limb high_ = 0;
};

using Group = std::array<Wide, columns>;

/// sums[r] += sum over t < 4 of x[t] * y[r - t], for the four columns r.
inline void add_products(const Limb* x, const Limb* y, Group& sums) {
  for (std::size_t t = 0; t < columns; ++t) {
    for (std::size_t r = 0; r < columns; ++r) sums[r] += Wide{x[t]} * y[r - t];
  }
}

template <bool is_short>
void store_group(const Group& sums, std::size_t count, Carry<is_short>& carry, Limb* out) {
  for (std::size_t r = 0; r < count; ++r) out[r] = carry.take(sums[r]);
}

/// `a` is followed by zeros up to a multiple of four, `b` has zeros around it.
template <bool is_short>
void multiply_columns(const Limb* a, std::size_t a_size, const Limb* b, std::size_t b_size,
                      Limb* out) {
  Carry<is_short> carry;
  const std::size_t total = a_size + b_size;
  for (std::size_t c = 0; c < total; c += columns) {
    const std::size_t first = c + 1 > b_size ? round_down(c + 1 - b_size) : 0;
    const std::size_t last = std::min(round_up(a_size), c + columns);
    Group sums{};
    for (std::size_t j = first; j < last; j += columns) add_products(a + j, b + c - j, sums);
    store_group(sums, std::min(columns, total - c), carry, out + c);
  }
}

/// `a` is followed by zeros. The pairs j < c - j of a column are summed once and doubled; then
/// comes the square in the middle of an even column.
template <bool is_short>
void square_columns(const Limb* a, std::size_t size, Limb* out) {
  Carry<is_short> carry;
  const std::size_t total = 2 * size;
  for (std::size_t c = 0; c < total; c += columns) {
    // Steps of four cover the pairs with j < middle for all four columns; those with j >= middle
    // are the same few for every group, up to the parity of c / 4.
    const std::size_t middle = round_down(c / 2);
    const std::size_t first = c + 1 > size ? round_down(c + 1 - size) : 0;
    Group sums{};
    for (std::size_t j = first; j < middle; j += columns) add_products(a + j, a + c - j, sums);
    const Limb* x = a + middle;
    const auto pair = [x](std::size_t i, std::size_t k) { return Wide{x[i]} * x[k]; };
    if (c % (2 * columns) == 0) {
      sums[0] = 2 * sums[0] + pair(0, 0);
      sums[1] = 2 * (sums[1] + pair(0, 1));
      sums[2] = 2 * (sums[2] + pair(0, 2)) + pair(1, 1);
      sums[3] = 2 * (sums[3] + pair(0, 3) + pair(1, 2));
    } else {
      sums[0] = 2 * (sums[0] + pair(0, 4) + pair(1, 3)) + pair(2, 2);
      sums[1] = 2 * (sums[1] + pair(0, 5) + pair(1, 4) + pair(2, 3));
      sums[2] = 2 * (sums[2] + pair(0, 6) + pair(1, 5) + pair(2, 4)) + pair(3, 3);
      sums[3] = 2 * (sums[3] + pair(0, 7) + pair(1, 6) + pair(2, 5) + pair(3, 4));
    }
    store_group(sums, std::min(columns, total - c), carry, out + c);
  }
}

void multiply_schoolbook(std::span<const Limb> a, std::span<const Limb> b, Limb* out,
                         Limb* scratch) {
  Limb* const padded_a = scratch;
  Limb* const padded_b =
      std::fill_n(std::copy(a.begin(), a.end(), padded_a), columns + padding_below, Limb{0});
  std::fill_n(std::copy(b.begin(), b.end(), padded_b), padding_above, Limb{0});
  if (std::min(a.size(), b.size()) <= max_short_terms) {
    multiply_columns<true>(padded_a, a.size(), padded_b, b.size(), out);
  } else {
    multiply_columns<false>(padded_a, a.size(), padded_b, b.size(), out);
  }
}

void square_schoolbook(std::span<const Limb> a, Limb* out, Limb* scratch) {
  std::fill_n(std::copy(a.begin(), a.end(), scratch), padding_above, Limb{0});
  if (a.size() <= max_short_terms) {
    square_columns<true>(scratch, a.size(), out);
  } else {
    square_columns<false>(scratch, a.size(), out);
  }
}

constexpr std::size_t schoolbook_scratch_limbs(std::size_t larger, std::size_t smaller) {
  return larger + smaller + columns + padding_below + padding_above;
}

/// Adds the middle product of Karatsuba's identity, low + high -/+ cross, at limb `half` of `out`,
/// which holds low (2 * half limbs) and high above it. `middle` has 2 * half + 1 limbs to work in.
void add_middle(std::span<Limb> out, std::size_t half, std::span<const Limb> cross,
                bool cross_is_negative, Limb* middle) {
  const std::span<const Limb> low = out.first(2 * half);
  const std::span<const Limb> high = out.subspan(2 * half);
  middle[2 * half] = add(low, high, middle);
  const std::span<Limb> sum{middle, 2 * half + 1};
  if (cross_is_negative) {
    sum[2 * half] += add(sum.first(2 * half), cross, middle);
  } else {
    subtract(sum, cross, middle);
  }
  // The middle term may have a zero top limb where `out` ends.
  const std::span<Limb> target = out.subspan(half);
  const std::span<const Limb> addend = sum.first(std::min(sum.size(), target.size()));
  add(target, addend, target.data());
}

/// Karatsuba and Ofman (1962), in the form with differences: with x = a1 B + a0, y = b1 B + b0,
/// x y = a1 b1 B^2 + (a1 b1 + a0 b0 - (a1 - a0)(b1 - b0)) B + a0 b0.
void multiply_same_size(std::span<const Limb> a, std::span<const Limb> b, Limb* out,
                        Limb* scratch) {
  const std::size_t size = a.size();
  if (size < karatsuba_multiply_limbs) return multiply_schoolbook(a, b, out, scratch);
  const std::size_t half = (size + 1) / 2;
  const auto difference = [half, size](std::span<const Limb> number, Limb* result, Limb* padded) {
    if (size % 2 == 0) return absolute_difference(number.subspan(half), number.first(half), result);
    *std::copy(number.begin() + static_cast<std::ptrdiff_t>(half), number.end(), padded) = 0;
    return absolute_difference({padded, half}, number.first(half), result);
  };
  Limb* const a_difference = out;
  Limb* const b_difference = out + half;
  Limb* const cross = scratch;
  Limb* const rest = scratch + 2 * half;
  const bool a_negative = difference(a, a_difference, rest);
  const bool b_negative = difference(b, b_difference, rest);
  multiply_same_size({a_difference, half}, {b_difference, half}, cross, rest);
  multiply_same_size(a.first(half), b.first(half), out, rest);
  multiply_same_size(a.subspan(half), b.subspan(half), out + 2 * half, rest);
  add_middle({out, 2 * size}, half, {cross, 2 * half}, a_negative != b_negative, rest);
}

void square_any(std::span<const Limb> a, Limb* out, Limb* scratch) {
  const std::size_t size = a.size();
  if (size < karatsuba_square_limbs) return square_schoolbook(a, out, scratch);
  const std::size_t half = (size + 1) / 2;
  Limb* const difference = out;
  Limb* const cross = scratch;
  Limb* const rest = scratch + 2 * half;
  std::copy(a.begin() + static_cast<std::ptrdiff_t>(half), a.end(), rest);
  if (size % 2 != 0) rest[half - 1] = 0;
  absolute_difference({rest, half}, a.first(half), difference);
  square_any({difference, half}, cross, rest);
  square_any(a.first(half), out, rest);
  square_any(a.subspan(half), out + 2 * half, rest);
  add_middle({out, 2 * size}, half, {cross, 2 * half}, false, rest);
}

std::size_t same_size_scratch_limbs(std::size_t size) {
  // A level keeps its cross product and the middle's working space, 2 * half + 2 * half + 1 at
  // most; below the thresholds what remains is the schoolbook's copies.
  std::size_t limbs = 0;
  while (size >= std::min(karatsuba_multiply_limbs, karatsuba_square_limbs)) {
    size = (size + 1) / 2;
    limbs += 2 * size;
  }
  return limbs + std::max(schoolbook_scratch_limbs(karatsuba_square_limbs, karatsuba_square_limbs),
                          4 * size + 1);
}

}  // namespace

std::size_t product_scratch_limbs(std::size_t larger, std::size_t smaller) {
  if (smaller < karatsuba_multiply_limbs) return schoolbook_scratch_limbs(larger, smaller);
  // Pieces left over are handled as Euclid's algorithm would: each remainder r needs 2 r limbs for
  // its partial product, the second next is below half of it, so together at most 8 * smaller.
  return 8 * smaller + same_size_scratch_limbs(smaller);
}

void multiply(std::span<const Limb> a, std::span<const Limb> b, Limb* out, Limb* scratch) {
  if (a.size() < b.size()) std::swap(a, b);
  if (b.empty()) {
    std::fill_n(out, a.size(), Limb{0});
    return;
  }
  if (b.size() < karatsuba_multiply_limbs) return multiply_schoolbook(a, b, out, scratch);
  multiply_same_size(a.first(b.size()), b, out, scratch);
  std::size_t done = b.size();
  while (done < a.size()) {
    const std::size_t piece = std::min(b.size(), a.size() - done);
    Limb* const partial = scratch;
    multiply(b, a.subspan(done, piece), partial, scratch + 2 * b.size());
    // The product so far ends b.size() limbs above `done`; the new piece reaches further.
    const std::span<const Limb> upper{partial, piece + b.size()};
    add(upper, {out + done, b.size()}, out + done);
    done += piece;
  }
}

void square(std::span<const Limb> a, Limb* out, Limb* scratch) {
  square_any(a, out, scratch);
}

}  // namespace fibo::decimal
