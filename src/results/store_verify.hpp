// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/fibonacci/residue_check.hpp"
#include "fibo/results/store_upkeep.hpp"

#include "store_database.hpp"
#include "store_tables.hpp"

#include <cstdint>

namespace fibo::store {

/// Whether values are right, found out in another way than they were computed. Immutable.
class ValueCheck {
 public:
  /// @param seed  draws the prime for values in full
  explicit ValueCheck(std::uint64_t seed);

  /// `value` is of the kind that answers `quantity`.
  [[nodiscard]] bool passes(const Quantity& quantity, Key key, const Value& value) const;

 private:
  ResidueCheck residue_check_;
};

/// Reads and checks every value of a store whose schema has been checked.
/// @param remove  wrong ones are removed
/// @throws DatabaseError, MalformedRow
/// @param stop    asked before each value
StoreVerdict check_values(Database& database, const ValueCheck& check, bool remove,
                          const WrongValueSink& wrong, const StopUpkeep& stop = {});

}  // namespace fibo::store
