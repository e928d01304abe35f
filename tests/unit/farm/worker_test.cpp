// SPDX-License-Identifier: MIT
#include "fibo/farm/worker.hpp"

#include "support/evaluators.hpp"

#include <deque>
#include <stdexcept>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fibo {
namespace {

using test::always;
using testing::SizeIs;

struct Bench {
  explicit Bench(EvaluatorMaker maker = make_evaluator, std::size_t part_bytes = 1000)
      : worker({.host = "here",
                .make_evaluator = std::move(maker),
                .now_s = [this] { return clock_s += 1; },
                .part_bytes = part_bytes},
               [this](Bytes message) {
                 messages.push_back(std::move(message));
                 sent.push_back(decode_to_producer(messages.back()));
               }) {}

  bool tell(const ToWorker& message) { return worker.process(encode(message)); }

  std::deque<Bytes> messages;
  std::vector<ToProducer> sent;  ///< with values that lie in the messages
  double clock_s = 0;
  Worker worker;
};

TEST(Worker, GreetsWithItsHost) {
  Bench bench;
  bench.worker.greet();
  EXPECT_EQ(std::get<Hello>(bench.sent.at(0)).host, "here");
}

TEST(Worker, AnswersAChunkInItsOrder) {
  Bench bench;
  bench.tell(Job{FullDigits{}});
  EXPECT_TRUE(bench.tell(Chunk{4, {0, 3, 10}}));
  ASSERT_THAT(bench.sent, SizeIs(1));
  const auto& results = std::get<Results>(bench.sent[0]);
  EXPECT_EQ(results.chunk, 4U);
  ASSERT_THAT(results.entries, SizeIs(3));
  EXPECT_EQ(results.entries[0].value, ValueView("0"));
  EXPECT_EQ(results.entries[2].key, 10U);
  EXPECT_EQ(results.entries[2].value, ValueView("55"));
}

TEST(Worker, SendsALongValueInParts) {
  Bench bench(make_evaluator, 4);
  bench.tell(Job{FullDigits{}});
  bench.tell(Chunk{0, {5, 50}});  // F(50) = 12586269025
  ASSERT_THAT(bench.sent, SizeIs(4));
  EXPECT_EQ(std::get<Results>(bench.sent[0]).entries.at(0).key, 5U);
  std::string digits;
  for (std::size_t i = 1; i <= 3; ++i) {
    const auto& part = std::get<ValuePart>(bench.sent[i]);
    EXPECT_EQ(part.key, 50U);
    EXPECT_EQ(part.total_bytes, 11U);
    EXPECT_EQ(part.offset_bytes, digits.size());
    digits += part.digits;
  }
  EXPECT_EQ(digits, "12586269025");
}

TEST(Worker, UsesSeveralThreadsForTheNextChunkAlone) {
  std::vector<std::string> happened;
  Worker worker({.host = "here",
                 .make_evaluator = make_evaluator,
                 .now_s = [] { return 0.0; },
                 .make_wide_evaluator =
                     [&](const Quantity& quantity, unsigned threads) {
                       happened.push_back(std::to_string(threads) + " threads");
                       return make_evaluator(quantity);
                     },
                 .cpus = {5},
                 .run_on =
                     [&](const CpuList& cpus) {
                       happened.push_back("on " + std::to_string(cpus.size()));
                       EXPECT_EQ(cpus.front(), 5U);
                     }},
                [&](Bytes message) {
                  const auto sent = decode_to_producer(message);
                  for (const auto& [key, value] : std::get<Results>(sent).entries)
                    happened.push_back("F(" + std::to_string(key) + ")");
                });
  worker.process(encode(Job{FullDigits{}}));
  worker.process(encode(Chunk{0, {1}}));
  worker.process(encode(Widen{.threads = 2, .cpus = {5, 6}}));
  worker.process(encode(Chunk{1, {2}}));
  worker.process(encode(Chunk{2, {3}}));
  EXPECT_THAT(happened, testing::ElementsAre("F(1)", "on 2", "2 threads", "on 1", "F(2)", "F(3)"));
}

TEST(Worker, SendsResultsOnBeforeALongChunkIsDone) {
  Bench bench(always([](std::span<const Key> keys, const ValueSink& sink) {
                for (const Key key : keys) sink(key, std::string(100'000, '7'));
              }),
              1'000'000);
  bench.tell(Job{FullDigits{}});
  bench.tell(Chunk{0, {1, 2, 3, 4, 5, 6}});
  EXPECT_THAT(bench.sent, SizeIs(2));
}

TEST(Worker, ReportsTheKeyThatFailedAfterThoseThatDidNot) {
  Bench bench(always([](std::span<const Key> keys, const ValueSink& sink) {
    sink(keys[0], std::string("1"));
    throw std::runtime_error("broken");
  }));
  bench.tell(Job{FullDigits{}});
  EXPECT_TRUE(bench.tell(Chunk{9, {1, 2, 3}}));
  ASSERT_THAT(bench.sent, SizeIs(2));
  EXPECT_EQ(std::get<Results>(bench.sent[0]).entries.at(0).key, 1U);
  const auto& failure = std::get<Failure>(bench.sent[1]);
  EXPECT_EQ(failure.key, 2U);
  EXPECT_EQ(failure.what, "broken");
}

TEST(Worker, ReportsAFailureThatSaysNothing) {
  Bench bench(always(
      [](std::span<const Key>, const ValueSink&) { throw std::runtime_error(std::string()); }));
  bench.tell(Job{FullDigits{}});
  bench.tell(Chunk{9, {1, 2, 3}});
  ASSERT_THAT(bench.sent, SizeIs(1));
  EXPECT_EQ(std::get<Failure>(bench.sent[0]).key, 1U);
}

TEST(Worker, SaysGoodbyeWithWhatItDid) {
  Bench bench;
  bench.tell(Job{Residue{10}});
  bench.tell(Chunk{0, {1, 2}});
  bench.tell(Chunk{1, {3}});
  EXPECT_FALSE(bench.tell(Stop{}));
  const auto& goodbye = std::get<Goodbye>(bench.sent.back());
  EXPECT_EQ(goodbye.keys, 3U);
  EXPECT_EQ(goodbye.computing_s, 2);
  // Every reading of this clock is a second after the last; two come before the job, one after the
  // goodbye.
  EXPECT_EQ(goodbye.computing_s + goodbye.communicating_s + goodbye.waiting_s, bench.clock_s - 3);
}

TEST(Worker, SaysWhenItComputedWhat) {
  // A cheap value, a costly one that is sent on, one that comes in parts, and a cheap one.
  Bench bench(always([](std::span<const Key> keys, const ValueSink& sink) {
                for (const Key key : keys)
                  sink(key, std::string(key % 2 == 0 ? 1 : key * 100'000, '7'));
              }),
              300'000);
  bench.tell(Job{FullDigits{}});
  bench.tell(Chunk{0, {2, 3, 5, 6}});
  ASSERT_THAT(bench.sent, SizeIs(4));
  const Interval first = std::get<Results>(bench.sent[0]).computed;
  const Interval second = std::get<ValuePart>(bench.sent[1]).computed;
  const Interval third = std::get<Results>(bench.sent[3]).computed;
  EXPECT_EQ(std::get<ValuePart>(bench.sent[2]).computed, second);
  EXPECT_LT(first.begin_s, first.end_s);
  EXPECT_LT(first.end_s, second.begin_s);
  EXPECT_LT(second.begin_s, second.end_s);
  EXPECT_LT(second.end_s, third.begin_s);
  EXPECT_LT(third.begin_s, third.end_s);

  bench.tell(Stop{});
  EXPECT_EQ(
      std::get<Goodbye>(bench.sent.back()).computing_s,
      first.end_s - first.begin_s + second.end_s - second.begin_s + third.end_s - third.begin_s);
}

TEST(Worker, ReportsWhatItCannotUnderstand) {
  Bench bench;
  EXPECT_TRUE(bench.tell(Chunk{0, {1}}));
  EXPECT_EQ(std::get<Broken>(bench.sent.at(0)).what, "a chunk came before the job");
  EXPECT_TRUE(bench.worker.process(Bytes{'\x7f'}));
  EXPECT_EQ(std::get<Broken>(bench.sent.at(1)).what, "a kind is unknown");
  EXPECT_FALSE(bench.tell(Stop{}));
}

TEST(Worker, ReportsAnEvaluatorThatCannotBeMade) {
  Bench bench([](const Quantity&) -> Evaluator { throw std::bad_alloc(); });
  bench.tell(Job{FullDigits{}});
  bench.tell(Chunk{0, {7}});
  EXPECT_EQ(std::get<Failure>(bench.sent.at(0)).key, 7U);
}

}  // namespace
}  // namespace fibo
