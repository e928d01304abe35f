// SPDX-License-Identifier: MIT
//
// The length and the first digits of F(n) from its logarithm.
//
// F(n) = (phi^n - psi^n) / sqrt 5 with |psi| < 1 (Binet), so that log10 F(n) is almost
//     x(n) = n log10(phi) - log10(sqrt 5):
// its integer part gives the number of digits, ten to its fractional part the digits themselves.
//
// All arithmetic is in fixed point and rounds down, so that each number is a lower bound; the
// comments count by how many units of its last place it may fall short. An n of 64 bits takes 64
// bits of the precision of the logarithm: log10(phi) has 192.
#include "ends_logarithm.hpp"

#include "fibo/arithmetic/residue_reciprocal.hpp"
#include "fibo/fibonacci/ends.hpp"

#include "ends_text.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>

namespace fibo {
namespace {

using detail::high_word;
using detail::ln10;
using detail::log10_phi;
using detail::log10_sqrt5;
using detail::low_word;
using detail::words;

// floor(x y / 2^128)
constexpr Uint128 multiply_high(Uint128 x, Uint128 y) {
  const Uint128 low = Uint128{low_word(x)} * low_word(y);
  const Uint128 middle = Uint128{high_word(x)} * low_word(y) + high_word(low);
  const Uint128 other = Uint128{low_word(x)} * high_word(y) + low_word(middle);
  return Uint128{high_word(x)} * high_word(y) + high_word(middle) + high_word(other);
}

struct Logarithm {
  std::uint64_t integer;
  Uint128 fraction;  // in units of 2^-128
};

// x(n) for n >= 2, from below, by less than 3 units: n times the error of log10_phi is below one,
// so is what the dropped word is worth, and so is the error of log10_sqrt5.
//
// The integer part is exact: no n in [2, 2^64) has x(n) within 2^-72 of an integer. (The test
// NoLogarithmIsNearAnInteger proves it, by Euclid's algorithm on log10(phi).)
constexpr Logarithm logarithm(std::uint64_t n) {
  const Uint128 low = Uint128{n} * log10_phi[2];
  const Uint128 middle = Uint128{n} * log10_phi[1] + high_word(low);
  const Uint128 high = Uint128{n} * log10_phi[0] + high_word(middle);
  const Uint128 fraction = words(low_word(high), low_word(middle));
  const std::uint64_t borrow = fraction < log10_sqrt5 ? 1 : 0;
  return {high_word(high) - borrow, fraction - log10_sqrt5};
}

// 10^x for x in [0, 1), by 8 bits of x at a time.
class PowersOfTen {
 public:
  PowersOfTen() {
    // 10^(2^-bit) - 1 = e^t - 1 by its Taylor series; t < 0.58 from bit 2 on. At most 30 terms, the
    // first short by one unit of 2^-128, no other by more than 2.1: with the tail, by less than 64.
    std::array<Uint128, 33> root_less_one{};
    for (std::size_t bit = 2; bit < root_less_one.size(); ++bit) {
      const Uint128 t = ln10 >> (bit - 2);
      Uint128 term = t;
      for (std::uint64_t k = 2; term != 0; ++k) {
        root_less_one[bit] += term;
        term = multiply_high(term, t) / k;
      }
    }
    // Every other entry is one with a bit less, times the root of that bit.
    Uint128 power = Uint128{1} << 124;
    power += multiply_high(power, root_less_one[2]);
    const Uint128 square_root = power + multiply_high(power, root_less_one[2]);
    first_[0] = Uint128{1} << 124;
    for (std::size_t j = 1; j < 256; ++j) {
      const auto lowest = static_cast<std::size_t>(std::countr_zero(j));
      const Uint128 rest = first_[j & (j - 1)];
      first_[j] = lowest == 7 ? square_root : rest + multiply_high(rest, root_less_one[8 - lowest]);
    }
    for (std::size_t row = 0; row < later_.size(); ++row) {
      for (std::size_t j = 1; j < 256; ++j) {
        const auto lowest = static_cast<std::size_t>(std::countr_zero(j));
        const Uint128 rest = later_[row][j & (j - 1)];
        const Uint128 root = root_less_one[16 + 8 * row - lowest];
        later_[row][j] = rest + root + multiply_high(rest, root);
      }
    }
  }

  // See `power_of_ten`. The entries of the first row fall short by less than 450 units, each of the
  // others adds less than 380, and what follows less than 20.
  [[nodiscard]] Uint128 operator()(Uint128 x) const {
    Uint128 power = first_[static_cast<std::size_t>(x >> 120)];
    for (std::size_t row = 0; row < later_.size(); ++row) {
      power +=
          multiply_high(power, later_[row][static_cast<std::size_t>(x >> (112 - 8 * row)) % 256]);
    }
    // What is left of x is r < 2^-32: e^t for t = r ln 10 < 2^-30.79, all in units of 2^-158.
    const Uint128 t = multiply_high(x << 32, ln10);
    const Uint128 square = multiply_high(t, t);                      // t^2 in units of 2^-188
    const Uint128 cube = Uint128{high_word(square)} * high_word(t);  // t^3 in units of 2^-218
    const Uint128 less_one = t + (square >> 31) + Uint128{low_word(cube >> 62) / 3} * 2;
    return power + (multiply_high(power, less_one) >> 30);
  }

 private:
  std::array<Uint128, 256> first_{};                 // 10^(j 2^-8), in units of 2^-124
  std::array<std::array<Uint128, 256>, 3> later_{};  // 10^(j 2^-16, -24, -32) - 1, of 2^-128
};

}  // namespace

std::uint64_t fibonacci_digit_count(std::uint64_t n) {
  // F(n) is the integer nearest to 10^x(n), and no power of ten from 10 up is a Fibonacci number
  // (10 divides F(n) only if 15 divides n, and then 61 divides F(n), as it divides F(15) = 610):
  // where 10^k lies between F(n) and 10^x(n), it would be F(n) itself. Below n = 2, 10^x(n) rounds
  // up to 1.
  return n < 2 ? 1 : logarithm(n).integer + 1;
}

namespace detail {

Uint128 power_of_ten(Uint128 x) {
  static const PowersOfTen powers;
  return powers(x);
}

std::optional<std::string> leading_by_logarithm(std::uint64_t n, std::uint64_t count) {
  // One unit less makes up for psi^n, which is below 2^-128 of phi^n from n = 187 on.
  const Uint128 lower = power_of_ten(logarithm(n).fraction) - 1;
  std::string text(1, static_cast<char>('0' + static_cast<int>(lower >> 124)));
  Uint128 fraction = lower << 4;
  Uint128 error = Uint128{power_of_ten_error + 1} << 4;
  for (std::uint64_t missing = count - 1; missing > 0;) {
    const std::uint64_t digits = std::min(missing, limb_digits);
    const std::uint64_t scale = powers_of_ten[digits];
    const Uint128 low = Uint128{low_word(fraction)} * scale;
    const Uint128 high = Uint128{high_word(fraction)} * scale + high_word(low);
    append_padded(text, high_word(high), digits);
    fraction = words(low_word(high), low_word(low));
    error *= scale;  // below 10^31 2^15 < 2^118
    missing -= digits;
  }
  if (fraction + error < fraction) return std::nullopt;
  return text;
}

}  // namespace detail
}  // namespace fibo
