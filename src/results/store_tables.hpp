// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/farm/key.hpp"
#include "fibo/fibonacci/quantity.hpp"

#include "store_database.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace fibo::store {

/// Which run a row is of: rows of run_records.id.
using RunId = std::uint64_t;

enum class Direction : std::uint8_t { up, down };

/// The rows of a store that answer one quantity. A full value goes in packed (pack_digits()), so
/// that what waits to be written is half as long, and comes out as its digits.
class Table {
 public:
  Table() = default;
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;
  virtual ~Table() = default;

  /// Precondition: the key is not there.
  /// @throws DatabaseError
  virtual void put(Key key, const Value& packed, std::uint64_t digits, RunId run) = 0;

  /// The value of a key; nothing if the key is not there.
  /// @throws MalformedRow  if the row cannot be a value of this key; DatabaseError
  virtual std::optional<Value> get(Key key) = 0;

  /// Removes a key; nothing happens if it is not there.
  virtual void remove(Key key) = 0;

  /// Up to `limit` keys of runs before `run` from `from` on, upwards or downwards.
  /// @throws MalformedRow, DatabaseError
  virtual std::vector<Key> keys(Key from, Direction direction, RunId before_run,
                                std::size_t limit) = 0;
};

/// @param part_bytes  a value is kept in parts of at most this many bytes of packed digits
/// @throws DatabaseError
std::unique_ptr<Table> open_table(Database& database, const Quantity& quantity,
                                  std::size_t part_bytes);

/// The quantities that there are rows of.
/// @throws MalformedRow, DatabaseError
std::vector<Quantity> kept_quantities(Database& database);

}  // namespace fibo::store
