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

/// Keys whose values earlier runs kept.
struct KeptKeys {
  std::function<bool(Key)> contains = [](Key) { return false; };
  double estimated_s = 0;  ///< for writing a value
  double writing_s = 0;    ///< the truth
};

/// The keys of a source that are not kept, as MissingKeys of a store gives them.
class NotKept final : public ForwardedKeys {
 public:
  NotKept(KeySource& keys, const KeptKeys& kept, std::deque<Key>& passed_over)
      : ForwardedKeys(keys), kept_(kept), passed_over_(passed_over) {
    skip_kept();
  }

  Key take() override {
    const Key key = keys().take();
    skip_kept();
    return key;
  }

 private:
  void skip_kept() {
    while (peek() && kept_.contains(*peek())) passed_over_.push_back(keys().pass_over());
  }

  const KeptKeys& kept_;
  std::deque<Key>& passed_over_;
};

/// A farm whose ranks take for a key what `true_cost_s` says, and whose messages take no time. Its
/// producer does nothing else while it writes kept values.
class Farm {
 public:
  Farm(std::size_t workers, const std::vector<Key>& keys, std::function<double(Key)> estimate_s,
       std::function<double(Key)> true_cost_s, KeptKeys kept = {})
      : true_cost_s_(std::move(true_cost_s)),
        kept_(std::move(kept)),
        time_left_(workload(keys, estimate_s, kept_), [this] { return now_s_; }),
        listed_(keys),
        counted_(listed_, time_left_),
        missing_(counted_, kept_, unwritten_),
        scheduler_(missing_, ranks(workers),
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
      if (const auto bound = scheduler_.settled_below()) write_kept_below(*bound);
      hand_out();
    }
    write_kept_below(std::numeric_limits<Key>::max());
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

  /// The part that was done in the beginning.
  [[nodiscard]] double first_part() const { return parts_.front(); }

  /// How far the part that was done ever went back.
  [[nodiscard]] double worst_setback() const {
    double most = 0;
    double worst = 0;
    for (const double part : parts_) {
      most = std::max(most, part);
      worst = std::max(worst, most - part);
    }
    return worst;
  }

  [[nodiscard]] std::size_t estimates() const { return estimates_.size(); }
  [[nodiscard]] const TimeLeft& time_left() const { return time_left_; }

 private:
  struct Worker {
    std::deque<Chunk> chunks;
    std::deque<double> handed_out_s;  ///< when each of them was
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
                           const std::function<double(Key)>& estimate_s, const KeptKeys& kept) {
    std::vector<KeyRange> ranges;
    for (const Key key : keys) ranges.emplace_back(key, key);
    return {.cost_s = estimate_s,
            .total_s = cost_by_size(ranges, estimate_s),
            .largest_key = *std::ranges::max_element(keys),
            .writing_s = [writing_s = kept.estimated_s](Key) { return writing_s; }};
  }

  void begin(Worker& worker) {
    worker.begun_s = std::max(worker.done_s, worker.handed_out_s.front());
    worker.done_s = worker.begun_s + true_cost_s_(worker.chunks.front().keys[worker.keys_done]);
  }

  void hand_out() {
    while (auto assignment = scheduler_.next(0)) {
      Worker& worker = workers_[static_cast<std::size_t>(to_int(assignment->worker))];
      time_left_.handed_out(assignment->worker, assignment->chunk, 1);
      worker.chunks.push_back(std::move(assignment->chunk));
      worker.handed_out_s.push_back(now_s_);
      if (worker.chunks.size() == 1) begin(worker);
    }
  }

  void finish(Worker& worker, Rank rank) {
    const Chunk& chunk = worker.chunks.front();
    const Key key = chunk.keys[worker.keys_done];
    scheduler_.returned(rank, chunk.id, key);
    time_left_.returned(rank, key, 1);
    time_left_.computed(rank, {.chunk = chunk.id,
                               .time = {worker.begun_s, worker.done_s},
                               .keys = 1,
                               .digits = 1,
                               .largest_key = key});
    if (++worker.keys_done == chunk.keys.size()) {
      worker.chunks.pop_front();
      worker.handed_out_s.pop_front();
      worker.keys_done = 0;
    }
    if (!worker.chunks.empty()) begin(worker);
  }

  void write_kept_below(Key bound) {
    for (; !unwritten_.empty() && unwritten_.front() < bound; unwritten_.pop_front()) {
      look_until(now_s_ + kept_.writing_s);
      time_left_.kept_written(unwritten_.front(), 1, kept_.writing_s);
    }
  }

  // The estimate is asked for between events too.
  void look_until(double at_s) {
    constexpr double look_s = 0.1;
    for (; next_look_s_ < at_s; next_look_s_ += look_s) {
      now_s_ = next_look_s_;
      estimates_.emplace_back(now_s_, time_left_.seconds().value());
      parts_.push_back(time_left_.part_done());
    }
    // What is done while the producer writes is heard of later.
    now_s_ = std::max(now_s_, at_s);
  }

  double now_s_ = 0;
  double next_look_s_ = 0;
  std::function<double(Key)> true_cost_s_;
  KeptKeys kept_;
  std::deque<Key> unwritten_;
  TimeLeft time_left_;
  ListedKeys listed_;
  CountedKeys counted_;
  NotKept missing_;
  Scheduler scheduler_;
  std::vector<Worker> workers_;
  std::vector<std::pair<double, double>> estimates_;
  std::vector<double> parts_;
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

// The workers have nothing to do while the kept values are written, all at once.
TEST(TimeLeft, BeginsWithThePartThatIsKeptAndNeverGoesBack) {
  for (const double writing_s : {1e-4, 1e-3, 5e-3}) {
    Farm farm(
        4, keys_from_to(10'000, 13'999), [](Key) { return 0.01; },
        [](Key key) { return 0.02 * noise(key); },
        {.contains = [](Key key) { return key < 13'000; },
         .estimated_s = writing_s,
         .writing_s = writing_s});
    farm.run();
    const double kept_s = 3000 * 0.01 / 4;
    EXPECT_NEAR(farm.first_part(), kept_s / (kept_s + 1000 * 0.01 / 4 + 3000 * writing_s), 0.02);
    EXPECT_LT(farm.worst_setback(), 0.02) << writing_s;
    EXPECT_LT(farm.worst_error(), 0.2) << writing_s;
  }
}

TEST(TimeLeft, IsRightWithinAFifthWhereKeptValuesAreSlowToWrite) {
  Farm farm(
      4, keys_from_to(10'000, 13'999), [](Key) { return 0.01; },
      [](Key key) { return 0.02 * noise(key); },
      {.contains = [](Key key) { return key < 13'000; }, .estimated_s = 2e-3, .writing_s = 4e-3});
  farm.run();
  EXPECT_LT(farm.worst_error(), 0.2);
}

TEST(TimeLeft, DoesNotCountTwiceWhatIsComputedWhileKeptValuesAreWritten) {
  double now_s = 0;
  const auto cost_s = [](Key key) { return key == 5 ? 100.0 : 1.0; };
  TimeLeft time_left({.cost_s = cost_s, .writing_s = [](Key) { return 10.0; }},
                     [&] { return now_s; });
  time_left.joined(Rank{0}, "here");
  for (Key key = 1; key <= 4; ++key) time_left.passed_over(key, 1);
  time_left.taken(5, 1);
  time_left.handed_out(Rank{0}, {.id = 1, .keys = {5}}, 1);
  for (const Key key : {1U, 2U}) {
    now_s += 10;
    time_left.kept_written(key, 1, 10);
  }
  EXPECT_THAT(time_left.seconds().value(), DoubleNear(80, 1));
  now_s = 100;
  time_left.returned(Rank{0}, 5, 1);
  time_left.computed(Rank{0}, {.chunk = 1, .time = {0, 100}, .keys = 1, .largest_key = 5});
  EXPECT_THAT(time_left.seconds().value(), DoubleNear(20, 1));
}

TEST(TimeLeft, KnowsHowLongKeptValuesTakeWhereNothingIsComputed) {
  double now_s = 0;
  const auto second = [](Key) { return 1.0; };
  TimeLeft time_left(
      {.cost_s = second, .total_s = cost_by_size({{1, 4}}, second), .writing_s = second},
      [&] { return now_s; });
  for (Key key = 1; key <= 4; ++key) time_left.passed_over(key, 1);
  time_left.all_taken();
  EXPECT_THAT(time_left.seconds().value(), DoubleNear(4, 1e-9));
  EXPECT_THAT(time_left.part_done(), DoubleNear(0.5, 1e-9));
  for (Key key = 1; key <= 4; ++key) {
    now_s += 1;
    time_left.kept_written(key, 10, 1);
  }
  EXPECT_THAT(time_left.seconds().value(), DoubleNear(0, 1e-9));
  EXPECT_THAT(time_left.part_done(), DoubleNear(1, 1e-9));
  EXPECT_EQ(time_left.digits(), 40U);
  EXPECT_EQ(time_left.keys_per_s(), 0);
}

TEST(TimeLeft, CountsWhatWasPassedOverAsDoneAndNotWhatIsAboutToGoOut) {
  double now_s = 0;
  const auto second = [](Key) { return 1.0; };
  TimeLeft time_left({.cost_s = second, .total_s = cost_by_size({{1, 8}}, second)},
                     [&] { return now_s; });
  EXPECT_EQ(time_left.seconds(), std::nullopt);
  time_left.joined(Rank{0}, "here");
  time_left.joined(Rank{1}, "here");
  EXPECT_THAT(time_left.seconds().value(), DoubleNear(4, 1e-9));
  EXPECT_EQ(time_left.part_done(), 0);
  for (Key key = 1; key <= 4; ++key) time_left.passed_over(key, 1);
  EXPECT_EQ(time_left.keys_done(), 4U);
  EXPECT_THAT(time_left.seconds().value(), DoubleNear(2, 1e-9));
  EXPECT_THAT(time_left.part_done(), DoubleNear(0.5, 1e-9));
  time_left.taken(5, 1);
  EXPECT_EQ(time_left.keys_done(), 4U);
  EXPECT_EQ(time_left.keys_under_way(), 1U);
  EXPECT_THAT(time_left.seconds().value(), DoubleNear(2, 1e-9));
  time_left.handed_out(Rank{0}, {.id = 1, .keys = {5}}, 1);
  EXPECT_EQ(time_left.keys_under_way(), 1U);
  EXPECT_THAT(time_left.seconds().value(), DoubleNear(2, 1e-9));
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
    time_left.handed_out(Rank{rank}, {.id = key, .keys = {key}}, 1);
  }
  EXPECT_EQ(time_left.busy_cores(), 2U);
  now_s = 0.5;
  EXPECT_THAT(time_left.seconds().value(), DoubleNear(0.5, 1e-9));
  time_left.lost(Rank{1}, "gone");
  EXPECT_THAT(time_left.seconds().value(), DoubleNear(1.5, 1e-9));
  time_left.handed_out(Rank{0}, {.id = 9, .keys = {2}}, 1);
  EXPECT_EQ(time_left.keys_under_way(), 2U);
  EXPECT_EQ(time_left.busy_cores(), 1U);
  time_left.returned(Rank{0}, 1, 1);
  EXPECT_EQ(time_left.keys_done(), 1U);
}

TEST(TimeLeft, CountsTheCoreThatIsLentForALongKey) {
  TimeLeft time_left({.cost_s = [](Key) { return 1.0; }}, [] { return 0.0; });
  for (const int rank : {0, 1}) time_left.joined(Rank{rank}, "here");
  time_left.handed_out(Rank{0}, {.id = 1, .keys = {1}}, 1);
  time_left.handed_out(Rank{0}, {.id = 2, .keys = {2}}, 2);
  EXPECT_EQ(time_left.busy_cores(), 1U);
  time_left.returned(Rank{0}, 1, 1);
  EXPECT_EQ(time_left.busy_cores(), 2U);
  time_left.returned(Rank{0}, 2, 1);
  EXPECT_EQ(time_left.busy_cores(), 0U);
}

}  // namespace
}  // namespace fibo
