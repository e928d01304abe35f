// SPDX-License-Identifier: MIT
#include "fibo/fibonacci/fibonacci.hpp"

#include <fstream>
#include <random>
#include <string>

#include <gmp.h>
#include <gtest/gtest.h>

namespace fibo {
namespace {

std::string by_gmp(std::uint64_t n) {
  mpz_t value;
  mpz_init(value);
  mpz_fib_ui(value, n);
  char* const text = mpz_get_str(nullptr, 10, value);
  std::string digits = text;
  std::free(text);
  mpz_clear(value);
  return digits;
}

TEST(Fibonacci, IsOeisA000045) {
  std::ifstream file(OEIS_A000045_FILE);
  std::uint64_t rows = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with('#')) continue;
    const std::size_t space = line.find(' ');
    EXPECT_EQ(fibonacci(std::stoull(line.substr(0, space))), line.substr(space + 1));
    ++rows;
  }
  EXPECT_EQ(rows, 501U);
}

TEST(Fibonacci, AgreesWithGmp) {
  for (std::uint64_t n = 0; n <= 3000; ++n) ASSERT_EQ(fibonacci(n), by_gmp(n)) << n;
  std::mt19937_64 random(1);
  for (int i = 0; i < 1000; ++i) {
    const std::uint64_t n = random() % 30'000;
    ASSERT_EQ(fibonacci(n), by_gmp(n)) << n;
  }
  for (int i = 0; i < 20; ++i) {
    const std::uint64_t n = random() % 1'000'001;
    ASSERT_EQ(fibonacci(n), by_gmp(n)) << n;
  }
}

}  // namespace
}  // namespace fibo
