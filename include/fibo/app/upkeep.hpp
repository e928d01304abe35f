// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/app/exit_code.hpp"
#include "fibo/app/options.hpp"
#include "fibo/app/voice.hpp"
#include "fibo/results/store.hpp"

#include <iosfwd>
#include <string>
#include <vector>

namespace fibo {

/// Takes over into the store what it lacks of the others, and says how much, a line each.
/// @throws UsageError  with what a store says of itself
void merge_stores(const std::string& into, const std::vector<std::string>& from,
                  const StoreRun& who, bool quiet, std::ostream& err);

/// Does what is asked of a store where nothing is to be computed. Wrong values are named on `err`;
/// what was found is said on stdout.
/// @throws UsageError, OutputError
ExitCode tend_store(const StoreRequest& request, const StoreRun& who, std::ostream& err,
                    const Voice& voice);

}  // namespace fibo
