// SPDX-License-Identifier: MIT
#include "store_database.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <system_error>

#include <fmt/format.h>
#include <sqlite3.h>

namespace fibo::store {
namespace {

constexpr std::size_t long_number_digits = 20;

// SQLITE_STATIC: the bytes outlive the execution.
constexpr sqlite3_destructor_type kept_by_caller = nullptr;

int flags_of(Database::Access access) {
  // No mutexes of its own: a connection is used by one thread at a time.
  constexpr int common = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  switch (access) {
    case Database::Access::create:
      return common | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    case Database::Access::write:
      return common | SQLITE_OPEN_READWRITE;
    case Database::Access::read:
      break;
  }
  return common | SQLITE_OPEN_READONLY;
}

// What a file from elsewhere holds beside the tables is never run: no triggers, no functions in
// views that reach out, no rewriting of the schema's own tables.
void distrust(sqlite3* handle) {
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
}

}  // namespace

void Database::Close::operator()(sqlite3* handle) const {
  sqlite3_close_v2(handle);
}

Database::Database(const std::filesystem::path& file, Access access) {
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(file.c_str(), &handle, flags_of(access), nullptr);
  handle_.reset(handle);
  if (code != SQLITE_OK)
    throw handle == nullptr ? DatabaseError(sqlite3_errstr(code), code & 0xff) : error();
  distrust(handle);
}

Database::Database(std::span<const std::byte> image) {
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(":memory:", &handle, flags_of(Access::write), nullptr);
  handle_.reset(handle);
  if (code != SQLITE_OK) throw DatabaseError(sqlite3_errstr(code), code & 0xff);
  distrust(handle);
  auto* const copy = static_cast<unsigned char*>(sqlite3_malloc64(image.size() + 1));
  if (copy == nullptr) throw std::bad_alloc();
  std::memcpy(copy, image.data(), image.size());
  const auto size = static_cast<sqlite3_int64>(image.size());
  if (sqlite3_deserialize(handle, "main", copy, size, size,
                          SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_READONLY) !=
      SQLITE_OK)
    throw error();
}

DatabaseError Database::error() const {
  const int code = sqlite3_errcode(handle()) & 0xff;
  std::string what = sqlite3_errmsg(handle());
  // SQLite keeps the system's own error only where it opens or commits; calls that succeed
  // afterwards leave errno alone.
  const int kept_errno = sqlite3_system_errno(handle());
  const int error_number = kept_errno != 0 ? kept_errno : errno;
  if ((code == SQLITE_IOERR || code == SQLITE_CANTOPEN) && error_number != 0)
    what += ": " + std::generic_category().message(error_number);
  return {what, code};
}

void Database::execute(const std::string& sql) {
  errno = 0;
  if (sqlite3_exec(handle(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) throw error();
}

Transaction::Transaction(Database& database) : database_(database) {
  database_.execute("BEGIN IMMEDIATE");
}

Transaction::~Transaction() {
  // After some errors SQLite has rolled back by itself, and this one is refused: no matter.
  if (open_) sqlite3_exec(database_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
}

void Transaction::commit() {
  database_.execute("COMMIT");
  open_ = false;
}

StoppableWork::StoppableWork(Database& database, const std::function<bool()>& stop)
    : database_(database) {
  // Steps of SQLite's machine: a few dozen for a row, which takes long where its value is.
  constexpr int steps = 1000;
  const auto ask = [](void* asked) {
    return (*static_cast<const std::function<bool()>*>(asked))() ? 1 : 0;
  };
  // SQLite's interface has no const; this only calls what it is given.
  if (stop)
    sqlite3_progress_handler(database_.handle(), steps, ask,
                             const_cast<std::function<bool()>*>(&stop));
}

StoppableWork::~StoppableWork() {
  sqlite3_progress_handler(database_.handle(), 0, nullptr, nullptr);
}

void Statement::Finalize::operator()(sqlite3_stmt* handle) const {
  sqlite3_finalize(handle);
}

Statement::Statement(Database& database, std::string_view sql) : database_(database) {
  sqlite3_stmt* handle = nullptr;
  const int code = sqlite3_prepare_v3(database.handle(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &handle, nullptr);
  handle_.reset(handle);
  check(code);
}

void Statement::check(int code) const {
  if (code != SQLITE_OK) throw database_.error();
}

void Statement::bind(int index, std::uint64_t number) {
  if (number <= largest_integer) {
    check(sqlite3_bind_int64(handle_.get(), index, static_cast<sqlite3_int64>(number)));
    return;
  }
  std::array<char, long_number_digits> text{};
  fmt::format_to(text.data(), "{:020}", number);
  check(sqlite3_bind_text(handle_.get(), index, text.data(), static_cast<int>(text.size()),
                          SQLITE_TRANSIENT));  // NOLINT(performance-no-int-to-ptr)
}

void Statement::bind(int index, double number) {
  check(sqlite3_bind_double(handle_.get(), index, number));
}

void Statement::bind(int index, std::string_view text) {
  // A null pointer would be NULL, not an empty text.
  const char* const bytes = text.empty() ? "" : text.data();
  check(sqlite3_bind_text64(handle_.get(), index, bytes, text.size(), kept_by_caller, SQLITE_UTF8));
}

void Statement::bind(int index, Blob blob) {
  const char* const bytes = blob.bytes.empty() ? "" : blob.bytes.data();
  check(sqlite3_bind_blob64(handle_.get(), index, bytes, blob.bytes.size(), kept_by_caller));
}

void Statement::bind(int index, Null /*null*/) {
  check(sqlite3_bind_null(handle_.get(), index));
}

Statement::Rows::~Rows() {
  // Its error is that of the last next(), which has been thrown.
  sqlite3_reset(statement_.handle_.get());
}

bool Statement::Rows::next() {
  errno = 0;
  const int code = sqlite3_step(statement_.handle_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  throw statement_.database_.error();
}

bool Statement::Rows::is_null(int column) const {
  return sqlite3_column_type(statement_.handle_.get(), column) == SQLITE_NULL;
}

std::uint64_t Statement::Rows::number(int column) const {
  sqlite3_stmt* const handle = statement_.handle_.get();
  if (sqlite3_column_type(handle, column) == SQLITE_INTEGER) {
    const sqlite3_int64 number = sqlite3_column_int64(handle, column);
    if (number < 0) throw MalformedRow("a number is negative");
    return static_cast<std::uint64_t>(number);
  }
  const std::string_view digits = text(column);
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (digits.size() != long_number_digits || error != std::errc{} ||
      end != digits.data() + digits.size() || number <= largest_integer)
    throw MalformedRow("a number is not one");
  return number;
}

std::string_view Statement::Rows::text(int column) const {
  sqlite3_stmt* const handle = statement_.handle_.get();
  if (sqlite3_column_type(handle, column) != SQLITE_TEXT) throw MalformedRow("a text is not one");
  // Bytes of characters, as the interface of C gives them.
  const auto* const bytes = reinterpret_cast<const char*>(sqlite3_column_text(handle, column));
  if (bytes == nullptr) throw std::bad_alloc();
  return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(handle, column))};
}

std::string_view Statement::Rows::blob(int column) const {
  sqlite3_stmt* const handle = statement_.handle_.get();
  if (sqlite3_column_type(handle, column) != SQLITE_BLOB) throw MalformedRow("a blob is not one");
  const auto* const bytes = static_cast<const char*>(sqlite3_column_blob(handle, column));
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(handle, column));
  if (bytes == nullptr && size != 0) throw std::bad_alloc();
  return {bytes, size};
}

void check_structure(Database& database, std::string_view schema) {
  Statement quick_check(database, fmt::format("PRAGMA {}.quick_check(1)", schema));
  auto rows = quick_check.query();
  if (!rows.next() || rows.text(0) == "ok") return;
  std::string what(rows.text(0));
  std::ranges::replace(what, '\n', ' ');
  throw DatabaseError(what, SQLITE_CORRUPT);
}

std::uint64_t query_number(Database& database, std::string_view sql) {
  Statement statement(database, sql);
  auto rows = statement.query();
  if (!rows.next()) throw MalformedRow("a row is missing");
  return rows.number(0);
}

}  // namespace fibo::store
