// SPDX-License-Identifier: MIT
#include "fibo/fibonacci/engine.hpp"

#include "fibo/fibonacci/fibonacci.hpp"

#include "support/gmp_integer.hpp"
#include "support/instruction_sets.hpp"

#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace fibo::test {
namespace {

class EngineDigits : public testing::TestWithParam<InstructionSet> {
 protected:
  void SetUp() override {
    if (!is_available(GetParam())) GTEST_SKIP() << "not on this machine, or not built";
  }

  Engine engine_{
      {.check_seed = 1,
       .instruction_set = is_available(GetParam()) ? GetParam() : InstructionSet::portable}};
};

TEST_P(EngineDigits, AgreeWithGmpForEveryKeyUpTo20000) {
  GmpInteger value;
  GmpInteger before{"1"};
  for (std::uint64_t n = 0; n <= 20'000; ++n) {
    ASSERT_EQ(engine_.digits(n), value.text()) << n;
    mpz_add(before.get(), before.get(), value.get());
    mpz_swap(before.get(), value.get());
  }
}

TEST_P(EngineDigits, AgreeWithGmpForRandomKeys) {
  std::mt19937_64 random{1};
  for (int i = 0; i < 2000; ++i) {
    const std::uint64_t n = random() % (std::uint64_t{1} << (1 + random() % 17));
    ASSERT_EQ(engine_.digits(n), fibonacci_by_gmp(n)) << n;
  }
}

TEST_P(EngineDigits, DoNotDependOnTheKeysBefore) {
  for (const std::uint64_t n : {100'000U, 3U, 5'000U, 0U, 99'999U, 4'079U, 4'080U, 93U, 94U}) {
    ASSERT_EQ(engine_.digits(n), fibonacci_by_gmp(n)) << n;
  }
}

INSTANTIATE_TEST_SUITE_P(EveryInstructionSet, EngineDigits,
                         testing::ValuesIn(every_instruction_set), set_name);

TEST(Engine, RefusesKeysPastItsRangeBeforeItWorks) {
  Engine engine;
  EXPECT_THROW(engine.digits(Engine::max_n + 1), std::length_error);
  EXPECT_THROW(Engine::memory_bytes(Engine::max_n + 1), std::length_error);
}

TEST(Engine, HoldsNoMoreMemoryThanItSays) {
  for (const std::uint64_t n : {0U, 100U, 4'079U, 4'080U, 10'000U, 20'999U, 21'000U, 1'000'000U}) {
    Engine engine;
    engine.digits(n);
    EXPECT_LE(engine.held_bytes(), Engine::memory_bytes(n)) << n;
    EXPECT_GE(2 * engine.held_bytes(), Engine::memory_bytes(n)) << n;
  }
}

TEST(Engine, HoldsNoMoreMemoryInARunThanItSays) {
  for (const std::uint64_t n : {200U, 5'000U, 20'990U, 100'000U}) {
    std::vector<std::uint64_t> keys;
    for (std::uint64_t i = 0; i < 12; ++i) keys.push_back(n - 100 + i * (i < 6 ? 1 : 7));
    Engine engine;
    engine.run(keys, [](std::uint64_t, std::string_view) {});
    EXPECT_LE(engine.held_bytes(), Engine::run_memory_bytes(keys.back())) << n;
  }
}

TEST(Engine, MemoryAndCostRiseWithTheKey) {
  std::uint64_t bytes = 0;
  double cost = 0;
  for (std::uint64_t n = 1; n < Engine::max_n; n += n / 7 + 1) {
    EXPECT_GE(Engine::cost_ns(n), cost) << n;
    EXPECT_GE(Engine::memory_bytes(n) * 5 / 4, bytes) << n;
    EXPECT_GE(Engine::run_memory_bytes(n), Engine::memory_bytes(n)) << n;
    cost = Engine::cost_ns(n);
    bytes = Engine::memory_bytes(n);
  }
}

TEST(Engine, ServesKeysOnBothSidesOfEveryChangeOfAlgorithm) {
  Engine engine;
  for (const std::uint64_t edge : {93U, 94U, 186U, 187U, 4'079U, 8'159U, 16'319U, 21'000U}) {
    for (std::uint64_t n = edge - 3; n <= edge + 3; ++n) {
      ASSERT_EQ(engine.digits(n), fibonacci_by_gmp(n)) << n;
    }
  }
}

TEST(Fibonacci, GivesTheDigitsOfOneKey) {
  EXPECT_EQ(fibonacci(0), "0");
  EXPECT_EQ(fibonacci(1), "1");
  EXPECT_EQ(fibonacci(100), "354224848179261915075");
  EXPECT_EQ(fibonacci(12'345), fibonacci_by_gmp(12'345));
}

}  // namespace
}  // namespace fibo::test
