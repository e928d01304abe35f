// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

/// The little of SQLite that the store needs, with destructors and exceptions.
namespace fibo::store {

/// What SQLite refuses to do: its reason for people, and its result code.
class DatabaseError : public std::runtime_error {
 public:
  DatabaseError(const std::string& what, int code) : std::runtime_error(what), code_(code) {}

  /// A primary result code of SQLite, as in SQLITE_FULL.
  [[nodiscard]] int code() const { return code_; }

 private:
  int code_;
};

/// A value in a row is not of the kind, or not in the range, that the schema says.
class MalformedRow : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A connection to one database file. For one thread at a time.
class Database {
 public:
  enum class Access : std::uint8_t { create, write, read };

  /// Opens the file; nothing of it is read yet.
  /// @throws DatabaseError
  Database(const std::filesystem::path& file, Access access);

  /// The bytes of a database file, as one in memory, to be read alone. Copies them.
  explicit Database(std::span<const std::byte> image);

  /// @throws DatabaseError
  void execute(const std::string& sql);

  [[nodiscard]] sqlite3* handle() const { return handle_.get(); }

  /// The last error, as an exception.
  [[nodiscard]] DatabaseError error() const;

 private:
  struct Close {
    void operator()(sqlite3* handle) const;
  };
  std::unique_ptr<sqlite3, Close> handle_;
};

/// Rolls back when it goes, unless it was committed.
class Transaction {
 public:
  explicit Transaction(Database& database);
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();

  void commit();

 private:
  Database& database_;
  bool open_ = true;
};

/// While it lives, what the database does ends with SQLITE_INTERRUPT once `stop` says so, which is
/// asked every now and then.
class StoppableWork {
 public:
  /// @param stop  outlives this; empty for never
  StoppableWork(Database& database, const std::function<bool()>& stop);
  StoppableWork(const StoppableWork&) = delete;
  StoppableWork& operator=(const StoppableWork&) = delete;
  ~StoppableWork();

 private:
  Database& database_;
};

/// The largest integer of SQLite.
constexpr auto largest_integer =
    static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());

/// A prepared statement. Numbers of 64 bits without sign are integers of SQLite below 2^63, and
/// texts of 20 digits from there on, which SQLite orders after all integers: the order is that of
/// the numbers. Such texts are for columns without a type; INTEGER would make them inexact.
class Statement {
 public:
  /// @param database  outlives the statement
  /// @throws DatabaseError
  Statement(Database& database, std::string_view sql);

  /// The rows of one execution; the statement is reset when it goes.
  class Rows {
   public:
    explicit Rows(Statement& statement) : statement_(statement) {}
    Rows(const Rows&) = delete;
    Rows& operator=(const Rows&) = delete;
    ~Rows();

    /// Goes to the next row, first the first; false after the last.
    /// @throws DatabaseError
    bool next();

    [[nodiscard]] bool is_null(int column) const;
    /// @throws MalformedRow  if the column holds anything else
    [[nodiscard]] std::uint64_t number(int column) const;
    /// Bytes stay valid until next(). @throws MalformedRow
    [[nodiscard]] std::string_view text(int column) const;
    /// Bytes stay valid until next(). @throws MalformedRow
    [[nodiscard]] std::string_view blob(int column) const;

   private:
    Statement& statement_;
  };

  /// Binds the arguments to ?1, ?2, ... and gives the rows. Texts and blobs must outlive the rows.
  template <class... Arguments>
  [[nodiscard]] Rows query(const Arguments&... arguments) {
    int index = 0;
    (bind(++index, arguments), ...);
    return Rows(*this);
  }

  /// The same where no row is expected.
  template <class... Arguments>
  void execute(const Arguments&... arguments) {
    query(arguments...).next();
  }

  struct Null {};
  struct Blob {
    std::string_view bytes;
  };

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* handle) const;
  };

  void bind(int index, std::uint64_t number);
  void bind(int index, double number);
  void bind(int index, std::string_view text);
  void bind(int index, const std::string& text) { bind(index, std::string_view(text)); }
  void bind(int index, Blob blob);
  void bind(int index, Null);
  void check(int code) const;

  Database& database_;
  std::unique_ptr<sqlite3_stmt, Finalize> handle_;
};

/// Looks at how the pages of a database hang together, all of them, not at what its rows say.
/// @param schema  "main", or the name under which the database is attached
/// @throws DatabaseError  of SQLITE_CORRUPT if they do not
void check_structure(Database& database, std::string_view schema);

/// The first column of the first row as a number.
/// @throws DatabaseError, MalformedRow
std::uint64_t query_number(Database& database, std::string_view sql);

}  // namespace fibo::store
