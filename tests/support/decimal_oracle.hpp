// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/arithmetic/balanced_limbs.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <gmp.h>

namespace fibo::test {

/// GMP's integers as values: the oracle of the tests.
class Integer {
 public:
  Integer() { mpz_init(value_); }
  explicit Integer(std::uint64_t value) { mpz_init_set_ui(value_, value); }
  Integer(const Integer& other) { mpz_init_set(value_, other.value_); }
  Integer& operator=(const Integer& other) {
    mpz_set(value_, other.value_);
    return *this;
  }
  ~Integer() { mpz_clear(value_); }

  static Integer fibonacci(std::uint64_t n) {
    Integer result;
    mpz_fib_ui(result.value_, n);
    return result;
  }

  /// From limbs of `base`, lowest first, by halves.
  static Integer of_limbs(std::span<const double> limbs, const Integer& base) {
    if (limbs.empty()) return Integer();
    if (limbs.size() == 1) {
      Integer result;
      mpz_set_d(result.value_, limbs[0]);
      return result;
    }
    const std::size_t half = limbs.size() / 2;
    Integer power;
    mpz_pow_ui(power.value_, base.value_, half);
    return of_limbs(limbs.first(half), base) + of_limbs(limbs.subspan(half), base) * power;
  }

  friend Integer operator+(const Integer& a, const Integer& b) {
    Integer result;
    mpz_add(result.value_, a.value_, b.value_);
    return result;
  }
  friend Integer operator-(const Integer& a, const Integer& b) {
    Integer result;
    mpz_sub(result.value_, a.value_, b.value_);
    return result;
  }
  friend Integer operator*(const Integer& a, const Integer& b) {
    Integer result;
    mpz_mul(result.value_, a.value_, b.value_);
    return result;
  }
  friend bool operator==(const Integer& a, const Integer& b) {
    return mpz_cmp(a.value_, b.value_) == 0;
  }
  friend bool operator<=(const Integer& a, const Integer& b) {
    return mpz_cmp(a.value_, b.value_) <= 0;
  }
  friend bool operator>(const Integer& a, const Integer& b) { return !(a <= b); }

  [[nodiscard]] std::string digits() const {
    std::string text(mpz_sizeinbase(value_, 10) + 2, '\0');
    mpz_get_str(text.data(), 10, value_);
    text.resize(text.find('\0'));
    return text;
  }

 private:
  mpz_t value_;
};

inline Integer value_of(std::span<const double> limbs, const detail::DecimalBase& base) {
  return Integer::of_limbs(limbs, Integer(static_cast<std::uint64_t>(base.base)));
}

/// The value of limbs of 18 digits.
inline Integer value_of_words(std::span<const std::uint64_t> words) {
  std::vector<double> halves;
  for (const std::uint64_t word : words) {
    halves.push_back(static_cast<double>(word % 1'000'000'000));
    halves.push_back(static_cast<double>(word / 1'000'000'000));
  }
  return Integer::of_limbs(halves, Integer(1'000'000'000));
}

}  // namespace fibo::test
