// SPDX-License-Identifier: MIT
#pragma once

#include "store_database.hpp"

#include <stdexcept>

namespace fibo::store {

/// The file is no store, or one that this program cannot use. what() says why.
class UnknownSchema : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Nothing has been written to the file yet, neither a table nor the mark of another program.
/// @throws DatabaseError
bool is_empty(Database& database);

/// Makes the tables and views of a store in an empty database, all or none.
/// @throws DatabaseError
void create_schema(Database& database);

/// @throws UnknownSchema, DatabaseError, MalformedRow
void check_schema(Database& database);

}  // namespace fibo::store
