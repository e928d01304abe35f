// SPDX-License-Identifier: MIT
#include "fibo/fibonacci/residue.hpp"

#include <array>
#include <cstdint>
#include <limits>
#include <random>
#include <stdexcept>
#include <vector>

#include <gmp.h>
#include <gtest/gtest.h>

namespace fibo {
namespace {

constexpr std::uint64_t max_64 = std::numeric_limits<std::uint64_t>::max();

std::vector<std::uint64_t> notable_moduli() {
  std::vector<std::uint64_t> moduli{
      max_64,
      max_64 - 1,
      std::uint64_t{1} << 63,
      (std::uint64_t{1} << 63) + 1,
      (std::uint64_t{1} << 63) - 1,
      std::uint64_t{1} << 32,
      (std::uint64_t{1} << 32) - 1,
      (std::uint64_t{1} << 61) - 1,
      18446744073709551557U,  // the largest primes below 2^64
      18446744073709551533U,
      9223372036854775783U,  // and below 2^63
      12200160415121876738U  // F(93)
  };
  for (std::uint64_t m = 1; m <= 100; ++m) moduli.push_back(m);
  for (std::uint64_t m = 1000; m <= max_64 / 10; m *= 10) moduli.push_back(m);
  moduli.push_back(10'000'000'000'000'000'000U);
  return moduli;
}

// F(n) mod m by powering the matrix ((1 1) (1 0)) in GMP's integers.
class MatrixPower {
 public:
  MatrixPower() { mpz_inits(a_, b_, c_, x_, y_, z_, t_, u_, m_, nullptr); }
  MatrixPower(const MatrixPower&) = delete;
  MatrixPower(MatrixPower&&) = delete;
  MatrixPower& operator=(const MatrixPower&) = delete;
  MatrixPower& operator=(MatrixPower&&) = delete;
  ~MatrixPower() { mpz_clears(a_, b_, c_, x_, y_, z_, t_, u_, m_, nullptr); }

  std::uint64_t operator()(std::uint64_t n, std::uint64_t m) {
    mpz_set_ui(m_, m);
    // The symmetric matrices ((x y) (y z)) = M^0, ((a b) (b c)) = M^(2^i).
    mpz_set_ui(x_, 1), mpz_set_ui(y_, 0), mpz_set_ui(z_, 1);
    mpz_set_ui(a_, 1), mpz_set_ui(b_, 1), mpz_set_ui(c_, 0);
    for (; n != 0; n /= 2) {
      if (n % 2 != 0) multiply();
      square();
    }
    mpz_mod(y_, y_, m_);
    return mpz_get_ui(y_);
  }

 private:
  void multiply() {  // x y z <- x y z * a b c
    mpz_mul(t_, x_, a_), mpz_addmul(t_, y_, b_);
    mpz_mul(u_, x_, b_), mpz_addmul(u_, y_, c_);
    mpz_mul(z_, z_, c_), mpz_addmul(z_, y_, b_), mpz_mod(z_, z_, m_);
    mpz_mod(x_, t_, m_), mpz_mod(y_, u_, m_);
  }
  void square() {
    mpz_mul(t_, a_, a_), mpz_addmul(t_, b_, b_);
    mpz_add(u_, a_, c_), mpz_mul(u_, u_, b_);
    mpz_mul(c_, c_, c_), mpz_addmul(c_, b_, b_), mpz_mod(c_, c_, m_);
    mpz_mod(a_, t_, m_), mpz_mod(b_, u_, m_);
  }

  mpz_t a_, b_, c_, x_, y_, z_, t_, u_, m_;
};

TEST(Reciprocal, DividesAsTheProcessorDoes) {
  std::mt19937_64 random{20240602};
  std::vector<std::uint64_t> divisors = notable_moduli();
  for (int i = 0; i < 2000; ++i) divisors.push_back((random() >> (random() % 64)) | 1);
  for (const std::uint64_t divisor : divisors) {
    const detail::Reciprocal reciprocal{divisor};
    ASSERT_EQ(reciprocal.divisor(), divisor);
    const std::uint64_t middle = random();
    for (const std::uint64_t quotient : {std::uint64_t{0}, std::uint64_t{1}, middle, max_64}) {
      for (const std::uint64_t rest : {std::uint64_t{0}, divisor / 2, divisor - 1}) {
        const Uint128 number = Uint128{quotient} * divisor + rest;
        const detail::Reciprocal::Division division = reciprocal.divide(number);
        ASSERT_EQ(division.quotient, quotient) << divisor << " " << rest;
        ASSERT_EQ(division.remainder, rest) << divisor << " " << quotient;
      }
    }
  }
}

TEST(Residue, AgreesWithTheRecurrence) {
  for (const std::uint64_t m : notable_moduli()) {
    const FibonacciResidue residue{m};
    EXPECT_EQ(residue.modulus(), m);
    std::uint64_t value = 0;
    std::uint64_t next = 1 % m;
    for (std::uint64_t n = 0; n < 3000; ++n) {
      ASSERT_EQ(fibonacci_mod(n, m), value) << "F(" << n << ") mod " << m;
      ASSERT_EQ(residue(n), value) << "F(" << n << ") mod " << m;
      const std::uint64_t sum = next >= m - value ? next - (m - value) : next + value;
      value = next;
      next = sum;
    }
  }
}

TEST(Residue, AgreesWithMatrixPoweringForRandomKeysAndModuli) {
  std::mt19937_64 random{20240601};
  MatrixPower expected;
  for (int i = 0; i < 2000; ++i) {
    // Lengths of all sizes, as often as not with the top bit set.
    const std::uint64_t m = (random() >> (random() % 2 * (random() % 64))) | 1 << (random() % 4);
    const FibonacciResidue residue{m};
    for (int j = 0; j < 5; ++j) {
      const std::uint64_t n = random() >> (random() % 2 * (random() % 64));
      const std::uint64_t value = expected(n, m);
      ASSERT_EQ(fibonacci_mod(n, m), value) << "F(" << n << ") mod " << m;
      ASSERT_EQ(residue(n), value) << "F(" << n << ") mod " << m;
    }
  }
}

TEST(Residue, AgreesWithMatrixPoweringAtTheEdgesOf64Bits) {
  MatrixPower expected;
  for (const std::uint64_t m : notable_moduli()) {
    const FibonacciResidue residue{m};
    for (int bit = 0; bit < 64; ++bit) {
      const std::uint64_t power = std::uint64_t{1} << bit;
      for (const std::uint64_t n : {power - 1, power, power + 1, ~power, max_64 - power + 1}) {
        const std::uint64_t value = expected(n, m);
        ASSERT_EQ(fibonacci_mod(n, m), value) << "F(" << n << ") mod " << m;
        ASSERT_EQ(residue(n), value) << "F(" << n << ") mod " << m;
      }
    }
  }
}

TEST(Residue, HasTheKnownPisanoPeriods) {
  struct Period {
    std::uint64_t modulus;
    std::uint64_t period;
  };
  // OEIS A001175; for 10^k, k >= 3, it is 15 * 10^(k-1); for 2^k 3 * 2^(k-1); for 5^k 4 * 5^k.
  const std::vector<Period> periods{{2, 3},
                                    {3, 8},
                                    {5, 20},
                                    {7, 16},
                                    {10, 60},
                                    {100, 300},
                                    {144, 24},
                                    {1000, 1500},
                                    {1'000'000'000, 1'500'000'000},
                                    {10'000'000'000'000'000'000U, 15'000'000'000'000'000'000U},
                                    {std::uint64_t{1} << 62, std::uint64_t{3} << 61}};
  std::mt19937_64 random{7};
  for (const auto& [m, period] : periods) {
    const FibonacciResidue residue{m};
    EXPECT_EQ(residue(period), 0U) << m;
    EXPECT_EQ(residue(period + 1), 1U) << m;
    for (const std::uint64_t prime : {2U, 3U, 5U}) {
      if (period % prime != 0) continue;
      const std::uint64_t part = period / prime;
      EXPECT_FALSE(residue(part) == 0 && residue(part + 1) == 1) << m << " " << part;
    }
    for (int i = 0; i < 20; ++i) {
      const std::uint64_t n = random();
      EXPECT_EQ(residue(n), residue(n % period)) << n << " mod " << m;
    }
  }
}

TEST(Residue, VanishesAtThePrimesThatItMust) {
  // p divides F(p - 1) if p is 1 or 4 mod 5, and F(p + 1) if it is 2 or 3 mod 5.
  EXPECT_EQ(fibonacci_mod(18446744073709551557U + 1, 18446744073709551557U), 0U);
  EXPECT_EQ(fibonacci_mod(2305843009213693951U - 1, 2305843009213693951U), 0U);
  EXPECT_EQ(fibonacci_mod(18446744073709551533U + 1, 18446744073709551533U), 0U);
}

TEST(Residue, RefusesTheModulusZero) {
  EXPECT_THROW(fibonacci_mod(5, 0), std::invalid_argument);
  EXPECT_THROW(FibonacciResidue{0}, std::invalid_argument);
}

}  // namespace
}  // namespace fibo
