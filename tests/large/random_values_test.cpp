// SPDX-License-Identifier: MIT
//
// Random keys up to 10^7 against GMP, digit for digit: half of them uniform in their logarithm, so
// that every algorithm and every seam between two is met, half of them of one size, where values
// that differ little in length meet every shape of transform. FIBO_SEED=17 plays one seed again.
#include "fibo/fibonacci/engine.hpp"

#include "support/gmp_integer.hpp"
#include "support/instruction_sets.hpp"

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <random>

#include <gtest/gtest.h>

namespace fibo::test {
namespace {

constexpr double max_n = 1e7;

std::uint64_t seed_of_this_run() {
  const char* const given = std::getenv("FIBO_SEED");
  return given == nullptr ? 20261124 : std::strtoull(given, nullptr, 10);
}

class RandomValues : public testing::TestWithParam<InstructionSet> {
 protected:
  void SetUp() override {
    if (!is_available(GetParam())) GTEST_SKIP() << "not on this machine, or not built";
  }

  static void expect_those_of_gmp(std::uint64_t n, Engine& engine) {
    GmpInteger expected;
    mpz_fib_ui(expected.get(), n);
    ASSERT_TRUE(GmpInteger{std::string(engine.digits(n))} == expected) << n;
  }
};

TEST_P(RandomValues, OfAllSizesAreThoseOfGmp) {
  std::mt19937_64 random{seed_of_this_run()};
  std::uniform_real_distribution<double> logarithm{0, std::log(max_n)};
  for (const unsigned threads : {1U, 2U}) {
    Engine engine({.threads = threads, .instruction_set = GetParam()});
    for (int i = 0; i < 700; ++i) {
      const auto n = static_cast<std::uint64_t>(std::exp(logarithm(random)));
      ASSERT_NO_FATAL_FAILURE(expect_those_of_gmp(n, engine));
    }
  }
}

TEST_P(RandomValues, OfOneSizeAreThoseOfGmp) {
  std::mt19937_64 random{seed_of_this_run() + 1};
  Engine engine({.instruction_set = GetParam()});
  for (const double size : {3e4, 1e5, 3e5, 1e6}) {
    std::uniform_real_distribution<double> any{size, 1.3 * size};
    for (int i = 0; i < 250; ++i) {
      ASSERT_NO_FATAL_FAILURE(expect_those_of_gmp(static_cast<std::uint64_t>(any(random)), engine));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(EveryInstructionSet, RandomValues,
                         testing::ValuesIn(every_instruction_set), set_name);

}  // namespace
}  // namespace fibo::test
