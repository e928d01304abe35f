// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/results/store.hpp"

#include "store_database.hpp"
#include "store_lock.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>

namespace fibo::store {

/// Whether a store is to have its lock. A folder that is read alone takes no lock file, and no run
/// writes to its stores.
enum class Locking : std::uint8_t { always, where_possible };

/// An open store: its lock and its database, whose schema has been checked. A run that died may
/// have left a journal, which is rolled back where `access` allows it, so a store that is only read
/// is better opened for writing too: SQLite reads alone where it cannot write.
struct StoreFile {
  /// @param who  holds the lock
  /// @throws StoreError, and what explain_errors() turns into one
  StoreFile(const std::filesystem::path& file, Database::Access access, const StoreRun& who,
            Locking locking = Locking::always);

  std::filesystem::path path;     ///< without symbolic links
  std::unique_ptr<RunLock> lock;  ///< nothing if it was not possible
  Database database;
};

}  // namespace fibo::store
