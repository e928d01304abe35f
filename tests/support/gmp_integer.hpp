// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/arithmetic/decimal_limbs.hpp"
#include "fibo/arithmetic/instruction_set.hpp"

#include <array>
#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <vector>

#include <gmp.h>
#include <gtest/gtest.h>

namespace fibo {

inline void PrintTo(InstructionSet set, std::ostream* stream) {
  *stream << name_of(set);
}

}  // namespace fibo

/// What the decimal tests share: numbers to try, and GMP as the second opinion.
namespace fibo::test {

using Limbs = std::vector<decimal::Limb>;

/// A GMP integer with an owner.
class GmpInteger {
 public:
  GmpInteger() { mpz_init(value_); }
  explicit GmpInteger(const std::string& digits) { mpz_init_set_str(value_, digits.c_str(), 10); }
  explicit GmpInteger(std::span<const decimal::Limb> limbs) {
    mpz_init(value_);
    for (std::size_t i = limbs.size(); i-- > 0;) {
      mpz_mul_ui(value_, value_, decimal::base);
      mpz_add_ui(value_, value_, limbs[i]);
    }
  }
  GmpInteger(const GmpInteger& other) { mpz_init_set(value_, other.value_); }
  GmpInteger& operator=(const GmpInteger& other) {
    mpz_set(value_, other.value_);
    return *this;
  }
  ~GmpInteger() { mpz_clear(value_); }

  mpz_ptr get() { return value_; }
  [[nodiscard]] mpz_srcptr get() const { return value_; }

  [[nodiscard]] std::string text() const {
    std::string digits(mpz_sizeinbase(value_, 10) + 2, '\0');
    mpz_get_str(digits.data(), 10, value_);
    digits.resize(digits.find('\0'));
    return digits;
  }

  friend GmpInteger operator+(const GmpInteger& a, const GmpInteger& b) {
    GmpInteger result;
    mpz_add(result.get(), a.get(), b.get());
    return result;
  }
  friend GmpInteger operator-(const GmpInteger& a, const GmpInteger& b) {
    GmpInteger result;
    mpz_sub(result.get(), a.get(), b.get());
    return result;
  }
  friend GmpInteger operator*(const GmpInteger& a, const GmpInteger& b) {
    GmpInteger result;
    mpz_mul(result.get(), a.get(), b.get());
    return result;
  }
  friend bool operator==(const GmpInteger& a, const GmpInteger& b) {
    return mpz_cmp(a.value_, b.value_) == 0;
  }

 private:
  mpz_t value_;
};

inline void PrintTo(const GmpInteger& integer, std::ostream* stream) {
  *stream << integer.text();
}

/// F(n) as GMP has it.
inline std::string fibonacci_by_gmp(std::uint64_t n) {
  GmpInteger value;
  mpz_fib_ui(value.get(), n);
  return value.text();
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

/// Tests of those that the machine lacks are skipped by name.
inline constexpr std::array every_instruction_set{InstructionSet::portable, InstructionSet::avx2,
                                                  InstructionSet::avx512};

/// The name of an instance of a test that runs once for each instruction set.
inline std::string set_name(const testing::TestParamInfo<InstructionSet>& instance) {
  return testing::PrintToString(instance.param);
}

}  // namespace fibo::test
