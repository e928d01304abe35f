// SPDX-License-Identifier: MIT
//
// Values too long for GMP to compute beside them in a test: digests of their digits, which GMP
// made.
#include "fibo/fibonacci/engine.hpp"

#include "large/digest.hpp"

#include <cstdint>

#include <gtest/gtest.h>
#include <sys/resource.h>

namespace fibo {
namespace {

struct Row {
  std::uint64_t n;
  std::uint64_t digest;
};

// Made by GMP 6.2.1:
//   build/release/tests/large/gmp_digest 10000000 12345678 99999999 100000000 314159265 1000000000
constexpr Row rows[] = {
    {10000000, 0xb9fee2faeca7f81b},  {12345678, 0x07640f634ba202ff},
    {99999999, 0xb76dae9ffcf30fd0},  {100000000, 0x6a8102a610b4f707},
    {314159265, 0x6fa3e58cc327e4fd}, {1000000000, 0xdc3315a4b6f646d2},
};

class LargeValues : public testing::TestWithParam<Row> {};

TEST_P(LargeValues, AreThoseOfGmp) {
  const auto [n, expected] = GetParam();
  for (const unsigned threads : {1U, 2U}) {
    Engine engine({.threads = threads});
    EXPECT_EQ(test::digest(engine.digits(n)), expected) << n << " on " << threads << " threads";
    EXPECT_LE(engine.held_bytes(), Engine::memory_bytes(n, threads));
  }
}

// The text included; the process takes a few MB more, and a sanitizer keeps books of its own.
TEST(LargeValuesMemory, ForTenToTheNinthIsUnder700MB) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "the address sanitizer takes as much again";
#endif
  EXPECT_LT(Engine::memory_bytes(1'000'000'000), 700'000'000U);
  Engine engine;
  EXPECT_EQ(engine.digits(1'000'000'000).size(), 208'987'640U);
  EXPECT_LE(engine.held_bytes(), Engine::memory_bytes(1'000'000'000));
  rusage usage{};
  ASSERT_EQ(::getrusage(RUSAGE_SELF, &usage), 0);
  EXPECT_LT(usage.ru_maxrss, 700L << 10);  // in KiB
}

INSTANTIATE_TEST_SUITE_P(Table, LargeValues, testing::ValuesIn(rows),
                         [](const auto& row) { return std::to_string(row.param.n); });

}  // namespace
}  // namespace fibo
