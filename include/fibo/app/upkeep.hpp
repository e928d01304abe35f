// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/app/exit_code.hpp"
#include "fibo/app/options.hpp"
#include "fibo/app/surroundings.hpp"
#include "fibo/app/voice.hpp"
#include "fibo/results/store.hpp"

#include <stdexcept>
#include <string>
#include <vector>

namespace fibo {

/// A signal has ended the work on a store. what() says so, and what is done.
class UpkeepInterrupted : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Refuses what was asked of stores. Exit status 2 says that nothing was written: not where a store
/// has been changed already.
/// @throws UsageError          if nothing was changed
/// @throws std::runtime_error  if something was
[[noreturn]] void refuse_store(const std::string& why, bool changed);

/// Takes over into the store what it lacks of the others, and says how much, a line each.
/// @throws UsageError          with what a store says of itself, if nothing was taken over
/// @throws std::runtime_error  the same once something was
/// @throws UpkeepInterrupted
void merge_stores(const std::string& into, const std::vector<std::string>& from,
                  const StoreRun& who, bool quiet, const Surroundings& around);

/// Does what is asked of a store where nothing is to be computed. Wrong values are named on stderr;
/// what was found is said on stdout.
/// @throws UsageError, OutputError, UpkeepInterrupted
ExitCode tend_store(const StoreRequest& request, const StoreRun& who, const Surroundings& around,
                    const Voice& voice);

}  // namespace fibo
