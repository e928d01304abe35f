// SPDX-License-Identifier: MIT
#include "fibo/fibonacci/fibonacci.hpp"

#include "support/gmp_integer.hpp"

#include <fstream>
#include <random>
#include <string>

#include <gtest/gtest.h>

namespace fibo {
namespace {

using test::fibonacci_by_gmp;

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
  for (std::uint64_t n = 0; n <= 3000; ++n) ASSERT_EQ(fibonacci(n), fibonacci_by_gmp(n)) << n;
  std::mt19937_64 random(1);
  for (int i = 0; i < 1000; ++i) {
    const std::uint64_t n = random() % 30'000;
    ASSERT_EQ(fibonacci(n), fibonacci_by_gmp(n)) << n;
  }
  for (int i = 0; i < 20; ++i) {
    const std::uint64_t n = random() % 1'000'001;
    ASSERT_EQ(fibonacci(n), fibonacci_by_gmp(n)) << n;
  }
}

}  // namespace
}  // namespace fibo
