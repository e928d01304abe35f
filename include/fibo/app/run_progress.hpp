// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/app/options.hpp"
#include "fibo/app/program.hpp"
#include "fibo/app/progress.hpp"
#include "fibo/farm/time_left.hpp"
#include "fibo/results/result_map.hpp"

#include <memory>
#include <optional>
#include <vector>

namespace fibo {

/// The progress line of a run, if one is wanted: counts its keys, and shows how far it is.
class RunProgress {
 public:
  /// @param source, results, around  of the run; they outlive this
  RunProgress(const RunRequest& request, KeySource& source, const Workload& workload,
              const ResultMap& results, const Surroundings& around);

  /// The keys of the run, for whoever hands them out.
  [[nodiscard]] KeySource& keys();
  /// Who must hear what happens in the farm.
  [[nodiscard]] std::vector<Observer*> listeners();
  /// Nothing of the line is to be seen any more.
  void clear();

 private:
  [[nodiscard]] ProgressState state() const;

  KeySource& source_;
  const ResultMap& results_;
  TimeLeft time_left_;
  CountedKeys counted_keys_;
  std::unique_ptr<Terminal> plain_;  ///< where there is no terminal, and a line is wanted still
  std::optional<Progress> progress_;
};

}  // namespace fibo
