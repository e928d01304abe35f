// SPDX-License-Identifier: MIT
#include "fibo/farm/time_left.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fibo {
namespace {

using testing::DoubleNear;

constexpr SchedulerLimits no_limit{.result_bytes = std::numeric_limits<std::uint64_t>::max()};

/// A farm whose ranks take for a key what `true_cost_s` says, and whose messages take no time.
class Farm {
 public:
  Farm(std::size_t workers, const std::vector<Key>& keys, std::function<double(Key)> estimate_s,
       std::function<double(Key)> true_cost_s)
      : true_cost_s_(std::move(true_cost_s)),
        time_left_(workload(keys, estimate_s), [this] { return now_s_; }),
        listed_(keys),
        counted_(listed_, time_left_),
        scheduler_(counted_, ranks(workers),
                   {.cost_s = estimate_s, .value_bytes = [](Key) { return std::uint64_t{8}; }},
                   no_limit),
        workers_(workers) {
    for (const Rank rank : ranks(workers)) time_left_.joined(rank, "here");
  }

  /// Runs to the end.
  void run() {
    hand_out();
    while (!scheduler_.finished()) {
      const auto next = std::ranges::min_element(workers_, {}, [](const Worker& worker) {
        return worker.chunks.empty() ? std::numeric_limits<double>::infinity() : worker.done_s;
      });
      look_until(next->done_s);
      finish(*next, Rank{static_cast<int>(next - workers_.begin())});
      hand_out();
    }
  }

  /// The largest error of an estimate from the first quarter of the run on, as a part of what was
  /// left; in the last quarter, as a part of that.
  [[nodiscard]] double worst_error() const {
    double worst = 0;
    for (const auto& [at_s, left_s] : estimates_) {
      if (at_s < now_s_ / 4) continue;
      const double really_s = now_s_ - at_s;
      worst = std::max(worst, std::abs(left_s - really_s) / std::max(really_s, now_s_ / 4));
    }
    return worst;
  }

  [[nodiscard]] std::size_t estimates() const { return estimates_.size(); }
  [[nodiscard]] const TimeLeft& time_left() const { return time_left_; }

 private:
  struct Worker {
    std::deque<Chunk> chunks;
    double begun_s = 0;
    double done_s = 0;  ///< with the first key of the first chunk
    std::size_t keys_done = 0;
  };

  static std::vector<Rank> ranks(std::size_t count) {
    std::vector<Rank> result;
    for (std::size_t i = 0; i < count; ++i) result.push_back(Rank{static_cast<int>(i)});
    return result;
  }

  static Workload workload(const std::vector<Key>& keys,
                           const std::function<double(Key)>& estimate_s) {
    std::vector<KeyRange> ranges;
    for (const Key key : keys) ranges.emplace_back(key, key);
    return {.cost_s = estimate_s,
            .total_s = cost_by_size(ranges, estimate_s),
            .largest_key = *std::ranges::max_element(keys)};
  }

  void begin(Worker& worker) {
    worker.begun_s = now_s_;
    worker.done_s = now_s_ + true_cost_s_(worker.chunks.front().keys[worker.keys_done]);
  }

  void hand_out() {
    while (auto assignment = scheduler_.next(0)) {
      Worker& worker = workers_[static_cast<std::size_t>(to_int(assignment->worker))];
      time_left_.handed_out(assignment->worker, assignment->chunk);
      worker.chunks.push_back(std::move(assignment->chunk));
      if (worker.chunks.size() == 1) begin(worker);
    }
  }

  void finish(Worker& worker, Rank rank) {
    const Chunk& chunk = worker.chunks.front();
    const Key key = chunk.keys[worker.keys_done];
    scheduler_.returned(rank, chunk.id, key);
    time_left_.returned(rank, key, 1);
    time_left_.computed(rank, {.chunk = chunk.id,
                               .time = {worker.begun_s, now_s_},
                               .keys = 1,
                               .digits = 1,
                               .largest_key = key});
    if (++worker.keys_done == chunk.keys.size()) {
      worker.chunks.pop_front();
      worker.keys_done = 0;
    }
    if (!worker.chunks.empty()) begin(worker);
  }

  // The estimate is asked for between events too.
  void look_until(double at_s) {
    constexpr double look_s = 0.1;
    for (; next_look_s_ < at_s; next_look_s_ += look_s) {
      now_s_ = next_look_s_;
      estimates_.emplace_back(now_s_, time_left_.seconds().value());
    }
    now_s_ = at_s;
  }

  double now_s_ = 0;
  double next_look_s_ = 0;
  std::function<double(Key)> true_cost_s_;
  TimeLeft time_left_;
  ListedKeys listed_;
  CountedKeys counted_;
  Scheduler scheduler_;
  std::vector<Worker> workers_;
  std::vector<std::pair<double, double>> estimates_;
};

std::vector<Key> keys_from_to(Key first, Key last) {
  std::vector<Key> keys;
  for (Key key = first; key <= last; ++key) keys.push_back(key);
  return keys;
}

// From 0.9 to 1.1, by the key's hash.
double noise(Key key) {
  const std::uint64_t hash = (key * 0x9e3779b97f4a7c15U) >> 32;
  return 0.9 + 0.2 * std::ldexp(static_cast<double>(hash), -32);
}

TEST(TimeLeft, IsRightWithinAFifthOnEqualKeysOfAMachineHalfAsFast) {
  Farm farm(
      4, keys_from_to(10'000, 14'000), [](Key) { return 0.01; },
      [](Key key) { return 0.02 * noise(key); });
  farm.run();
  EXPECT_GT(farm.estimates(), 100U);
  EXPECT_LT(farm.worst_error(), 0.2);
}

TEST(TimeLeft, IsRightWithinAFifthWhereKeysBecomeTwentyTimesAsCostly) {
  const auto cost_s = [](Key key) { return 1e-9 * static_cast<double>(key * key); };
  Farm farm(3, keys_from_to(1000, 4500), cost_s,
            [&](Key key) { return 0.6 * cost_s(key) * noise(key); });
  farm.run();
  EXPECT_GT(farm.estimates(), 50U);
  EXPECT_LT(farm.worst_error(), 0.2);
}

// By their count nearly all keys are done when the giant has most of its time before it.
TEST(TimeLeft, IsNotFooledByAGiantAmongDwarfs) {
  std::vector<Key> keys{1'000'000'000};
  for (const Key key : keys_from_to(1000, 3000)) keys.push_back(key);
  const auto cost_s = [](Key key) { return 2e-8 * static_cast<double>(key); };
  // That dwarfs take a hundred times what they are thought to says nothing of the giant.
  Farm farm(2, keys, cost_s, [&](Key key) {
    return key > 1'000'000 ? 1.04 * cost_s(key) : 100 * cost_s(key) * noise(key);
  });
  farm.run();
  EXPECT_GT(farm.estimates(), 100U);
  EXPECT_LT(farm.worst_error(), 0.2);
}

TEST(TimeLeft, CountsWhatWasTakenAndNeverHandedOutAsDone) {
  double now_s = 0;
  const auto second = [](Key) { return 1.0; };
  TimeLeft time_left({.cost_s = second, .total_s = cost_by_size({{1, 8}}, second)},
                     [&] { return now_s; });
  EXPECT_EQ(time_left.seconds(), std::nullopt);
  time_left.joined(Rank{0}, "here");
  time_left.joined(Rank{1}, "here");
  EXPECT_THAT(time_left.seconds().value(), DoubleNear(4, 1e-9));
  EXPECT_EQ(time_left.part_done(), 0);
  for (Key key = 1; key <= 4; ++key) time_left.taken(key, 1);
  EXPECT_EQ(time_left.keys_done(), 4U);
  EXPECT_THAT(time_left.seconds().value(), DoubleNear(2, 1e-9));
  EXPECT_THAT(time_left.part_done(), DoubleNear(0.5, 1e-9));
}

TEST(TimeLeft, ExpectsTheKeysOfALostWorkerAgain) {
  double now_s = 0;
  const auto second = [](Key) { return 1.0; };
  TimeLeft time_left({.cost_s = second, .total_s = cost_by_size({{1, 2}}, second)},
                     [&] { return now_s; });
  for (const int rank : {0, 1}) {
    const Key key = static_cast<Key>(rank) + 1;
    time_left.joined(Rank{rank}, "here");
    time_left.taken(key, 1);
    time_left.handed_out(Rank{rank}, {.id = key, .keys = {key}});
  }
  EXPECT_EQ(time_left.busy_workers(), 2U);
  now_s = 0.5;
  EXPECT_THAT(time_left.seconds().value(), DoubleNear(0.5, 1e-9));
  time_left.lost(Rank{1}, "gone");
  EXPECT_THAT(time_left.seconds().value(), DoubleNear(1.5, 1e-9));
  time_left.handed_out(Rank{0}, {.id = 9, .keys = {2}});
  EXPECT_EQ(time_left.keys_under_way(), 2U);
  EXPECT_EQ(time_left.busy_workers(), 1U);
  time_left.returned(Rank{0}, 1, 1);
  EXPECT_EQ(time_left.keys_done(), 1U);
}

}  // namespace
}  // namespace fibo
