// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/app/options.hpp"
#include "fibo/app/progress.hpp"
#include "fibo/app/surroundings.hpp"
#include "fibo/farm/time_left.hpp"
#include "fibo/results/result_map.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace fibo {

/// Whether a run that was asked for so shows a progress line.
bool wants_progress(const RunRequest& request, const Surroundings& around);

/// The progress line of a run: counts its keys and its kept values, and shows how far it is.
class RunProgress {
 public:
  /// `source`, `earlier` and `around` are those of the run and outlive this.
  /// @param earlier  nullptr if nothing is kept
  RunProgress(const RunRequest& request, KeySource& source, Workload workload,
              EarlierValues* earlier, const Surroundings& around);

  /// The keys of the run, for whoever hands them out.
  [[nodiscard]] KeySource& keys() { return keys_; }
  /// The kept values of the run, for whoever writes them; nullptr if nothing is kept.
  [[nodiscard]] EarlierValues* earlier() { return earlier_ ? &*earlier_ : nullptr; }
  /// Who must hear what happens in the farm.
  [[nodiscard]] std::vector<Observer*> listeners() { return {&time_left_, &progress_}; }
  /// Nothing of the line is to be seen any more.
  void clear() { progress_.clear(); }
  /// The same for a moment, for a message.
  void make_way() { progress_.make_way(); }

 private:
  /// Draws the line while keys that are kept are passed over.
  class Keys final : public ForwardedKeys {
   public:
    Keys(KeySource& keys, RunProgress& progress) : ForwardedKeys(keys), progress_(progress) {}
    Key take() override { return keys().take(); }
    Key pass_over() override;

   private:
    RunProgress& progress_;
    std::uint64_t passed_over_ = 0;
  };

  /// Counts kept values, and draws the line while they are written.
  class Earlier final : public EarlierValues {
   public:
    Earlier(EarlierValues& values, RunProgress& progress, Clock now_s)
        : values_(values), progress_(progress), now_s_(std::move(now_s)) {}
    std::optional<std::pair<Key, Value>> take_below(std::optional<Key> bound) override;

   private:
    EarlierValues& values_;
    RunProgress& progress_;
    Clock now_s_;
    std::optional<std::pair<Key, std::uint64_t>> last_;  ///< its key and digits, being written
    double last_s_ = 0;                                  ///< when it was asked for
  };

  [[nodiscard]] ProgressState state();

  KeySource& source_;
  TimeLeft time_left_;
  CountedKeys counted_keys_;
  Keys keys_;
  std::optional<Earlier> earlier_;
  double part_done_ = 0;             ///< that was shown
  std::unique_ptr<Terminal> plain_;  ///< where there is no terminal, and a line is wanted still
  Progress progress_;
};

}  // namespace fibo
