// SPDX-License-Identifier: MIT
#include "fibo/results/run_record.hpp"

#include "support/sample_record.hpp"

#include <cstdint>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fibo {
namespace {

using test::sample_record;
using testing::SizeIs;

Span span(double begin_s, double end_s, Key key = 7, std::uint64_t keys = 1) {
  return {.time = {begin_s, end_s}, .keys = keys, .digits = 3 * keys, .largest_key = key};
}

TEST(RunRecord, CountsFromTheBeginningOfTheRun) {
  RunRecorder recorder(1000);
  recorder.joined(Rank{1}, "here");
  recorder.computed(Rank{1}, span(1001, 1003));
  const RunRecord record = recorder.take();
  const RankRecord& rank = record.ranks.at(Rank{1});
  EXPECT_EQ(rank.host, "here");
  ASSERT_THAT(rank.work, SizeIs(1));
  EXPECT_EQ(rank.work[0].time, (Interval{1, 3}));
  EXPECT_EQ(rank.keys, 1U);
  EXPECT_EQ(rank.digits, 3U);
}

TEST(RunRecord, ComparesTheMakespanWithWhatNoScheduleCouldBeat) {
  RunRecorder recorder(0);
  recorder.computed(Rank{0}, span(0, 4));
  recorder.computed(Rank{1}, span(0, 1));
  recorder.computed(Rank{1}, span(1, 2, 9, 10));
  RunRecord record = recorder.take();
  record.makespan_s = 5;
  EXPECT_EQ(record.computing_s(), 6);
  EXPECT_EQ(record.longest_key_s(), 4);
  EXPECT_EQ(record.lower_bound_s(), 4);
  EXPECT_EQ(record.efficiency(), 0.8);
}

TEST(RunRecord, NamesTheSlowestFirst) {
  RunRecorder recorder(0, {.slowest = 2});
  recorder.computed(Rank{0}, span(0, 1, 10));
  recorder.computed(Rank{1}, span(0, 3, 30));
  recorder.computed(Rank{2}, span(0, 2, 20));
  recorder.computed(Rank{3}, span(0, 8, 5, 100));
  const RunRecord record = recorder.take();
  ASSERT_THAT(record.slowest, SizeIs(2));
  EXPECT_EQ(record.slowest[0].largest_key, 30U);
  EXPECT_EQ(record.slowest[1].largest_key, 20U);
}

TEST(RunRecord, CountsEachKeyAmongThoseOfItsSize) {
  RunRecorder recorder(0);
  for (Key key = 500; key <= 519; ++key) recorder.returned(Rank{0}, key, key < 512 ? 104 : 107);
  recorder.computed(Rank{0}, span(0, 5, 519, 20));
  recorder.returned(Rank{1}, 0, 1);
  recorder.computed(Rank{1}, span(0, 1, 0));
  const RunRecord record = recorder.take();
  EXPECT_EQ(record.by_size[9].keys, 12U);
  EXPECT_EQ(record.by_size[9].digits, 12U * 104);
  EXPECT_EQ(record.by_size[9].computing_s, 3);
  EXPECT_EQ(record.by_size[10].keys, 8U);
  EXPECT_EQ(record.by_size[10].computing_s, 2);
  EXPECT_EQ(record.by_size[0].keys, 1U);
  EXPECT_EQ(record.by_size[0].computing_s, 1);
}

TEST(RunRecord, CountsALentCoreAsAtWork) {
  RunRecorder recorder(100);
  Span helped = span(101, 104, 70);
  helped.threads = 2;
  helped.helper = Rank{0};
  recorder.computed(Rank{1}, helped);
  recorder.left(Rank{0}, {.waiting_s = 3.5});
  recorder.left(Rank{1}, {.keys = 1, .computing_s = 3});
  RunRecord record = recorder.take();
  record.makespan_s = 4;
  const RankRecord& helper = record.ranks.at(Rank{0});
  EXPECT_EQ(helper.computing_s, 0);
  EXPECT_EQ(helper.lent_s, 3);
  EXPECT_EQ(helper.waiting_s, 0.5);
  ASSERT_THAT(helper.helps, SizeIs(1));
  EXPECT_EQ(helper.helps[0].time, (Interval{1, 4}));
  EXPECT_EQ(helper.helps[0].helped, Rank{1});
  EXPECT_EQ(helper.helps[0].key, 70U);
  EXPECT_EQ(record.computing_s(), 6);
  EXPECT_EQ(record.slowest.at(0).threads, 2U);
}

TEST(RunRecord, BelievesThePiecesOfAWorkerThatWasAbandoned) {
  RunRecorder recorder(0);
  recorder.computed(Rank{0}, span(0, 4));
  recorder.left(Rank{0}, Goodbye{});
  EXPECT_EQ(recorder.take().ranks.at(Rank{0}).computing_s, 4);
}

TEST(RunRecord, CountsNoMachineForARankThatNeverCame) {
  RunRecorder recorder(0);
  recorder.joined(Rank{0}, "here");
  recorder.joined(Rank{1}, "there");
  recorder.lost(Rank{2}, "its process died");
  EXPECT_EQ(recorder.take().hosts(), 2U);
}

TEST(RunRecord, CountsNoMoreKeysThanThereAreNumbersFor) {
  constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  RunRecord record;
  record.distinct_keys = 10;
  record.outcome.left_at_most = 20;
  record.outcome.given_up.resize(3);
  EXPECT_EQ(record.keys_at_most(), 33U);
  record.outcome.left_at_most = most;
  EXPECT_EQ(record.keys_at_most(), most);
  record.outcome.left_at_most = most - 11;
  EXPECT_EQ(record.keys_at_most(), most);
}

TEST(RunRecord, LosesNothingWhenPiecesAreJoined) {
  const int pieces = 30'000;
  const RunRecord record = sample_record(3, pieces, {.work = 1500, .samples = 100});
  EXPECT_LE(record.samples.size(), 100U);
  std::uint64_t digits = 0;
  for (const auto& [rank, entry] : record.ranks) {
    EXPECT_LE(entry.work.size(), 500U);
    EXPECT_GE(entry.work.size(), 100U);
    std::uint64_t joined = 0;
    double computing_s = 0;
    double free_s = 0;
    for (const Work& work : entry.work) {
      joined += work.pieces;
      computing_s += work.computing_s;
      digits += work.digits;
      EXPECT_GE(work.time.begin_s - work.waited_s, free_s - 1e-9);
      EXPECT_LE(work.computing_s + work.waiting_s, work.time.end_s - work.time.begin_s + 1e-9);
      free_s = work.time.end_s;
    }
    EXPECT_EQ(joined, static_cast<std::uint64_t>(pieces));
    EXPECT_NEAR(computing_s, entry.computing_s, 1e-6 * computing_s);
  }
  EXPECT_EQ(digits, record.digits);
}

TEST(RunRecord, KeepsPiecesOfOneRankApartWhenTheClockIsEstimatedAnew) {
  RunRecorder recorder(0);
  recorder.computed(Rank{0}, span(1, 2));
  recorder.computed(Rank{0}, span(1.5, 3));
  const RunRecord record = recorder.take();
  const auto& work = record.ranks.at(Rank{0}).work;
  ASSERT_THAT(work, SizeIs(2));
  EXPECT_EQ(work[1].time, (Interval{2, 3}));
}

}  // namespace
}  // namespace fibo
