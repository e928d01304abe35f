// SPDX-License-Identifier: MIT
#include "fibo/farm/worker_thread.hpp"

#include "support/evaluators.hpp"

#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fibo {
namespace {

using namespace std::chrono_literals;

WorkerParts parts(EvaluatorMaker maker) {
  return {.host = "here", .make_evaluator = std::move(maker), .now_s = [] { return 0.0; }};
}

template <class T>
T expect_next(WorkerThread& worker) {
  for (;;)
    if (const auto message = worker.receive_within(1s))
      return std::get<T>(decode_to_producer(*message));
}

TEST(WorkerThread, AnswersUntilItIsStopped) {
  WorkerThread worker(parts(make_evaluator));
  EXPECT_EQ(expect_next<Hello>(worker).host, "here");
  EXPECT_FALSE(worker.receive_within(0us));
  worker.send(encode(Job{FullDigits{}}));
  worker.send(encode(Chunk{0, {10}}));
  std::optional<Bytes> answer;
  while (!answer) answer = worker.receive_within(1s);
  EXPECT_EQ(std::get<Results>(decode_to_producer(*answer)).entries.at(0).value, ValueView("55"));
  worker.send(encode(Stop{}));
  EXPECT_EQ(expect_next<Goodbye>(worker).keys, 1U);
  EXPECT_FALSE(worker.abandoned());
}

TEST(WorkerThread, EndsByItselfWhenItsOwnerUnwinds) {
  const WorkerThread worker(parts(make_evaluator));
}

TEST(WorkerThread, LeavesTheRestOfItsChunkWhenItIsStopped) {
  const auto release = std::make_shared<std::promise<void>>();
  const auto begun = std::make_shared<std::promise<void>>();
  WorkerThread worker(
      parts(test::always([release, begun](std::span<const Key> keys, const ValueSink& sink) {
        for (const Key key : keys) {
          if (key == 1) {
            begun->set_value();
            release->get_future().wait();
          }
          sink(key, std::string("1"));
        }
      })));
  expect_next<Hello>(worker);
  worker.send(encode(Job{FullDigits{}}));
  worker.send(encode(Chunk{0, {1, 2, 3}}));
  worker.send(encode(Chunk{1, {4}}));
  begun->get_future().wait();
  worker.send(encode(Stop{}));
  release->set_value();
  EXPECT_THAT(expect_next<Results>(worker).entries, testing::SizeIs(1));
  EXPECT_EQ(expect_next<Goodbye>(worker).keys, 1U);
  EXPECT_FALSE(worker.abandoned());
}

TEST(WorkerThread, IsAbandonedWhenItComputesOnAfterStop) {
  // Shared, as the thread outlives the test if it fails.
  const auto release = std::make_shared<std::promise<void>>();
  const auto done = std::make_shared<std::promise<void>>();
  const auto begun = std::make_shared<std::promise<void>>();
  {
    WorkerThread worker(parts(test::always([release, done, begun](auto&&...) {
      begun->set_value();
      release->get_future().wait();
      done->set_value();
    })));
    expect_next<Hello>(worker);
    worker.send(encode(Job{FullDigits{}}));
    worker.send(encode(Chunk{0, {1}}));
    begun->get_future().wait();
    worker.send(encode(Stop{}));
    EXPECT_EQ(expect_next<Goodbye>(worker).keys, 0U);
    EXPECT_TRUE(worker.abandoned());
    EXPECT_FALSE(worker.receive_within(0us));
  }
  release->set_value();
  done->get_future().wait();
}

}  // namespace
}  // namespace fibo
