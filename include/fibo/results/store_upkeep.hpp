// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/results/store.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

/// What is done to stores outside of a run. All functions throw StoreError; DamagedStore if the
/// pages of the file do not hang together.
namespace fibo {

/// Says whether to leave the work as it is; nothing says that it is never asked.
using StopUpkeep = std::function<bool()>;

struct StoreVerdict {
  std::uint64_t values = 0;  ///< that were looked at
  std::uint64_t wrong = 0;
  bool stopped = false;  ///< before all were
};

/// Tells of a wrong value: "F(100)", and what is wrong with it.
using WrongValueSink = std::function<void(const std::string& value, const std::string& why)>;

/// Checks every value in a store: those in full against F(n) modulo a random prime, ends and
/// residues by computing them in another way. Holds one value and some thousand keys at a time.
/// @param remove  wrong values are removed, so that a run computes them again
/// @param stop    asked before each value
StoreVerdict verify_store(const std::filesystem::path& file, const StoreRun& who, bool remove,
                          const WrongValueSink& wrong, const StopUpkeep& stop = {});

struct StoreMerge {
  std::uint64_t values = 0;  ///< that `from` has
  std::uint64_t taken = 0;   ///< of those, not in `into` before
  bool stopped = false;      ///< nothing was taken over
};

/// Whether merge_store() could begin: `from` is a store, another one, and no run writes to it.
void check_merge(const std::filesystem::path& into, const std::filesystem::path& from,
                 const StoreRun& who);

/// Takes over into the store `into`, which is made if it is not there, what it lacks of the store
/// `from`, with the history of the runs: all, or nothing if a value is not the same in both.
/// @param stop  asked every now and then
StoreMerge merge_store(const std::filesystem::path& into, const std::filesystem::path& from,
                       const StoreRun& who, const StopUpkeep& stop = {});

}  // namespace fibo
