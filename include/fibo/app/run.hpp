// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/app/options.hpp"
#include "fibo/app/records.hpp"
#include "fibo/app/surroundings.hpp"
#include "fibo/farm/key_source.hpp"
#include "fibo/farm/time_left.hpp"
#include "fibo/results/output.hpp"
#include "fibo/results/store.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace fibo {

/// A request that has been found possible, with all that it takes at hand.
struct Run {
  std::unique_ptr<KeySource> source;
  std::uint64_t room_bytes = 0;      ///< for values on rank 0 and on their way there
  std::uint64_t keys = 0;            ///< asked for, those that occur twice counted twice
  std::optional<Workload> workload;  ///< if there is to be a progress line
  std::optional<std::uint64_t> seed;
  std::unique_ptr<KeySource> ascending_source;  ///< the same keys again, if there is a store
  std::unique_ptr<Output> output;
  std::unique_ptr<Store> store;  ///< nothing if nothing is to be kept
  std::optional<Records> records;
  std::vector<std::string> command;  ///< that repeats the run; for whoever knows it to fill in
};

/// Opens all that a request names, once it has been found possible.
/// @param history  of the run, for its store; its keys are filled in here
/// @throws UsageError   if the request cannot be fulfilled; results are as they were
/// @throws OutputError  if a file turns out to be of no use
/// @throws std::runtime_error  what a store says of itself, once others were merged into it
Run prepare(const RunRequest& request, StoreRun history, const Surroundings& around);

}  // namespace fibo
