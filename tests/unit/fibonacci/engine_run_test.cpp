// SPDX-License-Identifier: MIT
#include "fibo/fibonacci/engine.hpp"

#include <algorithm>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace fibo::test {
namespace {

using Keys = std::vector<std::uint64_t>;

/// Runs the keys and compares each value with that of the key on its own.
void expect_run_equals_single_keys(Engine& engine, const Keys& keys) {
  Engine single{{.check_seed = 2}};
  std::size_t count = 0;
  engine.run(keys, [&](std::uint64_t n, std::string_view digits) {
    ASSERT_LT(count, keys.size());
    ASSERT_EQ(n, keys[count]);
    ++count;
    ASSERT_EQ(digits, single.digits(n)) << n;
  });
  EXPECT_EQ(count, keys.size());
}

TEST(EngineRun, EveryKeyFromZero) {
  Keys keys(6000);
  for (std::size_t i = 0; i < keys.size(); ++i) keys[i] = i;
  Engine engine;
  expect_run_equals_single_keys(engine, keys);
}

TEST(EngineRun, EveryConstantGap) {
  Engine engine;
  for (std::uint64_t gap = 0; gap <= 400; ++gap) {
    Keys keys;
    for (std::uint64_t i = 0; i < 12; ++i) keys.push_back(4000 + i * gap);
    expect_run_equals_single_keys(engine, keys);
  }
}

TEST(EngineRun, RandomGapsOfEverySize) {
  std::mt19937_64 random{1};
  Engine engine;
  for (int i = 0; i < 60; ++i) {
    Keys keys;
    std::uint64_t n = random() % 20'000;
    for (int j = 0; j < 40; ++j) {
      keys.push_back(n);
      n += random() % (std::uint64_t{1} << random() % 12);
    }
    expect_run_equals_single_keys(engine, keys);
  }
}

TEST(EngineRun, NeighboursWhereTransformsTakeOver) {
  Keys keys;
  for (std::uint64_t n = 20'990; n <= 21'010; ++n) keys.push_back(n);
  for (std::uint64_t n = 60'000; n <= 60'500; n += 50) keys.push_back(n);
  for (const std::uint64_t n : {70'000U, 70'003U, 70'090U, 75'000U, 75'001U}) keys.push_back(n);
  Engine engine;
  expect_run_equals_single_keys(engine, keys);
}

TEST(EngineRun, ARunMayStartBelowTheEndOfTheOneBefore) {
  Engine engine;
  expect_run_equals_single_keys(engine, {5000, 5001, 5002});
  expect_run_equals_single_keys(engine, {4990, 4991});
  expect_run_equals_single_keys(engine, {4991, 5000, 30'000, 30'001});
  expect_run_equals_single_keys(engine, {});
}

TEST(EngineRun, RefusesKeysThatDoNotAscend) {
  Engine engine;
  const Keys keys{5, 4};
  EXPECT_THROW(engine.run(keys, [](std::uint64_t, std::string_view) {}), std::invalid_argument);
}

TEST(EngineRun, RefusesAllKeysIfOneIsPastTheRange) {
  Engine engine;
  const Keys keys{5, Engine::max_n + 1};
  int calls = 0;
  EXPECT_THROW(engine.run(keys, [&](std::uint64_t, std::string_view) { ++calls; }),
               std::length_error);
  EXPECT_EQ(calls, 0);
}

TEST(EngineRun, WhatTheSinkThrowsComesBackAndTheEngineGoesOn) {
  Engine engine;
  const Keys keys{5000, 5001, 5002};
  EXPECT_THROW(engine.run(keys,
                          [](std::uint64_t n, std::string_view) {
                            if (n == 5001) throw std::runtime_error("full");
                          }),
               std::runtime_error);
  expect_run_equals_single_keys(engine, keys);
}

}  // namespace
}  // namespace fibo::test
