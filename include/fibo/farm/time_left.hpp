// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/farm/clock.hpp"
#include "fibo/farm/cost_by_size.hpp"
#include "fibo/farm/key_source.hpp"
#include "fibo/farm/observer.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace fibo {

/// What is known beforehand of the keys of a run.
struct Workload {
  std::function<double(Key)> cost_s;  ///< the estimate for one key
  CostBySize total_s{};               ///< and for all of them
  bool counts_repeats = true;         ///< a key that occurs twice is in there twice
  Key largest_key = 0;
  /// The estimate for reading and writing its value, where that is kept.
  std::function<double(Key)> writing_s = [](Key) { return 0.0; };
};

/// How far a run is and how long it will take, from what its keys cost: a giant counts for what it
/// is. Estimates are put right by what keys of their size have taken in this run; where nothing of
/// that size has come back they are believed. Values that need not be computed, as they are kept,
/// count as if they had been computed before; to read and write them takes its time still.
///
/// Plain bookkeeping; a key takes constant time.
class TimeLeft final : public Observer {
 public:
  /// @param now_s  the producer's clock
  TimeLeft(Workload workload, Clock now_s);

  /// The run took this key from its source, to hand it out. There were `dropped` keys less left
  /// afterwards: more than 1 where the key occurs several times.
  void taken(Key key, std::uint64_t dropped);
  /// The same for a key whose value is kept: it need not be computed.
  void passed_over(Key key, std::uint64_t dropped);
  /// The source has no more keys.
  void all_taken() { waiting_s_ = {}; }
  /// A value that need not be computed has been read and written, which took the producer so long.
  void kept_written(Key key, std::uint64_t digits, double taken_s);

  void joined(Rank worker, const std::string& host) override;
  void handed_out(Rank worker, const Chunk& chunk, std::uint64_t threads) override;
  void returned(Rank worker, Key key, std::uint64_t digits) override;
  void computed(Rank worker, const Span& span) override;
  void check_failed(Rank worker, Key key) override;
  void lost(Rank worker, const std::string& why) override;
  void given_up(Key key) override;

  /// The estimate for the rest of the run; nothing while there are keys, and no worker has joined.
  [[nodiscard]] std::optional<double> seconds() const;
  /// The part of the run that is done, in time, from 0 to 1. What need not be computed is done.
  [[nodiscard]] double part_done() const;
  /// Distinct keys that have a value, those that need not be computed included.
  [[nodiscard]] std::uint64_t keys_done() const;
  /// Digits of values that have been computed, and of kept ones that have been written.
  [[nodiscard]] std::uint64_t digits() const { return digits_; }
  /// The rate at which they are computed.
  [[nodiscard]] double keys_per_s() const;
  /// Keys with a worker, taken back from one, or about to go to one.
  [[nodiscard]] std::uint64_t keys_under_way() const { return keys_out_ + again_.size() + next_; }
  /// Cores of workers that have something to compute, and those lent to them.
  [[nodiscard]] std::uint64_t busy_cores() const;

 private:
  struct Out {
    std::vector<Key> keys;
    std::size_t returned_keys;
    double key_cost_s;  ///< of each, on average
    std::uint64_t threads;
  };

  struct WorkerState {
    std::vector<Out> out;
    double begun_s = 0;           ///< when it began what it is computing, or somewhat earlier
    double writing_before_s = 0;  ///< that the producer had spent on kept values by then
  };

  struct Measured {
    double estimated_s = 0;
    double taken_s = 0;
  };

  /// How the time since the first key or kept value was spent.
  struct Pace {
    double workers;
    double elapsed_s;
    double stalled_s;  ///< of it, that workers were idle while the producer wrote kept values
    double busy;       ///< the part of the rest that a worker computed, on average

    /// How long all workers take together for what one computes in `cost_s`.
    [[nodiscard]] double shared_s(double cost_s) const { return cost_s / (workers * busy); }
  };

  void leaves_source(Key key, std::uint64_t dropped, double cost_s);
  void begin(double at_s);
  void begin(WorkerState& worker) const;
  [[nodiscard]] double chunk_cost_s(const std::vector<Key>& keys) const;
  [[nodiscard]] double factor(std::size_t size) const;
  [[nodiscard]] double corrected_s(Key key, double cost_s) const;
  [[nodiscard]] double corrected_s(const CostBySize& costs_s) const;
  [[nodiscard]] double out_s(const WorkerState& worker) const;
  [[nodiscard]] double computing_since_s(const WorkerState& worker) const;
  [[nodiscard]] double left_s(const WorkerState& worker) const;
  [[nodiscard]] Pace pace() const;
  [[nodiscard]] double computing_left_s(const Pace& pace) const;
  [[nodiscard]] double left_s(double computing_s, const Pace& pace) const;
  void take_back(const std::vector<Key>& keys, std::size_t from);

  Workload workload_;
  Clock now_s_;
  std::optional<double> begin_s_;  ///< when the first key went out or kept value was written
  CostBySize waiting_s_;           ///< of keys that are still in the source
  bool largest_waits_ = true;
  CostBySize next_s_{};                  ///< of keys that were taken, and not yet handed out
  std::uint64_t next_ = 0;               ///< how many
  CostBySize kept_s_{};                  ///< of keys that were passed over
  std::uint64_t kept_ = 0;               ///< how many
  double unwritten_s_ = 0;               ///< the estimate for writing their values
  Measured written_;                     ///< of those that have been written
  std::map<Rank, WorkerState> workers_;  ///< that are there
  std::uint64_t keys_out_ = 0;
  std::uint64_t keys_returned_ = 0;
  std::uint64_t digits_ = 0;
  std::multiset<Key> again_;  ///< that came back without a value
  double computing_s_ = 0;    ///< of all workers
  std::array<Measured, 65> measured_{};
};

/// Keys whose taking and passing over is told to a TimeLeft.
class CountedKeys final : public ForwardedKeys {
 public:
  /// @param keys, time_left  outlive it
  CountedKeys(KeySource& keys, TimeLeft& time_left) : ForwardedKeys(keys), time_left_(time_left) {}

  Key take() override;
  Key pass_over() override;

 private:
  // Takes the next key, and says how many are left less.
  std::pair<Key, std::uint64_t> take_and_count();

  TimeLeft& time_left_;
};

}  // namespace fibo
