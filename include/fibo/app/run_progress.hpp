// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/app/options.hpp"
#include "fibo/app/progress.hpp"
#include "fibo/app/surroundings.hpp"
#include "fibo/farm/time_left.hpp"
#include "fibo/results/result_map.hpp"

#include <memory>
#include <vector>

namespace fibo {

/// Whether a run that was asked for so shows a progress line.
bool wants_progress(const RunRequest& request, const Surroundings& around);

/// The progress line of a run: counts its keys, and shows how far it is.
class RunProgress {
 public:
  /// @param source, results, around  of the run; they outlive this
  RunProgress(const RunRequest& request, KeySource& source, Workload workload,
              const ResultMap& results, const Surroundings& around);

  /// The keys of the run, for whoever hands them out.
  [[nodiscard]] KeySource& keys() { return counted_keys_; }
  /// Who must hear what happens in the farm.
  [[nodiscard]] std::vector<Observer*> listeners() { return {&time_left_, &progress_}; }
  /// Nothing of the line is to be seen any more.
  void clear() { progress_.clear(); }
  /// The same for a moment, for a message.
  void make_way() { progress_.make_way(); }

 private:
  [[nodiscard]] ProgressState state() const;

  KeySource& source_;
  const ResultMap& results_;
  TimeLeft time_left_;
  CountedKeys counted_keys_;
  std::unique_ptr<Terminal> plain_;  ///< where there is no terminal, and a line is wanted still
  Progress progress_;
};

}  // namespace fibo
