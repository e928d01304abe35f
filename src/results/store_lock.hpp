// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <stdexcept>
#include <string>

namespace fibo::store {

/// Another run holds the lock. what() says which, as it wrote it there.
class LockHeld : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The right of one run to write to a store: a lock of the operating system on a file beside it,
/// `STORE.lock`, in which the holder says who it is. The lock goes with the process, however that
/// ends; a lock file without a lock means nothing to a run, and tells a batch script that one was
/// killed. The lock is one of fcntl (of the open file, not
/// of the process), which NFS passes on to its server: there it holds between hosts too, and goes
/// at the latest when the server gives up a client that has died (after 90 s by default).
class RunLock {
 public:
  /// @param store   the database's own path, without symbolic links
  /// @param holder  who takes the lock, in one line
  /// @throws LockHeld           if another run holds it
  /// @throws std::system_error  if there can be no lock file
  RunLock(const std::filesystem::path& store, const std::string& holder);
  RunLock(const RunLock&) = delete;
  RunLock& operator=(const RunLock&) = delete;
  ~RunLock();

 private:
  /// Whether the lock was taken on the file that bears the name, not on one just removed.
  bool try_lock();
  void release();

  std::filesystem::path file_;
  int descriptor_ = -1;
};

}  // namespace fibo::store
