// SPDX-License-Identifier: MIT
#include "fibo/farm/producer.hpp"

#include "fibo/farm/observer_list.hpp"
#include "fibo/fibonacci/residue_check.hpp"

#include "fake_channel.hpp"
#include "support/evaluators.hpp"
#include "support/map_sink.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <map>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fibo {
namespace {

using test::FakeChannel;
using test::MapSink;
using test::small_fibonacci;
using testing::AllOf;
using testing::HasSubstr;

constexpr SchedulerLimits no_limit{.result_bytes = std::numeric_limits<std::uint64_t>::max()};

struct Counts final : Observer {
  void joined(Rank /*worker*/, const std::string& /*host*/) override { ++joined_workers; }
  void handed_out(Rank /*worker*/, const Chunk& chunk, std::uint64_t threads) override {
    if (threads > 1) ++widened_chunks;
    for (const Key key : chunk.keys) ++handed_out_keys[key];
  }
  void returned(Rank /*worker*/, Key key, std::uint64_t /*digits*/) override {
    ++returned_keys[key];
  }
  void computed(Rank worker, const Span& span) override {
    EXPECT_EQ(span.helper.has_value(), span.threads == 2);
    if (!span.helper) return;
    EXPECT_NE(*span.helper, worker);
    helpers.insert(*span.helper);
    ++helped_keys;
  }
  void left(Rank /*worker*/, const Goodbye& goodbye) override {
    ++left_workers;
    computed_keys += goodbye.keys;
  }

  int widened_chunks = 0;
  int joined_workers = 0;
  int left_workers = 0;
  std::uint64_t computed_keys = 0;
  std::map<Key, int> handed_out_keys;
  std::map<Key, int> returned_keys;
  std::set<Rank> helpers;
  std::size_t helped_keys = 0;
};

std::string failure_of(FakeChannel& channel, const Quantity& quantity,
                       std::vector<KeyRange> ranges) {
  NamedKeys keys(std::move(ranges));
  MapSink results;
  Counts counts;
  try {
    run_producer(channel, quantity, keys, no_limit, results, counts);
  } catch (const WorkerFailure& failure) {
    EXPECT_FALSE(results.all_settled);
    EXPECT_EQ(counts.left_workers, static_cast<int>(channel.workers().size()));
    EXPECT_TRUE(channel.nothing_left_over());
    return failure.what();
  }
  return "no failure";
}

class ProducerSchedules : public testing::TestWithParam<int> {};

TEST_P(ProducerSchedules, AllGiveTheSameMap) {
  const int workers = GetParam();
  std::map<Key, Value> expected;
  for (Key key = 0; key <= 90; ++key) expected[key] = std::to_string(small_fibonacci(key));
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    // Parts of three digits: most values come in several.
    FakeChannel channel(workers, make_evaluator, seed, 3);
    NamedKeys keys({{0, 90}, {20, 50}});
    MapSink results;
    Counts counts;
    run_producer(channel, FullDigits{}, keys, no_limit, results, counts);

    EXPECT_EQ(results.values, expected);
    EXPECT_TRUE(results.all_settled);
    EXPECT_TRUE(channel.nothing_left_over());
    EXPECT_EQ(counts.joined_workers, workers);
    EXPECT_EQ(counts.left_workers, workers);
    EXPECT_EQ(counts.computed_keys, expected.size());
    EXPECT_EQ(counts.handed_out_keys, counts.returned_keys);
    EXPECT_EQ(counts.returned_keys.size(), expected.size());
  }
}

INSTANTIATE_TEST_SUITE_P(Workers, ProducerSchedules, testing::Values(1, 2, 3, 8, 200));

// How many ranks used two threads for a key of this run, where every key is worth that.
int ranks_with_two_threads(FakeChannel& channel, const KeyRange& range,
                           SchedulerLimits limits = {.shared_s = 0,
                                                     .result_bytes = no_limit.result_bytes}) {
  NamedKeys keys(std::vector<KeyRange>{range});
  MapSink results;
  Counts counts;
  // The clock stands: all ranks have said where they are before keys go out.
  run_producer(channel, FullDigits{}, keys, limits, results, counts, {.now_s = [] { return 0.0; }});
  EXPECT_EQ(results.values.size(), range.count_less_one() + 1);
  EXPECT_TRUE(channel.nothing_left_over());
  EXPECT_EQ(counts.helpers.size(), counts.helped_keys);
  int ranks = 0;
  for (const Rank rank : channel.workers()) ranks += channel.most_threads(rank) == 2 ? 1 : 0;
  EXPECT_EQ(counts.helped_keys, static_cast<std::size_t>(ranks));
  EXPECT_EQ(counts.widened_chunks, ranks);
  return ranks;
}

// The channel's six ranks are on three machines, two on each.
TEST(Producer, LendsTheCpusOfIdleRanksToNeighboursWithTheLastLongKeys) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    FakeChannel channel(6, make_evaluator, seed);
    // They go to ranks 0 to 2, each of another machine.
    EXPECT_EQ(ranks_with_two_threads(channel, {1000, 1002}), 3);
  }
}

TEST(Producer, LendsNoCpusWhereAllRanksHaveKeys) {
  FakeChannel channel(6, make_evaluator, 1);
  EXPECT_EQ(ranks_with_two_threads(channel, {1000, 1005}), 0);
}

TEST(Producer, LendsNoCpusForShortKeysOrBetweenMachines) {
  FakeChannel six(6, make_evaluator, 1);
  EXPECT_EQ(ranks_with_two_threads(six, {1000, 1000}, no_limit), 0);
  FakeChannel far_apart(3, make_evaluator, 1);
  EXPECT_EQ(ranks_with_two_threads(far_apart, {1000, 1000}), 0);
}

// A worker computes chunks in the order in which they come, and is blamed in that order.
TEST(Producer, SendsNoCheapChunkBeforeALongOneThatWasHandedOutBefore) {
  struct Order final : Observer {
    void handed_out(Rank /*worker*/, const Chunk& chunk, std::uint64_t /*threads*/) override {
      chunks.push_back(chunk.id);
    }
    std::vector<ChunkId> chunks;
  };
  FakeChannel channel(1, make_evaluator, 1);
  ListedKeys keys({3'000'000, 1, 2, 3});
  MapSink results;
  Order order;
  run_producer(channel, FullDigits{}, keys,
               {.shared_s = 1e-5, .result_bytes = no_limit.result_bytes}, results, order);
  EXPECT_EQ(results.values.size(), 4U);
  EXPECT_GT(order.chunks.size(), 1U);
  EXPECT_TRUE(std::ranges::is_sorted(order.chunks));
}

TEST(Producer, ComputesEveryQuantity) {
  for (const Quantity& quantity :
       {Quantity(FullDigits{}), Quantity(EndDigits{2}), Quantity(Residue{7})}) {
    FakeChannel channel(3, make_evaluator, 1);
    NamedKeys keys({{0, 60}});
    MapSink results;
    Counts counts;
    run_producer(channel, quantity, keys, no_limit, results, counts);
    ASSERT_EQ(results.values.size(), 61U);
    for (const auto& [key, value] : results.values) EXPECT_EQ(value, evaluate(quantity, key));
  }
}

TEST(Producer, TellsAllObserversWhatEachWorkerComputed) {
  struct Spans final : Observer {
    void returned(Rank worker, Key key, std::uint64_t digits) override {
      ++back[worker].keys;
      back[worker].digits += digits;
      back[worker].largest_key = std::max(back[worker].largest_key, key);
    }
    void computed(Rank worker, const Span& span) override {
      EXPECT_LE(span.time.begin_s, span.time.end_s);
      told[worker].keys += span.keys;
      told[worker].digits += span.digits;
      told[worker].largest_key = std::max(told[worker].largest_key, span.largest_key);
      EXPECT_EQ(told[worker].keys, back[worker].keys);
      EXPECT_EQ(told[worker].digits, back[worker].digits);
      EXPECT_EQ(told[worker].largest_key, back[worker].largest_key);
    }
    std::map<Rank, Span> back;
    std::map<Rank, Span> told;
  };
  // Parts of three digits, so that values come in Results and in parts.
  FakeChannel channel(3, make_evaluator, 7, 3);
  NamedKeys keys({{0, 90}});
  MapSink results;
  Spans spans;
  Counts counts;
  ObserverList observers({&counts, &spans});
  run_producer(channel, FullDigits{}, keys, no_limit, results, observers);
  std::uint64_t told_keys = 0;
  for (const auto& [worker, total] : spans.told) told_keys += total.keys;
  EXPECT_EQ(told_keys, 91U);
  EXPECT_EQ(counts.returned_keys.size(), 91U);
  EXPECT_EQ(counts.handed_out_keys, counts.returned_keys);
  EXPECT_EQ(counts.joined_workers, 3);
  EXPECT_EQ(counts.left_workers, 3);
}

TEST(Producer, HasNothingToDoWithoutKeys) {
  FakeChannel channel(3, make_evaluator, 1);
  NamedKeys keys({});
  MapSink results;
  Counts counts;
  run_producer(channel, FullDigits{}, keys, no_limit, results, counts);
  EXPECT_TRUE(results.all_settled);
  EXPECT_TRUE(channel.nothing_left_over());
}

TEST(Producer, WorksWithinTheSmallestRoomForValues) {
  FakeChannel channel(4, make_evaluator, 1);
  NamedKeys keys({{0, 500}});
  MapSink results;
  Counts counts;
  run_producer(channel, FullDigits{}, keys, {.result_bytes = 1}, results, counts);
  EXPECT_EQ(results.values.size(), 501U);
}

TEST(Producer, NamesTheWorkerAndTheKeyOfAnException) {
  const auto broken = [](const Quantity& quantity) -> Evaluator {
    return [quantity](std::span<const Key> keys, const ValueSink& sink) {
      for (const Key key : keys) {
        if (key == 33) throw std::runtime_error("a cosmic ray");
        sink(key, view_of(evaluate(quantity, key)));
      }
    };
  };
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    FakeChannel channel(3, broken, seed);
    EXPECT_THAT(failure_of(channel, FullDigits{}, {{0, 90}}),
                AllOf(HasSubstr("rank "), HasSubstr("@host"),
                      HasSubstr("could not compute F(33): a cosmic ray")));
  }
}

TEST(Producer, NamesAWorkerThatRanOutOfMemory) {
  const auto exhausted = test::always([](auto&&...) { throw std::bad_alloc(); });
  FakeChannel channel(1, exhausted, 1);
  EXPECT_THAT(failure_of(channel, FullDigits{}, {{5, 5}}),
              HasSubstr("rank 0@host0 could not compute F(5): out of memory"));
}

TEST(Producer, RefusesMessagesThatMakeNoSense) {
  const auto failure_after = [](Bytes forged) {
    FakeChannel channel(2, make_evaluator, 3);
    channel.forge(Rank{1}, std::move(forged));
    return failure_of(channel, FullDigits{}, {{1, 50}});
  };
  EXPECT_THAT(failure_after({'\x7f'}),
              HasSubstr("rank 1@host1 sent a message that makes no sense"));
  EXPECT_THAT(failure_after({}), HasSubstr("rank 1@host1 sent a message that makes no sense"));
  EXPECT_THAT(failure_after(encode(ToProducer(Results{77, {{1, std::string_view("1")}}}))),
              HasSubstr("rank 1@host1 sent a value that was not asked for"));
  EXPECT_THAT(failure_after(encode(ToProducer(Results{0, {{1, std::uint64_t{1}}}}))),
              HasSubstr("rank 1@host1 sent a message that makes no sense"));
  EXPECT_THAT(failure_after(encode(ToProducer(Results{0, {{1, std::string_view("11")}}}))),
              HasSubstr("rank 1@host1 sent a message that makes no sense"));
  const std::uint64_t too_many = std::uint64_t{1} << 60;
  EXPECT_THAT(failure_after(encode(ToProducer(ValuePart{0, 1, too_many, 0, "1"}))),
              HasSubstr("rank 1@host1 sent a"));
  EXPECT_THAT(failure_after(encode(ToProducer(ValuePart{0, 1, 10, 5, "12345"}))),
              HasSubstr("rank 1@host1 sent a message that makes no sense"));
  EXPECT_THAT(failure_after(encode(ToProducer(Broken{"no such message"}))),
              HasSubstr("rank 1@host1 cannot go on: no such message"));
  EXPECT_THAT(failure_after(encode(ToProducer(Goodbye{}))),
              HasSubstr("left before the run was over"));
}

TEST(Producer, StopsTheWorkersWhenTheResultsCannotBeKept) {
  struct FullDisk final : ResultSink {
    void accept(Key /*key*/, const ValueView& /*value*/) override {
      throw std::runtime_error("no space");
    }
    void settled_below(Key /*bound*/) override {}
    void settled() override {}
    [[nodiscard]] std::uint64_t held_bytes() const override { return 0; }
  };
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    FakeChannel channel(3, make_evaluator, seed);
    NamedKeys keys({{0, 90}});
    FullDisk results;
    Counts counts;
    EXPECT_THROW(run_producer(channel, FullDigits{}, keys, no_limit, results, counts),
                 std::runtime_error);
    EXPECT_TRUE(channel.nothing_left_over());
  }
}

// What befalls workers, by rank and key.
struct Troubles final : Observer {
  void lost(Rank worker, const std::string& why) override { lost_ranks[worker] = why; }
  void check_failed(Rank worker, Key key) override { failed_checks.emplace_back(worker, key); }
  void given_up(Key key) override { given_up_keys.push_back(key); }

  std::map<Rank, std::string> lost_ranks;
  std::vector<std::pair<Rank, Key>> failed_checks;
  std::vector<Key> given_up_keys;
};

TEST(Producer, GoesOnWithoutRanksThatAreLost) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    SCOPED_TRACE(seed);
    FakeChannel channel(4, make_evaluator, seed);
    channel.forge(Rank{1}, encode(ToProducer(Lost{"it died"})));
    channel.forge(Rank{3}, encode(ToProducer(Lost{"it died"})));
    NamedKeys keys({{0, 90}});
    MapSink results;
    Troubles troubles;
    const RunEnd end = run_producer(channel, FullDigits{}, keys, no_limit, results, troubles);
    EXPECT_EQ(results.values.size(), 91U);
    EXPECT_TRUE(results.all_settled);
    EXPECT_TRUE(end.given_up.empty());
    EXPECT_FALSE(end.interruption);
    EXPECT_EQ(troubles.lost_ranks,
              (std::map<Rank, std::string>{{Rank{1}, "it died; its keys went to others"},
                                           {Rank{3}, "it died; its keys went to others"}}));
  }
}

TEST(Producer, HasAValueThatFailsItsCheckComputedElsewhere) {
  int failures = 0;
  const auto faulty = test::always([&](std::span<const Key> keys, const ValueSink& sink) {
    for (const Key key : keys) {
      if (key == 33 && failures++ == 0) throw CheckFailed(key);
      sink(key, view_of(evaluate(FullDigits{}, key)));
    }
  });
  FakeChannel channel(3, faulty, 1);
  NamedKeys keys({{0, 90}});
  MapSink results;
  Troubles troubles;
  const RunEnd end = run_producer(channel, FullDigits{}, keys, no_limit, results, troubles);
  EXPECT_EQ(results.values.size(), 91U);
  EXPECT_TRUE(end.given_up.empty());
  ASSERT_EQ(troubles.failed_checks.size(), 1U);
  EXPECT_EQ(troubles.failed_checks[0].second, 33U);
  EXPECT_TRUE(channel.nothing_left_over());
}

TEST(Producer, NeverTakesAValueThatFailsItsCheckAgain) {
  const auto faulty = test::always([&](std::span<const Key> keys, const ValueSink& sink) {
    for (const Key key : keys) {
      if (key == 33) throw CheckFailed(key);
      sink(key, view_of(evaluate(FullDigits{}, key)));
    }
  });
  for (const int workers : {1, 3}) {
    FakeChannel channel(workers, faulty, 1);
    NamedKeys keys({{0, 90}});
    MapSink results;
    Troubles troubles;
    const RunEnd end = run_producer(channel, FullDigits{}, keys, no_limit, results, troubles);
    EXPECT_EQ(results.values.size(), 90U);
    EXPECT_FALSE(results.values.contains(33));
    ASSERT_EQ(end.given_up.size(), 1U);
    EXPECT_EQ(end.given_up[0].key, 33U);
    EXPECT_EQ(end.given_up[0].reason, GivenUpKey::Reason::failed_checks);
    EXPECT_EQ(end.given_up[0].ranks.size(), 2U);
    EXPECT_EQ(troubles.given_up_keys, std::vector<Key>{33});
    EXPECT_TRUE(channel.nothing_left_over());
  }
}

TEST(Producer, StopsAtASignalWithAllThatHasBeenComputed) {
  for (int after = 0; after < 60; ++after) {
    SCOPED_TRACE(after);
    FakeChannel channel(3, make_evaluator, static_cast<std::uint64_t>(after));
    NamedKeys keys({{0, 20'000}});
    MapSink results;
    Counts counts;
    int looks = 0;
    const RunEnd end = run_producer(
        channel, FullDigits{}, keys, {.chunk_keys = 20, .result_bytes = no_limit.result_bytes},
        results, counts, {.signal = [&] { return looks++ >= after ? 15 : 0; }});
    ASSERT_TRUE(end.interruption);
    EXPECT_EQ(end.interruption->signal, 15);
    EXPECT_EQ(end.interruption->rank, producer_rank);
    EXPECT_FALSE(results.all_settled);
    EXPECT_EQ(results.values.size(), counts.computed_keys) << "what was computed was not taken";
    EXPECT_EQ(results.values.size() + end.left_at_most, 20'001U);
    EXPECT_TRUE(channel.nothing_left_over());
  }
}

TEST(Producer, StopsAtASignalOfAnyRank) {
  FakeChannel channel(3, make_evaluator, 7);
  channel.forge(Rank{2}, encode(ToProducer(Interrupted{10})));
  NamedKeys keys({{0, 20'000}});
  MapSink results;
  Counts counts;
  const RunEnd end =
      run_producer(channel, FullDigits{}, keys,
                   {.chunk_keys = 20, .result_bytes = no_limit.result_bytes}, results, counts);
  ASSERT_TRUE(end.interruption);
  EXPECT_EQ(end.interruption->signal, 10);
  EXPECT_EQ(end.interruption->rank, Rank{2});
  EXPECT_TRUE(channel.nothing_left_over());
}

// A run of three ranks, of which one answers nothing for a while, and then all at once. The others
// send without a pause, a message each tenth of a second.
struct RunWithASilentRank {
  RunWithASilentRank(std::uint64_t seed, double silence_s)
      : channel(3, make_evaluator, seed, 1000) {
    channel.silence(Rank{2}, 500);
    NamedKeys keys({{0, 3000}});
    end = run_producer(
        channel, FullDigits{}, keys, {.chunk_keys = 5, .result_bytes = no_limit.result_bytes},
        results, troubles,
        {.now_s = [this] { return now_s += 0.1; }, .silence_s = silence_s, .silence_per_cost = 0});
  }

  FakeChannel channel;
  MapSink results;
  Troubles troubles;
  double now_s = 0;
  RunEnd end;
};

// What ranks have sent waits until that of others has been taken in.
TEST(Producer, GivesNoRankUpWhileMessagesWait) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    SCOPED_TRACE(seed);
    const RunWithASilentRank run(seed, 60);
    EXPECT_GT(run.now_s, 60);
    EXPECT_TRUE(run.troubles.lost_ranks.empty());
    EXPECT_TRUE(run.channel.nothing_left_over());
  }
}

TEST(Producer, GivesASilentRankUpAndIgnoresWhatItSaysLater) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    SCOPED_TRACE(seed);
    RunWithASilentRank run(seed, 5);
    EXPECT_EQ(run.results.values.size(), 3001U);
    EXPECT_TRUE(run.end.given_up.empty());
    ASSERT_TRUE(run.troubles.lost_ranks.contains(Rank{2}));
    EXPECT_THAT(run.troubles.lost_ranks[Rank{2}], HasSubstr("silent"));
  }
}

TEST(DismissWorkers, StopsAll) {
  FakeChannel channel(5, make_evaluator, 1);
  dismiss_workers(channel);
  EXPECT_TRUE(channel.nothing_left_over());
}

}  // namespace
}  // namespace fibo
