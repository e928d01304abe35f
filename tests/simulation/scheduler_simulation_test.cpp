// SPDX-License-Identifier: MIT
//
// Floors under what scheduler_simulation shows, at sizes that take a second in all.
#include "farm_simulation.hpp"
#include "loads.hpp"

#include <cstdint>
#include <limits>

#include <gtest/gtest.h>

namespace fibo::simulation {
namespace {

constexpr SchedulerLimits no_limit{.result_bytes = std::numeric_limits<std::uint64_t>::max()};

Outcome run(const FarmModel& farm, Order order, std::uint64_t keys, const Load& load) {
  const auto source = keys_in(order, keys);
  return simulate(farm, *source, load, no_limit);
}

TEST(FarmSimulation, ComputesEveryKeyOnce) {
  const Outcome outcome = run({.ranks = 7}, Order::shuffled, 1000, equal_keys(1e-3));
  EXPECT_EQ(outcome.keys, 1000U);
  EXPECT_LE(outcome.chunks, 1000U);
  EXPECT_GE(outcome.over_bound, 1);
  EXPECT_LE(outcome.efficiency, 1);
}

TEST(FarmSimulation, GivesTheSameOutcomeAgain) {
  const auto once = [] {
    return run({.ranks = 20}, Order::shuffled, 2000, log_uniform_keys(2000, 1e-6, 1)).makespan_s;
  };
  EXPECT_EQ(once(), once());
}

// One rank, two keys: all times by hand.
TEST(FarmSimulation, AddsUpTheTimesOfItsModel) {
  const FarmModel farm{.ranks = 1,
                       .message_s = 1e-3,
                       .key_s = 2e-3,
                       .byte_s = 1e-6,
                       .wire_s = 4e-3,
                       .longest_nap_s = 0};
  const Load load{.true_cost_s = [](Key) { return 1.0; },
                  .model = {.cost_s = [](Key) { return 1.0; },
                            .value_bytes = [](Key) { return std::uint64_t{100}; }}};
  const Outcome outcome = run(farm, Order::ascending, 2, load);
  // The job goes out (1 ms), then the first key (1 ms), and the worker's greeting is read (1 ms)
  // before the key arrives. For each key: 4 ms each way, and 1 s; its result takes
  // 1 + 2 + 0.1 ms. Between them the second key goes out (1 ms).
  EXPECT_NEAR(outcome.makespan_s, 2e-3 + 2 * (8e-3 + 1 + 3.1e-3) + 1e-3, 1e-9);
  EXPECT_NEAR(outcome.producer_busy * outcome.makespan_s, 3e-3 + 2 * 3.1e-3 + 1e-3, 1e-9);
  EXPECT_DOUBLE_EQ(outcome.computing_s, 2);
}

TEST(SchedulerAtScale, KeepsAThousandRanksBusyWithKeysOfTenMilliseconds) {
  const Outcome outcome = run({.ranks = 1000}, Order::ascending, 100'000, equal_keys(1e-2));
  EXPECT_GE(outcome.efficiency, 0.95);
  EXPECT_LE(outcome.producer_busy, 0.5);
}

TEST(SchedulerAtScale, KeepsFiveThousandRanksBusyWithKeysOfTenMilliseconds) {
  const Outcome outcome = run({.ranks = 5000}, Order::ascending, 2'500'000, equal_keys(1e-2));
  EXPECT_GE(outcome.efficiency, 0.85);
}

TEST(SchedulerAtScale, KeepsTenThousandRanksBusyWithKeysOfASecond) {
  const Outcome outcome = run({.ranks = 10'000}, Order::ascending, 200'000, equal_keys(1));
  EXPECT_GE(outcome.efficiency, 0.95);
  EXPECT_LE(outcome.producer_busy, 0.2);
}

TEST(SchedulerAtScale, HidesTheWaitForMessagesFromTenRanks) {
  EXPECT_GE(run({.ranks = 10}, Order::ascending, 1000, equal_keys(1e-2)).efficiency, 0.98);
  EXPECT_GE(run({.ranks = 10}, Order::ascending, 10'000, equal_keys(1e-4)).efficiency, 0.96);
}

TEST(SchedulerAtScale, EndsWithAShortTailWhereCostlyKeysComeFirst) {
  constexpr std::uint64_t keys = 10'000;
  const Load giants = keys_with_giants(keys, 1e-2, 1);
  EXPECT_LE(run({.ranks = 100}, Order::costly_first, keys, giants).over_bound, 1.02);
  const Load log_uniform = log_uniform_keys(keys, 1e-6, 1);
  EXPECT_LE(run({.ranks = 100}, Order::costly_first, keys, log_uniform).over_bound, 1.02);
  EXPECT_LE(run({.ranks = 100}, Order::ascending, keys, log_uniform).over_bound, 1.12);
}

// Every tenth rank has a tenth of the speed of the others.
double of_mixed_speed(Rank rank) {
  return to_int(rank) % 10 == 9 ? 0.1 : 1.0;
}

TEST(SchedulerAtScale, GivesSlowRanksSmallerPiecesSoThatTheyMakeNoTail) {
  for (const double key_s : {1e-4, 1e-2}) {
    const auto keys = static_cast<std::uint64_t>(2.0 * 100 / key_s);
    const FarmModel farm{.ranks = 100, .key_s = 1e-8, .speed = of_mixed_speed};
    EXPECT_LE(run(farm, Order::ascending, keys, equal_keys(key_s)).over_bound, 1.15) << key_s;
  }
}

// Estimates that are wrong by a factor, as of another machine or of neighbouring keys.
TEST(SchedulerAtScale, LearnsWhatKeysCost) {
  for (const double factor : {0.1, 10.0}) {
    Load load = log_uniform_keys(20'000, 1e-6, 1e-1);
    load.model.cost_s = [factor, estimate = load.model.cost_s](Key key) {
      return factor * estimate(key);
    };
    const Outcome wrong = run({.ranks = 20}, Order::costly_first, 20'000, load);
    EXPECT_LE(wrong.over_bound, 1.1) << factor;
  }
  // A fifth of the messages, as cheap keys travel in the numbers that they should.
  Load load = equal_keys(1e-5);
  load.model.cost_s = [](Key) { return 1e-3; };
  const Outcome outcome = run({.ranks = 10}, Order::ascending, 200'000, load);
  EXPECT_LE(outcome.chunks, 20'000U);
}

// What rank 0 does for a key bounds the whole farm, however the keys are handed out.
TEST(SchedulerAtScale, IsLimitedByTheKeysARankCanTake) {
  const FarmModel farm{.ranks = 100, .key_s = 1e-6};
  const Outcome outcome = run(farm, Order::ascending, 1'000'000, equal_keys(1e-6));
  EXPECT_GE(outcome.producer_busy, 0.95);
  EXPECT_GE(static_cast<double>(outcome.keys) / outcome.makespan_s, 0.9 / farm.key_s);
}

}  // namespace
}  // namespace fibo::simulation
