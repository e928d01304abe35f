// SPDX-License-Identifier: MIT
#include "fibo/farm/scheduler.hpp"

#include <algorithm>
#include <functional>
#include <limits>
#include <map>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fibo {
namespace {

using testing::_;
using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::Pair;
using testing::SizeIs;

constexpr std::uint64_t no_limit = std::numeric_limits<std::uint64_t>::max();

std::vector<Rank> ranks(int count) {
  std::vector<Rank> all;
  for (int i = 0; i < count; ++i) all.push_back(Rank{i});
  return all;
}

KeyModel every_key(double cost_s, std::uint64_t bytes = 1) {
  return {.cost_s = [=](Key) { return cost_s; }, .value_bytes = [=](Key) { return bytes; }};
}

// Powers of two, so that sums of costs are exact.
constexpr double cheap = 0x1p-20;
constexpr double middling = 0x1p-7;
constexpr double costly = 1;

// All that the scheduler hands out before something comes back.
std::vector<Scheduler::Assignment> hand_out(Scheduler& scheduler, std::uint64_t held_bytes = 0) {
  std::vector<Scheduler::Assignment> all;
  while (auto assignment = scheduler.next(held_bytes)) all.push_back(*std::move(assignment));
  return all;
}

void give_back(Scheduler& scheduler, const Scheduler::Assignment& assignment) {
  for (const Key key : assignment.chunk.keys)
    scheduler.returned(assignment.worker, assignment.chunk.id, key);
}

TEST(Scheduler, IsFinishedWithoutKeys) {
  NamedKeys keys({});
  Scheduler scheduler(keys, ranks(3), every_key(cheap), {.result_bytes = no_limit});
  EXPECT_TRUE(scheduler.finished());
  EXPECT_EQ(scheduler.next(0), std::nullopt);
  EXPECT_EQ(scheduler.settled_below(), std::nullopt);
}

TEST(Scheduler, GivesEachIdleWorkerOneCostlyKeyAndNoSecond) {
  NamedKeys keys({{1, 10}});
  Scheduler scheduler(keys, ranks(3), every_key(costly), {.result_bytes = no_limit});
  const auto all = hand_out(scheduler);
  ASSERT_THAT(all, SizeIs(3));
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(all[i].worker, Rank{static_cast<int>(i)});
    EXPECT_THAT(all[i].chunk.keys, ElementsAre(i + 1));
  }
}

TEST(Scheduler, GivesLongValuesToNoSurplusWorker) {
  NamedKeys keys({{1, 10}});
  Scheduler scheduler(
      keys, ranks(4), every_key(costly, 1001),
      {.result_bytes = no_limit, .surplus_bytes = 1000, .surplus = {Rank{1}, Rank{3}}});
  const auto first = hand_out(scheduler);
  ASSERT_THAT(first, SizeIs(2));
  EXPECT_EQ(first[0].worker, Rank{0});
  EXPECT_EQ(first[1].worker, Rank{2});
  EXPECT_FALSE(scheduler.is_idle(Rank{1}));

  give_back(scheduler, first[1]);
  const auto second = hand_out(scheduler);
  ASSERT_THAT(second, SizeIs(1));
  EXPECT_EQ(second[0].worker, Rank{2});
}

TEST(Scheduler, GivesOtherValuesToSurplusWorkersAfterTheRest) {
  NamedKeys keys({{1, 10}});
  Scheduler scheduler(keys, ranks(3), every_key(costly, 1000),
                      {.result_bytes = no_limit, .surplus_bytes = 1000, .surplus = {Rank{0}}});
  const auto all = hand_out(scheduler);
  ASSERT_THAT(all, SizeIs(3));
  EXPECT_EQ(all[0].worker, Rank{1});
  EXPECT_EQ(all[1].worker, Rank{2});
  EXPECT_EQ(all[2].worker, Rank{0});
}

TEST(Scheduler, GivesLongValuesToSurplusWorkersOnceOneIsLost) {
  NamedKeys keys({{1, 10}});
  Scheduler scheduler(
      keys, ranks(4), every_key(costly, 1001),
      {.result_bytes = no_limit, .surplus_bytes = 1000, .surplus = {Rank{2}, Rank{3}}});
  ASSERT_THAT(hand_out(scheduler), SizeIs(2));
  scheduler.lost(Rank{1});
  const auto more = hand_out(scheduler);
  ASSERT_THAT(more, SizeIs(2));
  EXPECT_EQ(more[0].worker, Rank{2});
  EXPECT_THAT(more[0].chunk.keys, ElementsAre(2)) << "that the lost worker had";
  EXPECT_EQ(more[1].worker, Rank{3});
}

TEST(Scheduler, GivesAValueThatFailedItsCheckToASurplusWorkerIfNoOtherIsLeft) {
  NamedKeys keys({{1, 1}});
  Scheduler scheduler(keys, ranks(2), every_key(costly, 1001),
                      {.result_bytes = no_limit, .surplus_bytes = 1000, .surplus = {Rank{1}}});
  const auto first = hand_out(scheduler);
  ASSERT_THAT(first, SizeIs(1));
  scheduler.check_failed(Rank{0}, first[0].chunk.id, 1);
  const auto again = hand_out(scheduler);
  ASSERT_THAT(again, SizeIs(1));
  EXPECT_EQ(again[0].worker, Rank{1});
}

// Values that cost less than to have them from another rank.
TEST(Scheduler, LeavesNeighboursToRankZeroThoughItIsSurplus) {
  NamedKeys keys({{1, 10}});
  Scheduler scheduler(keys, ranks(2), every_key(0, 2000),
                      {.result_bytes = no_limit, .surplus_bytes = 1000, .surplus = {Rank{0}}});
  const auto all = hand_out(scheduler);
  ASSERT_FALSE(all.empty());
  for (const auto& assignment : all) EXPECT_EQ(assignment.worker, Rank{0});
}

TEST(Scheduler, GivesTheNextKeyToWhoeverIsFree) {
  NamedKeys keys({{1, 10}});
  Scheduler scheduler(keys, ranks(3), every_key(costly), {.result_bytes = no_limit});
  const auto first = hand_out(scheduler);
  give_back(scheduler, first[1]);
  const auto second = hand_out(scheduler);
  ASSERT_THAT(second, SizeIs(1));
  EXPECT_EQ(second[0].worker, Rank{1});
  EXPECT_THAT(second[0].chunk.keys, ElementsAre(4));
}

TEST(Scheduler, GivesABusyWorkerOneCheapChunkAhead) {
  NamedKeys keys({{1, 1000}});
  Scheduler scheduler(keys, ranks(2), every_key(cheap),
                      {.chunk_keys = 10, .result_bytes = no_limit});
  std::map<Rank, int> chunks;
  for (const auto& assignment : hand_out(scheduler)) ++chunks[assignment.worker];
  EXPECT_THAT(chunks, ElementsAre(std::pair(Rank{0}, 2), std::pair(Rank{1}, 2)));
}

TEST(Scheduler, GivesABusyWorkerAMiddlingKeyAheadWhileThereAreManyMore) {
  NamedKeys keys({{1, 8}});
  Scheduler scheduler(keys, ranks(2), every_key(middling), {.result_bytes = no_limit});
  const auto first = hand_out(scheduler);
  ASSERT_THAT(first, SizeIs(3)) << "beyond two a worker, keys are kept for whoever is free first";
  EXPECT_EQ(first[2].worker, Rank{0});
}

TEST(Scheduler, LeavesNothingStuckBehindACostlyKey) {
  ListedKeys keys({100, 1, 2, 3, 4, 5, 6, 7, 8, 9});
  const KeyModel model{.cost_s = [](Key key) { return key == 100 ? costly : cheap; },
                       .value_bytes = [](Key) { return std::uint64_t{1}; }};
  Scheduler scheduler(keys, ranks(2), model, {.chunk_keys = 1, .result_bytes = no_limit});
  std::vector<Rank> takers;
  for (const auto& assignment : hand_out(scheduler)) takers.push_back(assignment.worker);
  EXPECT_THAT(takers, ElementsAre(Rank{0}, Rank{1}, Rank{1}));
}

TEST(Scheduler, ServesIdleWorkersBeforeBusyOnes) {
  NamedKeys keys({{1, 1000}});
  Scheduler scheduler(keys, ranks(2), every_key(cheap),
                      {.chunk_keys = 1, .result_bytes = no_limit});
  const auto all = hand_out(scheduler);
  EXPECT_EQ(all[0].worker, Rank{0});
  EXPECT_EQ(all[1].worker, Rank{1});
}

TEST(Scheduler, CutsChunksByCost) {
  NamedKeys keys({{1, 100'000}});
  Scheduler scheduler(keys, ranks(1), every_key(0.25e-3),
                      {.chunk_s = 1e-3, .result_bytes = no_limit});
  EXPECT_THAT(scheduler.next(0)->chunk.keys, ElementsAre(1, 2, 3, 4));
}

TEST(Scheduler, CutsLongerChunksForMoreWorkersThanShortOnesCouldServe) {
  NamedKeys keys({{1, 10'000'000}});
  const SchedulerLimits limits{.dispatch_s = 10e-6, .take_s = 0, .result_bytes = no_limit};
  Scheduler few(keys, ranks(10), every_key(middling), limits);
  EXPECT_THAT(few.next(0)->chunk.keys, SizeIs(1)) << "longer than the 2 ms of a chunk as it is";
  Scheduler many(keys, ranks(10'000), every_key(middling), limits);
  // Four times the 0.1 s in which the producer serves them all once.
  EXPECT_THAT(many.next(0)->chunk.keys, SizeIs(51));
}

TEST(Scheduler, CutsLongerChunksWhereKeysTakeThemselvesMuchOfTheProducer) {
  NamedKeys keys({{1, 10'000'000}});
  Scheduler scheduler(keys, ranks(1024), every_key(middling),
                      {.dispatch_s = 0x1p-17, .take_s = 0x1p-18, .result_bytes = no_limit});
  // 2^-7 s for 1024 messages, twice that beside the keys, which take half the time, and four times.
  EXPECT_THAT(scheduler.next(0)->chunk.keys, SizeIs(8));
}

// Workers that take so long for each key, by rank, one chunk after the other of each; returns how
// many keys each of their chunks had.
std::map<Rank, std::vector<std::size_t>> chunk_sizes(Scheduler& scheduler, int rounds,
                                                     const std::function<double(Rank)>& key_s) {
  std::map<Rank, std::vector<std::size_t>> sizes;
  for (int i = 0; i < rounds; ++i) {
    const auto all = hand_out(scheduler);
    for (const auto& assignment : all) {
      const auto keys = static_cast<double>(assignment.chunk.keys.size());
      scheduler.computed(assignment.worker, assignment.chunk.id, keys * key_s(assignment.worker));
      give_back(scheduler, assignment);
      sizes[assignment.worker].push_back(assignment.chunk.keys.size());
    }
  }
  return sizes;
}

constexpr SchedulerLimits small_chunks{
    .chunk_s = 1e-3, .dispatch_s = 0, .take_s = 0, .result_bytes = no_limit};

TEST(Scheduler, CutsLongerChunksWhereKeysTurnOutCheaper) {
  NamedKeys keys({{1, 10'000'000}});
  Scheduler scheduler(keys, ranks(2), every_key(0.25e-3), small_chunks);
  const auto sizes = chunk_sizes(scheduler, 50, [](Rank) { return 0.01e-3; });
  EXPECT_EQ(sizes.at(Rank{0}).front(), 4U);
  EXPECT_NEAR(static_cast<double>(sizes.at(Rank{0}).back()), 100, 10);
}

TEST(Scheduler, CutsShorterChunksWhereKeysTurnOutCostlier) {
  NamedKeys keys({{1, 10'000'000}});
  Scheduler scheduler(keys, ranks(2), every_key(0.01e-3), small_chunks);
  const auto sizes = chunk_sizes(scheduler, 50, [](Rank) { return 0.25e-3; });
  EXPECT_NEAR(static_cast<double>(sizes.at(Rank{1}).front()), 100, 1);
  EXPECT_NEAR(static_cast<double>(sizes.at(Rank{1}).back()), 4, 1);
}

TEST(Scheduler, CutsShorterChunksForASlowWorker) {
  NamedKeys keys({{1, 10'000'000}});
  Scheduler scheduler(keys, ranks(4), every_key(0.01e-3), small_chunks);
  const auto sizes =
      chunk_sizes(scheduler, 100, [](Rank rank) { return rank == Rank{3} ? 0.1e-3 : 0.01e-3; });
  const double ratio =
      static_cast<double>(sizes.at(Rank{0}).back()) / static_cast<double>(sizes.at(Rank{3}).back());
  EXPECT_NEAR(ratio, 8, 2) << "a tenth of the others, 1 / 7.75 of the mean";
}

TEST(Scheduler, GivesASlowWorkerNoneOfTheLastKeysIfOthersAreDoneWithThemSooner) {
  NamedKeys keys({{1, 24}});
  Scheduler scheduler(keys, ranks(2), every_key(costly), {.result_bytes = no_limit});
  const Rank fast{0};
  const Rank slow{1};
  // Rank 1 takes twenty times as long, so that rank 0 gives back twenty keys for each of its.
  std::map<Rank, int> taken;
  std::map<Rank, double> busy_until_s;
  std::map<Rank, Scheduler::Assignment> at_hand;
  double end_s = 0;
  while (!scheduler.finished()) {
    for (auto& assignment : hand_out(scheduler)) {
      const Rank worker = assignment.worker;
      ++taken[worker];
      busy_until_s[worker] = end_s + (worker == slow ? 20 : 1);
      at_hand[worker] = std::move(assignment);
    }
    ASSERT_FALSE(at_hand.empty()) << "keys are left, and nobody has any of them";
    const Rank next = at_hand.contains(fast) &&
                              (!at_hand.contains(slow) || busy_until_s[fast] < busy_until_s[slow])
                          ? fast
                          : slow;
    end_s = busy_until_s[next];
    scheduler.computed(next, at_hand[next].chunk.id, next == slow ? 20 : 1);
    give_back(scheduler, at_hand[next]);
    at_hand.erase(next);
  }
  EXPECT_EQ(taken[slow], 1);
  EXPECT_EQ(end_s, 23) << "the best there is";
}

TEST(Scheduler, RefusesTheTimeOfAChunkThatIsNotInFlight) {
  NamedKeys keys({{1, 10}});
  Scheduler scheduler(keys, ranks(2), every_key(cheap), {.result_bytes = no_limit});
  const auto first = *scheduler.next(0);
  EXPECT_THROW(scheduler.computed(first.worker, first.chunk.id + 100, 1), UnexpectedResult);
  EXPECT_THROW(scheduler.computed(Rank{1}, first.chunk.id, 1), UnexpectedResult);
}

TEST(Scheduler, SharesOutFewCheapKeysEvenlyHoweverShortTheChunks) {
  NamedKeys keys({{1, 3000}});
  Scheduler scheduler(keys, ranks(1000), every_key(cheap), {.result_bytes = no_limit});
  EXPECT_THAT(scheduler.next(0)->chunk.keys, SizeIs(3));
}

TEST(Scheduler, CutsChunksByTheCostThatIsLeftRatherThanByTheKeys) {
  // Keys 1..4000 are cheap, 4001..8000 cost as good as nothing: by keys, a chunk of the latter half
  // would be a quarter of an even share of them too.
  NamedKeys keys({{1, 8000}});
  const KeyModel model{.cost_s = [](Key key) { return key <= 4000 ? cheap : cheap / 1024; },
                       .value_bytes = [](Key) { return std::uint64_t{1}; }};
  Scheduler scheduler(keys, ranks(4), model, {.dispatch_s = 0, .result_bytes = no_limit});
  std::size_t longest_by_cost = 0;
  while (!scheduler.finished())
    for (const auto& assignment : hand_out(scheduler)) {
      const auto& chunk = assignment.chunk.keys;
      if (chunk.front() > 4000) longest_by_cost = std::max(longest_by_cost, chunk.size());
      give_back(scheduler, assignment);
    }
  EXPECT_GT(longest_by_cost, 4000U / 16);
}

TEST(Scheduler, AsksTheModelOnceForEachKey) {
  NamedKeys keys({{1, 1000}});
  std::map<Key, int> asked_cost;
  std::map<Key, int> asked_bytes;
  const KeyModel model{.cost_s =
                           [&](Key key) {
                             ++asked_cost[key];
                             return cheap;
                           },
                       .value_bytes =
                           [&](Key key) {
                             ++asked_bytes[key];
                             return std::uint64_t{1};
                           }};
  Scheduler scheduler(keys, ranks(3), model, {.result_bytes = no_limit});
  while (!scheduler.finished())
    for (const auto& assignment : hand_out(scheduler)) give_back(scheduler, assignment);
  EXPECT_THAT(asked_cost, AllOf(SizeIs(1000), Each(Pair(_, 1))));
  EXPECT_EQ(asked_bytes, asked_cost);
}

TEST(Scheduler, ShrinksChunksTowardsTheEnd) {
  NamedKeys keys({{1, 10'000}});
  Scheduler scheduler(keys, ranks(4), every_key(cheap), {.result_bytes = no_limit});
  std::vector<std::size_t> sizes;
  while (!scheduler.finished())
    for (const auto& assignment : hand_out(scheduler)) {
      sizes.push_back(assignment.chunk.keys.size());
      give_back(scheduler, assignment);
    }
  EXPECT_EQ(sizes.front(), 10'000U / 16);
  EXPECT_EQ(sizes.back(), 1U);
  EXPECT_TRUE(std::ranges::is_sorted(sizes, std::greater{}));
}

TEST(Scheduler, GivesFewKeysToManyWorkersOneEach) {
  NamedKeys keys({{1, 3}});
  Scheduler scheduler(keys, ranks(8), every_key(cheap), {.result_bytes = no_limit});
  const auto all = hand_out(scheduler);
  ASSERT_THAT(all, SizeIs(3));
  for (const auto& assignment : all) EXPECT_THAT(assignment.chunk.keys, SizeIs(1));
}

TEST(Scheduler, HoldsBackWhatValuesHaveNoRoomFor) {
  NamedKeys keys({{1, 10}});
  Scheduler scheduler(keys, ranks(4), every_key(costly, 40), {.result_bytes = 100});
  const auto all = hand_out(scheduler);
  EXPECT_THAT(all, SizeIs(2));
  give_back(scheduler, all[0]);
  EXPECT_THAT(hand_out(scheduler, 40), SizeIs(0)) << "the value that came back is still held";
  EXPECT_THAT(hand_out(scheduler, 0), SizeIs(1));
}

TEST(Scheduler, HandsOutOneKeyThatHasNoRoomRatherThanNone) {
  NamedKeys keys({{1, 10}});
  Scheduler scheduler(keys, ranks(4), every_key(costly, 1000), {.result_bytes = 100});
  EXPECT_THAT(hand_out(scheduler, 5000), SizeIs(1));
}

TEST(Scheduler, KeepsAChunkWithinTheRoomForValues) {
  NamedKeys keys({{1, 1000}});
  Scheduler scheduler(keys, ranks(1), every_key(cheap, 10), {.result_bytes = 400});
  EXPECT_THAT(scheduler.next(350)->chunk.keys, SizeIs(5));
}

TEST(Scheduler, CutsChunksByTheBytesOfTheirValues) {
  NamedKeys keys({{1, 1000}});
  Scheduler scheduler(keys, ranks(2), every_key(0x1p-15, 1000),
                      {.chunk_bytes = 3500, .result_bytes = no_limit});
  EXPECT_THAT(scheduler.next(0)->chunk.keys, SizeIs(3));
}

// What follows from a neighbour costs next to nothing.
KeyModel runs(std::uint64_t bytes) {
  return {.cost_s = [](Key) { return middling; },
          .value_bytes = [=](Key) { return bytes; },
          .cost_after_s = [](Key, std::uint64_t gap) { return gap == 1 ? cheap : middling; }};
}

TEST(Scheduler, KeepsValuesThatFollowFromOthersWithTheProducer) {
  NamedKeys keys({{1, 1000}});
  Scheduler scheduler(keys, ranks(3), runs(100'000), {.result_bytes = no_limit});
  std::size_t at_the_producer = 0;
  std::size_t chunks = 0;
  while (!scheduler.finished())
    for (const auto& assignment : hand_out(scheduler)) {
      if (assignment.worker == Rank{0}) at_the_producer += assignment.chunk.keys.size();
      ++chunks;
      give_back(scheduler, assignment);
    }
  EXPECT_GE(at_the_producer, 999U) << "the first follows from none";
  EXPECT_LE(chunks, 1000U / 20 + 3) << "nobody waits for a share of them: 2 MiB at once";
}

TEST(Scheduler, SharesOutValuesThatFollowFromOthersWhileTheProducersRankIsAtACostlyKey) {
  KeyModel model = runs(100'000);
  model.cost_s = [](Key key) { return key > 1000 ? costly : middling; };
  ListedKeys keys({1001, 1002, 1, 2, 3, 4});
  Scheduler scheduler(keys, ranks(2), model, {.result_bytes = no_limit});
  const auto giants = hand_out(scheduler);
  ASSERT_THAT(giants, SizeIs(2));
  ASSERT_EQ(giants[1].worker, Rank{1});
  give_back(scheduler, giants[1]);
  const auto next = scheduler.next(0);
  ASSERT_TRUE(next);
  EXPECT_EQ(next->worker, Rank{1});
}

TEST(Scheduler, SharesOutValuesThatFollowFromOthersIfTheyAreSmall) {
  NamedKeys keys({{1, 1000}});
  KeyModel small = runs(1000);
  small.cost_after_s = [](Key, std::uint64_t) { return 1e-9; };
  Scheduler scheduler(keys, ranks(3), small, {.result_bytes = no_limit});
  EXPECT_THAT(hand_out(scheduler), SizeIs(testing::Ge(3U)));
}

TEST(Scheduler, SharesOutValuesThatFollowFromNone) {
  NamedKeys keys({{2, 2000, 2}});
  Scheduler scheduler(keys, ranks(3), runs(100'000), {.result_bytes = no_limit});
  EXPECT_THAT(hand_out(scheduler), SizeIs(testing::Ge(3U)));
}

TEST(Scheduler, SharesOutAllValuesWhereTheProducersRankComputesNone) {
  NamedKeys keys({{1, 1000}});
  Scheduler scheduler(keys, {Rank{1}, Rank{2}}, runs(100'000), {.result_bytes = no_limit});
  const auto all = hand_out(scheduler);
  ASSERT_THAT(all, SizeIs(testing::Ge(2U)));
  EXPECT_EQ(all[0].worker, Rank{1});
  EXPECT_EQ(all[1].worker, Rank{2});
}

TEST(Scheduler, LeavesRoomForTheValuesOfOthers) {
  NamedKeys keys({{1, 1000}});
  Scheduler scheduler(keys, ranks(2), every_key(cheap, 10), {.result_bytes = 800});
  const auto all = hand_out(scheduler);
  ASSERT_THAT(all, SizeIs(4));
  for (const auto& assignment : all) EXPECT_THAT(assignment.chunk.keys, SizeIs(10));
}

TEST(Scheduler, SortsTheKeysOfAChunk) {
  ListedKeys keys({9, 5, 7, 1, 2, 3, 4, 6, 8});
  Scheduler scheduler(keys, ranks(1), every_key(cheap), {.result_bytes = no_limit});
  const auto first = *scheduler.next(0);
  EXPECT_THAT(first.chunk.keys, ElementsAre(1, 2, 3, 4, 5, 6, 7, 8, 9));
  give_back(scheduler, first);
}

TEST(Scheduler, KnowsBelowWhichKeyAllIsSettled) {
  NamedKeys keys({{1, 4}});
  Scheduler scheduler(keys, ranks(2), every_key(costly), {.result_bytes = no_limit});
  const auto first = hand_out(scheduler);
  EXPECT_EQ(scheduler.settled_below(), 1U);
  give_back(scheduler, first[1]);
  EXPECT_EQ(scheduler.settled_below(), 1U);
  give_back(scheduler, first[0]);
  EXPECT_EQ(scheduler.settled_below(), 3U);
  const auto second = hand_out(scheduler);
  give_back(scheduler, second[1]);
  give_back(scheduler, second[0]);
  EXPECT_EQ(scheduler.settled_below(), std::nullopt);
  EXPECT_TRUE(scheduler.finished());
}

TEST(Scheduler, SettlesNothingWhileASmallerKeyMayCome) {
  ListedKeys keys({9, 5, 1});
  Scheduler scheduler(keys, ranks(1), every_key(costly), {.result_bytes = no_limit});
  give_back(scheduler, *scheduler.next(0));
  EXPECT_EQ(scheduler.settled_below(), 1U);
}

TEST(Scheduler, RefusesWhatItDidNotHandOut) {
  NamedKeys keys({{1, 100}});
  Scheduler scheduler(keys, ranks(2), every_key(cheap),
                      {.chunk_keys = 2, .result_bytes = no_limit});
  const auto first = *scheduler.next(0);
  EXPECT_THROW(scheduler.returned(first.worker, first.chunk.id + 100, 1), UnexpectedResult);
  EXPECT_THROW(scheduler.returned(Rank{1}, first.chunk.id, 1), UnexpectedResult);
  EXPECT_THROW(scheduler.returned(first.worker, first.chunk.id, 2), UnexpectedResult);
  give_back(scheduler, first);
  EXPECT_THROW(scheduler.returned(first.worker, first.chunk.id, 1), UnexpectedResult);
}

TEST(Scheduler, HandsTheKeysOfALostWorkerOutFirstAndEachAlone) {
  NamedKeys keys({{1, 100}});
  Scheduler scheduler(keys, ranks(2), every_key(cheap),
                      {.chunk_keys = 4, .result_bytes = no_limit});
  const auto first = *scheduler.next(0);
  ASSERT_THAT(first.chunk.keys, ElementsAre(1, 2, 3, 4));
  const auto second = *scheduler.next(0);
  scheduler.returned(first.worker, first.chunk.id, 1);
  scheduler.lost(first.worker);
  EXPECT_EQ(scheduler.settled_below(), 2U);
  EXPECT_EQ(scheduler.next(0), std::nullopt) << "nothing goes ahead of the lost keys";
  give_back(scheduler, second);
  for (const Key key : {2U, 3U, 4U}) {
    const auto again = scheduler.next(0);
    ASSERT_TRUE(again);
    EXPECT_EQ(again->worker, second.worker);
    EXPECT_THAT(again->chunk.keys, ElementsAre(key));
    give_back(scheduler, *again);
  }
  while (const auto rest = scheduler.next(0)) give_back(scheduler, *rest);
  EXPECT_TRUE(scheduler.finished());
  EXPECT_THAT(scheduler.given_up(), SizeIs(0));
}

TEST(Scheduler, GivesUpAKeyThatHasTakenDownThreeWorkers) {
  NamedKeys keys({{1, 3}});
  Scheduler scheduler(keys, ranks(5), every_key(costly), {.result_bytes = no_limit});
  std::vector<Rank> taken_down;
  std::vector<Key> done;
  while (const auto assignment = scheduler.next(0)) {
    if (assignment->chunk.keys == std::vector<Key>{2}) {
      scheduler.lost(assignment->worker);
      taken_down.push_back(assignment->worker);
    } else {
      give_back(scheduler, *assignment);
      done.push_back(assignment->chunk.keys.front());
    }
  }
  EXPECT_TRUE(scheduler.finished());
  EXPECT_THAT(done, ElementsAre(1, 3));
  ASSERT_THAT(scheduler.given_up(), SizeIs(1));
  EXPECT_EQ(scheduler.given_up()[0].key, 2U);
  EXPECT_EQ(scheduler.given_up()[0].reason, GivenUpKey::Reason::lost_ranks);
  EXPECT_THAT(taken_down, SizeIs(3));
  EXPECT_EQ(scheduler.given_up()[0].ranks, taken_down);
}

TEST(Scheduler, SparesTheProducersRankAKeyThatTookDownAWorker) {
  NamedKeys keys({{1, 4}});
  Scheduler scheduler(keys, {Rank{1}, Rank{2}, producer_rank}, every_key(costly),
                      {.result_bytes = no_limit});
  const auto first = *scheduler.next(0);
  const auto second = *scheduler.next(0);
  const auto third = *scheduler.next(0);
  ASSERT_EQ(first.worker, Rank{1});
  ASSERT_EQ(third.worker, producer_rank);
  give_back(scheduler, third);
  scheduler.lost(Rank{1});
  const auto last = *scheduler.next(0);
  EXPECT_EQ(last.worker, producer_rank);
  EXPECT_NE(last.chunk.keys, first.chunk.keys) << "another key goes ahead";
  give_back(scheduler, last);
  EXPECT_EQ(scheduler.next(0), std::nullopt);

  // Then nobody else is left.
  scheduler.lost(Rank{2});
  EXPECT_EQ(scheduler.next(0)->worker, producer_rank);
  EXPECT_EQ(second.worker, Rank{2});
}

TEST(Scheduler, SparesTheProducersRankSuchAKeyThoughItFailedACheckAsWell) {
  for (const bool third_is_lost : {false, true}) {
    NamedKeys keys({{1, 1}});
    Scheduler scheduler(keys, {Rank{1}, Rank{2}, Rank{3}, producer_rank}, every_key(costly),
                        {.result_bytes = no_limit});
    ASSERT_EQ(scheduler.next(0)->worker, Rank{1});
    scheduler.lost(Rank{1});
    const auto second = *scheduler.next(0);
    ASSERT_EQ(second.worker, Rank{2});
    scheduler.check_failed(Rank{2}, second.chunk.id, 1);
    if (third_is_lost) scheduler.lost(Rank{3});
    EXPECT_EQ(scheduler.next(0)->worker, third_is_lost ? producer_rank : Rank{3});
  }
}

TEST(Scheduler, HandsAKeyThatFailedItsCheckToAnotherWorker) {
  NamedKeys keys({{1, 1}});
  Scheduler scheduler(keys, ranks(3), every_key(costly), {.result_bytes = no_limit});
  const auto first = *scheduler.next(0);
  scheduler.check_failed(first.worker, first.chunk.id, 1);
  const auto second = *scheduler.next(0);
  EXPECT_NE(second.worker, first.worker);
  scheduler.check_failed(second.worker, second.chunk.id, 1);
  EXPECT_EQ(scheduler.next(0), std::nullopt);
  EXPECT_TRUE(scheduler.finished());
  ASSERT_THAT(scheduler.given_up(), SizeIs(1));
  EXPECT_EQ(scheduler.given_up()[0].reason, GivenUpKey::Reason::failed_checks);
  EXPECT_THAT(scheduler.given_up()[0].ranks, ElementsAre(first.worker, second.worker));
}

TEST(Scheduler, ComputesAKeyThatFailedItsCheckAgainOnTheOnlyWorkerThereIs) {
  NamedKeys keys({{1, 4}});
  Scheduler scheduler(keys, ranks(1), every_key(cheap), {.result_bytes = no_limit});
  const auto first = *scheduler.next(0);
  scheduler.returned(first.worker, first.chunk.id, 1);
  scheduler.check_failed(first.worker, first.chunk.id, 2);
  EXPECT_EQ(scheduler.left_at_most(), 3U);
  while (const auto assignment = scheduler.next(0)) give_back(scheduler, *assignment);
  EXPECT_TRUE(scheduler.finished());
  EXPECT_THAT(scheduler.given_up(), SizeIs(0));
}

}  // namespace
}  // namespace fibo
