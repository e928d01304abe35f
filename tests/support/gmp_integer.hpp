// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <ostream>
#include <string>

#include <gmp.h>

namespace fibo::test {

/// GMP's integers as values: the second opinion of the tests.
class GmpInteger {
 public:
  GmpInteger() { mpz_init(value_); }
  explicit GmpInteger(std::uint64_t value) { mpz_init_set_ui(value_, value); }
  explicit GmpInteger(const std::string& digits) { mpz_init_set_str(value_, digits.c_str(), 10); }
  GmpInteger(const GmpInteger& other) { mpz_init_set(value_, other.value_); }
  GmpInteger(GmpInteger&& other) noexcept : GmpInteger() { mpz_swap(value_, other.value_); }
  GmpInteger& operator=(const GmpInteger& other) {
    mpz_set(value_, other.value_);
    return *this;
  }
  GmpInteger& operator=(GmpInteger&& other) noexcept {
    mpz_swap(value_, other.value_);
    return *this;
  }
  ~GmpInteger() { mpz_clear(value_); }

  static GmpInteger fibonacci(std::uint64_t n) {
    GmpInteger result;
    mpz_fib_ui(result.value_, n);
    return result;
  }

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
    mpz_add(result.value_, a.value_, b.value_);
    return result;
  }
  friend GmpInteger operator-(const GmpInteger& a, const GmpInteger& b) {
    GmpInteger result;
    mpz_sub(result.value_, a.value_, b.value_);
    return result;
  }
  friend GmpInteger operator*(const GmpInteger& a, const GmpInteger& b) {
    GmpInteger result;
    mpz_mul(result.value_, a.value_, b.value_);
    return result;
  }
  friend bool operator==(const GmpInteger& a, const GmpInteger& b) {
    return mpz_cmp(a.value_, b.value_) == 0;
  }
  friend bool operator<=(const GmpInteger& a, const GmpInteger& b) {
    return mpz_cmp(a.value_, b.value_) <= 0;
  }
  friend bool operator>(const GmpInteger& a, const GmpInteger& b) { return !(a <= b); }

  friend void PrintTo(const GmpInteger& integer, std::ostream* stream) {
    *stream << integer.text();
  }

 private:
  mpz_t value_;
};

/// F(n) as GMP has it.
inline std::string fibonacci_by_gmp(std::uint64_t n) {
  return GmpInteger::fibonacci(n).text();
}

}  // namespace fibo::test
