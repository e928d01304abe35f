// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/arithmetic/balanced_limbs.hpp"
#include "fibo/arithmetic/decimal_limbs.hpp"

#include "gmp_integer.hpp"

#include <cstdint>
#include <random>
#include <span>
#include <vector>

/// Decimal numbers to try, and their values by GMP.
namespace fibo::test {

using Limbs = std::vector<decimal::Limb>;

/// The value of limbs of `base`, lowest first, by halves.
inline GmpInteger value_in_base(std::span<const double> limbs, const GmpInteger& base) {
  GmpInteger value;
  if (limbs.empty()) return value;
  if (limbs.size() == 1) {
    mpz_set_d(value.get(), limbs[0]);
    return value;
  }
  const std::size_t half = limbs.size() / 2;
  GmpInteger power;
  mpz_pow_ui(power.get(), base.get(), half);
  return value_in_base(limbs.first(half), base) + value_in_base(limbs.subspan(half), base) * power;
}

inline GmpInteger value_of(std::span<const double> limbs, const detail::DecimalBase& base) {
  return value_in_base(limbs, GmpInteger(static_cast<std::uint64_t>(base.base)));
}

/// The value of limbs of 18 digits.
inline GmpInteger value_of(std::span<const decimal::Limb> limbs) {
  std::vector<double> halves;
  for (const decimal::Limb limb : limbs) {
    halves.push_back(static_cast<double>(limb % 1'000'000'000));
    halves.push_back(static_cast<double>(limb / 1'000'000'000));
  }
  return value_in_base(halves, GmpInteger(1'000'000'000));
}

/// Limbs at random, with runs of the extremes 0 and 10^18 - 1 that carries and borrows run through.
inline Limbs random_limbs(std::mt19937_64& random, std::size_t size) {
  Limbs limbs(size);
  const unsigned kind = static_cast<unsigned>(random() % 4);
  for (decimal::Limb& limb : limbs) {
    const auto choice = random() % 4;
    limb = random() % decimal::base;
    if (kind == 1 || (kind == 2 && choice < 3)) limb = decimal::base - 1;
    if (kind == 3 && choice < 3) limb = 0;
  }
  return limbs;
}

inline Limbs largest_limbs(std::size_t size) {
  return Limbs(size, decimal::base - 1);
}

}  // namespace fibo::test
