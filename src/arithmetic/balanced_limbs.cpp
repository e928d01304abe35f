// SPDX-License-Identifier: MIT
#include "fibo/arithmetic/balanced_limbs.hpp"

#include "fibo/arithmetic/decimal_limbs.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>
#include <tuple>
#include <utility>

namespace fibo::detail {
namespace {

constexpr double magic = 0x1.8p52;  // x + magic - magic is x rounded to an integer, |x| <= 2^51

double round_quotient(double x, const DecimalBase& base) {
  return (x * base.base_inverse + magic) - magic;
}

constexpr std::uint64_t power_of_ten(int exponent) {
  std::uint64_t power = 1;
  for (; exponent > 0; --exponent) power *= 10;
  return power;
}

// Turns signed limbs, lowest first, into digits 0 .. B-1. The borrow is at most one, as |limb| < B.
class Normalizer {
 public:
  explicit Normalizer(const DecimalBase& base) : base_(base.base) {}

  std::uint64_t next(double limb) {
    const double value = limb + borrow_;
    borrow_ = value < 0 ? -1 : 0;
    return static_cast<std::uint64_t>(value < 0 ? value + base_ : value);
  }

  [[nodiscard]] bool owes() const { return borrow_ < 0; }

 private:
  double base_;
  double borrow_ = 0;
};

}  // namespace

DecimalBase decimal_base(int digits) {
  if (digits < min_limb_digits || digits > max_limb_digits) {
    throw std::invalid_argument("a limb has 10 to 14 digits");
  }
  const auto base = static_cast<double>(power_of_ten(digits));
  return {digits, base, 1 / base, base / 2 + 0x1p52 / base + 4};
}

std::size_t max_factor_limbs(int digits) {
  const DecimalBase base = decimal_base(digits);
  const double product =
      static_cast<double>(primes[0].value) * static_cast<double>(primes[1].value);
  return static_cast<std::size_t>(coefficient_part * product / (base.limb_bound * base.limb_bound));
}

DecimalBase base_for_factors(std::size_t decimal_digits) {
  for (int digits = max_limb_digits; digits >= min_limb_digits; --digits) {
    if (limbs_for_digits(decimal_digits, digits) <= max_factor_limbs(digits)) {
      return decimal_base(digits);
    }
  }
  throw std::length_error("a factor is past the range of the transform");
}

void set_small(std::span<double> limbs, std::uint64_t x, const DecimalBase& base) {
  std::ranges::fill(limbs, 0.0);
  const auto divisor = static_cast<std::uint64_t>(base.base);
  for (std::size_t i = 0; x != 0; ++i) {
    auto limb = static_cast<double>(x % divisor);
    x /= divisor;
    if (limb > base.base / 2) {
      limb -= base.base;
      ++x;
    }
    limbs[i] = limb;
  }
}

void add_at(std::span<double> limbs, std::size_t at, double addend, const DecimalBase& base) {
  for (std::size_t i = at; addend != 0 && i < limbs.size(); ++i) {
    const double value = limbs[i] + addend;
    addend = round_quotient(value, base);
    limbs[i] = value - addend * base.base;
  }
}

std::size_t significant_limbs(std::span<const double> limbs) {
  std::size_t count = limbs.size();
  while (count > 0 && limbs[count - 1] == 0) --count;
  return count;
}

double borrow_into(std::span<const double> limbs, std::size_t at) {
  while (at > 0 && limbs[at - 1] == 0) --at;
  return at > 0 && limbs[at - 1] < 0 ? -1 : 0;
}

double fifth_remainder(double z) {
  return z - 5 * ((z * 0.2 + magic) - magic);
}

double fifth_of_run(double a, std::span<const double> x, double b, std::span<const double> y,
                    std::span<double> out, double remainder_above, const DecimalBase& base) {
  // A limb z = 5 q + r leaves r B, which is r B/5 of the limb below after the division; |z| <= 4
  // limb_bound, so the new limb q + r' B/5 is within 0.8 B + 0.4 B and carries at most one. Each
  // step is a loop of its own over a block, without a chain from limb to limb.
  constexpr std::size_t block = 512;
  std::array<double, block> quotient;
  std::array<double, block + 1> remainder;
  std::array<double, block + 1> carry;
  const double fifth = base.base / 5;
  carry[0] = 0;
  for (std::size_t begin = 0; begin < out.size(); begin += block) {
    const std::size_t count = std::min(block, out.size() - begin);
    const std::size_t end = begin + count;
    for (std::size_t i = 0; i < count; ++i) {
      const double z = a * x[begin + i] + b * y[begin + i];
      remainder[i] = fifth_remainder(z);
      quotient[i] = (z * 0.2 + magic) - magic;
    }
    // The block above is still as it was, also where `out` is x or y.
    remainder[count] =
        end == out.size() ? remainder_above : fifth_remainder(a * x[end] + b * y[end]);
    for (std::size_t i = 0; i < count; ++i) {
      quotient[i] += remainder[i + 1] * fifth;
      carry[i + 1] = round_quotient(quotient[i], base);
    }
    for (std::size_t i = 0; i < count; ++i) {
      out[begin + i] = quotient[i] - carry[i + 1] * base.base + carry[i];
    }
    carry[0] = carry[count];
  }
  return carry[0];
}

void multiply_short(std::span<const double> x, std::span<const double> y, std::span<double> out,
                    const DecimalBase& base) {
  const auto divisor = static_cast<std::int64_t>(base.base);
  Int128 carry = 0;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::size_t begin = i < y.size() ? 0 : i - y.size() + 1;
    const std::size_t end = std::min(i + 1, x.size());
    Int128 sum = carry;
    for (std::size_t j = begin; j < end; ++j) {
      sum += Int128{static_cast<std::int64_t>(x[j])} * static_cast<std::int64_t>(y[i - j]);
    }
    // An approximate quotient will do: the remainder is then within 0.51 B, and the carry takes the
    // rest exactly.
    carry = static_cast<Int128>(std::nearbyint(static_cast<double>(sum) * base.base_inverse));
    auto limb = static_cast<double>(sum - carry * divisor);
    if (std::abs(limb) > base.base / 2) {
      const double correction = round_quotient(limb, base);
      limb -= correction * base.base;
      carry += static_cast<Int128>(correction);
    }
    out[i] = limb;
  }
}

void from_words(std::span<const std::uint64_t> words, std::span<double> limbs,
                const DecimalBase& base) {
  std::ranges::fill(limbs, 0.0);
  const auto divisor = static_cast<std::uint64_t>(base.base);
  Uint128 pending = 0;  // what is read and not written: below 10^pending_digits
  int pending_digits = 0;
  std::size_t next = 0;
  std::int64_t carry = 0;
  for (double& limb : limbs) {
    if (pending_digits < base.digits && next < words.size()) {
      pending += Uint128{words[next++]} * power_of_ten(pending_digits);
      pending_digits += 18;
    }
    auto value = static_cast<std::int64_t>(pending % divisor) + carry;
    pending /= divisor;
    pending_digits = std::max(pending_digits - base.digits, 0);
    carry = 2 * value > static_cast<std::int64_t>(divisor) ? 1 : 0;
    value -= carry * static_cast<std::int64_t>(divisor);
    limb = static_cast<double>(value);
  }
}

void to_words(std::span<const double> limbs, std::span<std::uint64_t> out,
              const DecimalBase& base) {
  Normalizer normalizer(base);
  Uint128 pending = 0;
  int pending_digits = 0;
  std::size_t next = 0;
  for (std::uint64_t& word : out) {
    while (pending_digits < 18 && next < limbs.size()) {
      pending += Uint128{normalizer.next(limbs[next++])} * power_of_ten(pending_digits);
      pending_digits += base.digits;
    }
    // Below 10^32, so that the quotient fits.
    const auto [quotient, remainder] = decimal::divide_by_base(pending);
    word = remainder;
    pending = quotient;
    pending_digits = std::max(pending_digits - 18, 0);
  }
  for (const double limb : limbs.subspan(next)) pending |= normalizer.next(limb);
  if (pending != 0 || normalizer.owes()) {
    throw std::length_error("a number is negative or has more digits than there is room for");
  }
}

}  // namespace fibo::detail
