// SPDX-License-Identifier: MIT
#include "store_errors.hpp"

#include "fibo/results/real_name.hpp"

#include "store_lock.hpp"
#include "store_schema.hpp"

#include <cstdint>
#include <string_view>
#include <system_error>

#include <fmt/format.h>
#include <sqlite3.h>

namespace fibo::store {
namespace {

StoreError say(const std::filesystem::path& file, std::string_view reason,
               std::string_view advice) {
  return StoreError(fmt::format("{}: {}; {}", file.string(), reason, advice));
}

constexpr std::string_view repair =
    "--verify-store says which values are wrong, --repair-store removes them to be computed again";

[[noreturn]] void explain(const std::filesystem::path& file, const DatabaseError& error) {
  switch (error.code()) {
    case SQLITE_NOTADB:
      throw say(file, "it is not a store of fibo_mpi", "give another file");
    case SQLITE_CORRUPT:
      throw DamagedStore(say(file, fmt::format("the store is damaged ({})", error.what()),
                             "put it aside and take a copy of it, or begin a new one")
                             .what());
    case SQLITE_FULL:
      throw say(file, fmt::format("the disk is full ({})", error.what()),
                "what was kept before is there: make room, then run the same command again");
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
      throw say(file, fmt::format("the store cannot be opened for writing ({})", error.what()),
                "give a file that can be written, in a folder that can be");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      throw say(file, "another program has been reading or writing the store for too long",
                "what was kept before is there: end that program, then run the same command again");
    case SQLITE_CONSTRAINT:
      throw say(
          file,
          fmt::format("a value is there already, of a run later than this one ({})", error.what()),
          "take what is there over into a new store: --store NEW --merge-store " + file.string());
    case SQLITE_IOERR:
      throw say(file, fmt::format("the store cannot be read or written ({})", error.what()),
                "what was kept before is there: see to the disk, then run the same command again");
    default:
      throw say(file, fmt::format("the store cannot be used ({})", error.what()),
                "what was kept before is there");
  }
}

}  // namespace

void rethrow_as_store_error(const std::filesystem::path& file) {
  try {
    throw;
  } catch (const DatabaseError& error) {
    explain(file, error);
  } catch (const WrongValue& error) {
    throw DamagedValue(
        say(file, fmt::format("the store is damaged ({})", error.what()), repair).what());
  } catch (const MalformedRow& error) {
    throw say(file, fmt::format("the store is damaged ({})", error.what()), repair);
  } catch (const UnknownSchema& error) {
    throw say(file, error.what(), "give another file");
  } catch (const LockHeld& error) {
    throw say(file, fmt::format("the store is in use by {}", error.what()),
              "wait until that has ended, or give another store");
  } catch (const std::system_error& error) {
    throw say(file, fmt::format("the store cannot be opened for writing ({})", error.what()),
              "give a file that can be written, in a folder that can be");
  }
}

std::filesystem::path real_path(const std::filesystem::path& file) {
  std::error_code error;
  const auto status = std::filesystem::status(file, error);
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status))
    throw say(file, "it is not a file", "give a file");
  // The lock of a run and the journal of a commit go by the file's name.
  const std::uintmax_t names = std::filesystem::hard_link_count(file, error);
  if (!error && names > 1)
    throw say(file, "it has another name (a hard link), under which its lock would not be seen",
              "remove one of them, or give a copy");
  return real_name(file);
}

void refuse_missing(const std::filesystem::path& file) {
  std::error_code error;
  if (std::filesystem::status(file, error).type() == std::filesystem::file_type::not_found)
    throw say(file, "there is no such store", "give another file");
}

}  // namespace fibo::store
