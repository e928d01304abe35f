// SPDX-License-Identifier: MIT
#include "store_verify.hpp"

#include "fibo/fibonacci/ends.hpp"
#include "fibo/fibonacci/overloaded.hpp"
#include "fibo/fibonacci/random_seed.hpp"
#include "fibo/fibonacci/residue.hpp"
#include "fibo/results/store_upkeep.hpp"

#include "store_errors.hpp"
#include "store_file.hpp"

#include <algorithm>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <sqlite3.h>

namespace fibo {
namespace store {
namespace {

constexpr std::size_t keys_at_once = 4096;
constexpr auto after_all_runs = static_cast<RunId>(std::numeric_limits<std::int64_t>::max());

std::string name_of(const Quantity& quantity, Key key) {
  return std::visit(
      Overloaded{
          [&](const FullDigits&) { return fmt::format("F({})", key); },
          [&](const EndDigits& q) { return fmt::format("F({}) of --digits {}", key, q.count); },
          [&](const Residue& q) { return fmt::format("F({}) mod {}", key, q.modulus); },
      },
      quantity);
}

// With more digits the ends come by another way than few digits do: bounds that are multiplied up
// instead of a logarithm.
Ends ends_with_room(std::uint64_t n, std::uint64_t count) {
  constexpr std::uint64_t room = 40;
  Ends ends = fibonacci_ends(n, count + room);
  if (ends.trailing.empty()) {
    if (ends.leading.size() <= 2 * count) return ends;
    ends.trailing = ends.leading;
  }
  ends.leading.resize(count);
  ends.trailing.erase(0, ends.trailing.size() - count);
  return ends;
}

}  // namespace

ValueCheck::ValueCheck(std::uint64_t seed) : residue_check_(seed) {}

bool ValueCheck::passes(const Quantity& quantity, Key key, const Value& value) const {
  return std::visit(
      Overloaded{
          [&](const FullDigits&) {
            return residue_check_.passes(key, std::get<std::string>(value));
          },
          [&](const EndDigits& q) { return std::get<Ends>(value) == ends_with_room(key, q.count); },
          [&](const Residue& q) {
            return std::get<std::uint64_t>(value) == fibonacci_mod(key, q.modulus);
          },
      },
      quantity);
}

StoreVerdict check_values(Database& database, const ValueCheck& check, bool remove,
                          const WrongValueSink& wrong, const StopUpkeep& stop) {
  StoreVerdict verdict;
  for (const Quantity& quantity : kept_quantities(database)) {
    const std::unique_ptr<Table> table = open_table(database, quantity, StoreSettings{}.part_bytes);
    for (Key from = 0;;) {
      const std::vector<Key> keys = table->keys(from, Direction::up, after_all_runs, keys_at_once);
      std::vector<Key> wrong_keys;
      for (const Key key : keys) {
        if (stop && stop()) {
          verdict.stopped = true;
          break;
        }
        ++verdict.values;
        std::string why;
        try {
          const std::optional<Value> value = table->get(key);
          if (!value || !check.passes(quantity, key, *value)) why = "its value is another one";
        } catch (const MalformedRow& error) {
          why = error.what();
        }
        if (why.empty()) continue;
        wrong(name_of(quantity, key), why);
        wrong_keys.push_back(key);
      }
      verdict.wrong += wrong_keys.size();
      if (remove && !wrong_keys.empty()) {
        Transaction transaction(database);
        for (const Key key : wrong_keys) table->remove(key);
        transaction.commit();
      }
      if (verdict.stopped) return verdict;
      if (keys.size() < keys_at_once || keys.back() == std::numeric_limits<Key>::max()) break;
      from = keys.back() + 1;
    }
  }
  return verdict;
}

}  // namespace store

namespace {

// Whether all of it was looked at before `stop` said that it is to be left.
bool check_structure(store::Database& database, const StopUpkeep& stop) {
  const store::StoppableWork stoppable(database, stop);
  try {
    store::check_structure(database, "main");
    return true;
  } catch (const store::DatabaseError& error) {
    if (error.code() != SQLITE_INTERRUPT) throw;
    return false;
  }
}

StoreVerdict check_database(store::Database& database, bool remove, const WrongValueSink& wrong,
                            const StopUpkeep& stop) {
  if (!check_structure(database, stop)) return {.stopped = true};
  const store::ValueCheck check(random_seed());
  try {
    return store::check_values(database, check, remove, wrong, stop);
  } catch (const store::MalformedRow& error) {
    // Not a value but a key: its row cannot be found again, to be removed.
    throw store::DatabaseError(error.what(), SQLITE_CORRUPT);
  }
}

}  // namespace

StoreVerdict verify_store(const std::filesystem::path& file, const StoreRun& who, bool remove,
                          const WrongValueSink& wrong, const StopUpkeep& stop) {
  store::refuse_missing(file);
  return store::explain_errors(file, [&] {
    store::StoreFile open(file, store::Database::Access::write, who,
                          remove ? store::Locking::always : store::Locking::where_possible);
    return check_database(open.database, remove, wrong, stop);
  });
}

}  // namespace fibo
