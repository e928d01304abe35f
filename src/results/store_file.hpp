// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/results/store.hpp"

#include "store_database.hpp"
#include "store_lock.hpp"

#include <filesystem>

namespace fibo::store {

/// @throws UnknownSchema  if the file is there and no database of SQLite
void refuse_other_files(const std::filesystem::path& file);

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
