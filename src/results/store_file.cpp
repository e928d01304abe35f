// SPDX-License-Identifier: MIT
#include "store_file.hpp"

#include "store_errors.hpp"
#include "store_schema.hpp"

#include <ctime>
#include <fstream>
#include <string>
#include <string_view>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

// Settings, and why. A rollback journal rather than a write-ahead log: the log needs memory shared
// by all users of the file, which network file systems do not have, and everything in it is written
// twice, while pages that are appended, as values are, need no journal and are written once.
// synchronous=EXTRA: when a commit returns the values have survived a loss of power; EXTRA costs
// one sync of the folder more than FULL, twice a second. Pages of 32 KiB and a cache of 2 MiB:
// pages of long values are written once and not looked at again, and a larger cache takes new
// memory for them, page fault by page fault. Processor time for a value of 104 500 bytes, in
// batches of 50, on a virtual machine (AMD EPYC, SQLite 3.40): 0.14 ms; 0.18 ms with pages of 16
// KiB and about 1 ms with a cache of 32 MiB; write() alone takes 0.06 ms.
namespace fibo::store {
namespace {

// Who reads or writes a store that is being opened, checked or merged is waited for so long. A run
// that has begun waits on its own (Store).
constexpr int patience_ms = 60'000;

std::string holder_of(const StoreRun& run) {
  return fmt::format("{}, process {}, since {:%Y-%m-%d %H:%M:%S} UTC: {}", run.host, ::getpid(),
                     fmt::gmtime(std::time(nullptr)), run.command);
}

// A file that is made here and turns out to be of no use is removed again.
class NewFile {
 public:
  explicit NewFile(const std::filesystem::path& file)
      : file_(file), is_new_(!std::filesystem::exists(file)) {}
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;
  ~NewFile() {
    if (is_new_) ::unlink(file_.c_str());
  }
  void keep() { is_new_ = false; }

 private:
  std::filesystem::path file_;
  bool is_new_;
};

bool takes_files(const std::filesystem::path& folder) {
  return ::access(folder.c_str(), W_OK) == 0;
}

// SQLite takes a file of one byte for an empty one, and would write to it.
void refuse_other_files(const std::filesystem::path& file) {
  constexpr std::string_view magic("SQLite format 3\0", 16);
  std::ifstream in(file, std::ios::binary);
  std::string begin(magic.size(), ' ');
  if (!in.read(begin.data(), static_cast<std::streamsize>(begin.size())) && in.gcount() == 0)
    return;
  if (begin != magic) throw UnknownSchema("it is not a store of fibo_mpi");
}

Database open_database(const std::filesystem::path& file, Database::Access access) {
  refuse_other_files(file);
  NewFile made(file);
  Database database(file, access);
  sqlite3_busy_timeout(database.handle(), patience_ms);
  database.execute("PRAGMA page_size = 32768");
  database.execute("PRAGMA cache_size = -2048");
  database.execute("PRAGMA cell_size_check = ON");
  if (access == Database::Access::create && is_empty(database)) create_schema(database);
  check_schema(database);
  database.execute("PRAGMA journal_mode = DELETE");
  database.execute("PRAGMA synchronous = EXTRA");
  made.keep();
  return database;
}

}  // namespace

StoreFile::StoreFile(const std::filesystem::path& file, Database::Access access,
                     const StoreRun& who, Locking locking)
    : path(real_path(file)),
      lock(locking == Locking::always || takes_files(path.parent_path())
               ? std::make_unique<RunLock>(path, holder_of(who))
               : nullptr),
      database(open_database(path, access)) {}

}  // namespace fibo::store
