// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/results/store.hpp"

#include "store_database.hpp"
#include "store_lock.hpp"

#include <filesystem>

namespace fibo::store {

/// The database of a store, whose schema has been checked. A run that died may have left a journal,
/// which is rolled back where `access` allows it, so a store that is only read is better opened for
/// writing too: SQLite reads alone where it cannot write.
/// @param file  without symbolic links
/// @throws UnknownSchema  if the file is there and no store; what explain_errors() turns into one
Database open_database(const std::filesystem::path& file, Database::Access access);

/// Whether a store can have a lock file. A folder that is read alone takes none, and no run writes
/// to its stores.
/// @param file  without symbolic links
bool can_be_locked(const std::filesystem::path& file);

/// An open store: its lock and its database, whose schema has been checked.
struct StoreFile {
  /// @param who  holds the lock
  /// @throws StoreError, and what explain_errors() turns into one
  StoreFile(const std::filesystem::path& file, Database::Access access, const StoreRun& who);

  std::filesystem::path path;  ///< without symbolic links
  RunLock lock;
  Database database;
};

}  // namespace fibo::store
