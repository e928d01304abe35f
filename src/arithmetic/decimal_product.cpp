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
#include <utility>

namespace fibo::decimal {
namespace {

constexpr std::size_t columns = 4;
constexpr std::size_t max_terms = 340;
static_assert(~Uint128{0} / max_terms >= Uint128{base} * base);

// Below these sizes (limbs) the schoolbook product wins: on an AMD EPYC (Zen 3), 2026-11, by timing
// both beside each other.
constexpr std::size_t karatsuba_multiply_limbs = 50;
constexpr std::size_t karatsuba_square_limbs = 80;
static_assert(karatsuba_multiply_limbs <= max_terms && karatsuba_square_limbs <= max_terms);

constexpr std::size_t padding_below = columns - 1;
constexpr std::size_t padding_above = 2 * columns;

constexpr std::size_t round_down(std::size_t n) {
  return n - n % columns;
}
constexpr std::size_t round_up(std::size_t n) {
  return round_down(n + columns - 1);
}

/// A quotient by 10^18 that may be up to 3 too small, and what it leaves, below 3.2 * 10^18.
struct RoughDivision {
  Limb quotient;
  Limb rest;
};
constexpr Limb max_rest = base / 10 * 32;

/// x / 10^18, roughly, for x = high * 2^64 + low, high < 10^18. Shorter than the exact division,
/// where what is left over is divided again anyway. (Words, as compilers handle 128-bit numbers
/// through memory here.)
constexpr RoughDivision divide_roughly(Limb high, Limb low) {
  // floor(2^124 / 10^18) = 2^64 + fraction. Cutting off the last 60 bits of x costs the quotient
  // less than 2^60 / 10^18 < 1.16, rounding the reciprocal down less than 1, the product less
  // than 1.
  constexpr Limb fraction = static_cast<Limb>((Uint128{1} << 124) / base - (Uint128{1} << 64));
  const Limb top = high << 4 | low >> 60;
  const Limb quotient = top + static_cast<Limb>(Uint128{top} * fraction >> 64);
  return {quotient, low - quotient * base};
}

/// Up to 15 terms a column, what comes into a position is less than 2^64 in all: a rest, a quotient
/// of at most 15 * 10^18 and a carry of at most 19.
constexpr std::size_t max_short_terms = 15;
static_assert(Uint128{max_rest} + Uint128{base} * max_short_terms + max_short_terms + 4 <=
              ~Limb{0});

/// The sum of products of limbs that makes a column, less than max_terms * 10^36 < 2^128.
class ColumnSum {
 public:
  /// Adds u * v. `v` is read from memory by the multiplication itself.
  void add_product(Limb u, const Limb& v) {
#if defined(__x86_64__)
    // Compilers add up products in an order of their own that needs more registers than there are:
    // gcc 12 and clang 14 take twice the instructions.
    Limb high = 0;
    __asm__("mulq %[v]\n\taddq %[u], %[sum_low]\n\tadcq %[high], %[sum_high]"
            : [sum_low] "+&r"(low_), [sum_high] "+&r"(high_), [u] "+&a"(u), [high] "=&d"(high)
            : [v] "m"(v)
            : "cc");
#else
    const Uint128 sum = (Uint128{high_} << 64 | low_) + Uint128{u} * v;
    low_ = static_cast<Limb>(sum);
    high_ = static_cast<Limb>(sum >> 64);
#endif
  }

  /// Twice the sum.
  void double_up() {
    high_ = high_ << 1 | low_ >> 63;
    low_ <<= 1;
  }

  [[nodiscard]] Limb low() const {
    return low_;
  }
  [[nodiscard]] Limb high() const {
    return high_;
  }

 private:
  Limb low_ = 0;
  Limb high_ = 0;
};

/// Turns the sums of the columns into limbs, from the lowest up.
///
/// Each column is divided by 10^18 on its own, so that the divisions overlap. What is left is
/// short: the rest, the quotient of the column below and a carry. Where that quotient passes a word
/// it is divided as well, and its own quotient, at most max_terms, goes one position further.
template <bool is_short>
class LimbMaker {
 public:
  Limb next(const ColumnSum& sum) {
    const Limb position = split(sum) + carry_;
    carry_ = position / base;
    return position - carry_ * base;
  }

 private:
  /// What the columns give to this position, but for the carry.
  Limb split(const ColumnSum& sum) {
    if constexpr (is_short) {
      const auto [quotient, rest] = divide_roughly(sum.high(), sum.low());
      return rest + std::exchange(one_below_, quotient);
    } else {
      const Limb top_quotient = sum.high() / base;
      const auto [quotient, rest] = divide_roughly(sum.high() - top_quotient * base, sum.low());
      // The quotient is top_quotient * 2^64 + quotient <= max_terms * 10^18. Taking its part above
      // 2^60 times 1180 / 1024 < 2^60 / 10^18 for its own quotient makes that at most 3 too small:
      // 1.16 for the part below 2^60, 295 * 0.0006 for the factor, 1 for rounding.
      static_assert(Uint128{1180} * base <= Uint128{1024} << 60);
      const Limb second = (top_quotient << 4 | quotient >> 60) * 1180 >> 10;
      const Limb second_rest = quotient - second * base;
      // Two rests, and what is at most max_terms.
      static_assert(Uint128{2} * max_rest + max_terms + 8 <= ~Limb{0});
      return rest + std::exchange(one_below_, second_rest) +
             std::exchange(two_below_, std::exchange(next_two_below_, second));
    }
  }

  Limb one_below_ = 0;
  Limb two_below_ = 0;
  Limb next_two_below_ = 0;
  Limb carry_ = 0;
};

using Group = std::array<ColumnSum, columns>;

/// The sums of the four columns from c on, over the products a[j] * b[c + r - j], j in [first,
/// last).
inline Group group_of_sums(const Limb* a, const Limb* b, std::size_t c, std::size_t first,
                           std::size_t last) {
  ColumnSum sum0;
  ColumnSum sum1;
  ColumnSum sum2;
  ColumnSum sum3;
  const Limb* const end = a + last;
  const Limb* y = b + c - first;
  for (const Limb* x = a + first; x < end; x += columns, y -= columns) {
    sum0.add_product(x[0], y[0]);
    sum1.add_product(x[0], y[1]);
    sum2.add_product(x[0], y[2]);
    sum3.add_product(x[0], y[3]);
    sum0.add_product(x[1], y[-1]);
    sum1.add_product(x[1], y[0]);
    sum2.add_product(x[1], y[1]);
    sum3.add_product(x[1], y[2]);
    sum0.add_product(x[2], y[-2]);
    sum1.add_product(x[2], y[-1]);
    sum2.add_product(x[2], y[0]);
    sum3.add_product(x[2], y[1]);
    sum0.add_product(x[3], y[-3]);
    sum1.add_product(x[3], y[-2]);
    sum2.add_product(x[3], y[-1]);
    sum3.add_product(x[3], y[0]);
  }
  return {sum0, sum1, sum2, sum3};
}

template <bool is_short>
inline void store_group(const Group& sums, std::size_t count, LimbMaker<is_short>& limbs,
                        Limb* out) {
  if (count >= columns) {
    for (std::size_t r = 0; r < columns; ++r) out[r] = limbs.next(sums[r]);
  } else {
    for (std::size_t r = 0; r < count; ++r) out[r] = limbs.next(sums[r]);
  }
}

/// `a` is followed by zeros up to a multiple of four, `b` has zeros around it.
template <bool is_short>
void multiply_columns(const Limb* a, std::size_t a_size, const Limb* b, std::size_t b_size,
                      Limb* out) {
  LimbMaker<is_short> limbs;
  const std::size_t total = a_size + b_size;
  for (std::size_t c = 0; c < total; c += columns) {
    const std::size_t first = c + 1 > b_size ? round_down(c + 1 - b_size) : 0;
    const std::size_t last = std::min(round_up(a_size), c + columns);
    store_group(group_of_sums(a, b, c, first, last), total - c, limbs, out + c);
  }
}

/// `a` is followed by zeros. The pairs j < c - j of a column are summed once and doubled; then
/// comes the square in the middle of an even column.
template <bool is_short>
void square_columns(const Limb* a, std::size_t size, Limb* out) {
  LimbMaker<is_short> limbs;
  const std::size_t total = 2 * size;
  for (std::size_t c = 0; c < total; c += columns) {
    // Steps of four cover the pairs with j < middle for all four columns; those with j >= middle
    // are the same few for every group, up to the parity of c / 4.
    const std::size_t middle = round_down(c / 2);
    const std::size_t first = c + 1 > size ? round_down(c + 1 - size) : 0;
    Group sums = group_of_sums(a, a, c, first, middle);
    const Limb* x = a + middle;
    auto& [sum0, sum1, sum2, sum3] = sums;
    if (c % (2 * columns) == 0) {
      sum1.add_product(x[0], x[1]);
      sum2.add_product(x[0], x[2]);
      sum3.add_product(x[0], x[3]);
      sum3.add_product(x[1], x[2]);
      for (ColumnSum& sum : sums) sum.double_up();
      sum0.add_product(x[0], x[0]);
      sum2.add_product(x[1], x[1]);
    } else {
      sum0.add_product(x[0], x[4]);
      sum0.add_product(x[1], x[3]);
      sum1.add_product(x[0], x[5]);
      sum1.add_product(x[1], x[4]);
      sum1.add_product(x[2], x[3]);
      sum2.add_product(x[0], x[6]);
      sum2.add_product(x[1], x[5]);
      sum2.add_product(x[2], x[4]);
      sum3.add_product(x[0], x[7]);
      sum3.add_product(x[1], x[6]);
      sum3.add_product(x[2], x[5]);
      sum3.add_product(x[3], x[4]);
      for (ColumnSum& sum : sums) sum.double_up();
      sum0.add_product(x[2], x[2]);
      sum2.add_product(x[3], x[3]);
    }
    store_group(sums, total - c, limbs, out + c);
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
