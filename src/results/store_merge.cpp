// SPDX-License-Identifier: MIT
#include "fibo/results/store_upkeep.hpp"

#include "store_errors.hpp"
#include "store_file.hpp"

#include <array>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <sqlite3.h>

namespace fibo {
namespace {

using store::Database;
using store::Statement;

struct TableMerge {
  std::string_view name;
  std::string_view key;      ///< its columns
  std::string_view content;  ///< the condition under which two rows of one key differ
  std::string_view columns;  ///< all but the run
  bool counts;               ///< a row is a value
  bool has_run;
};

constexpr std::array<TableMerge, 4> tables{{
    {"full_values", "n", "a.digits IS NOT b.digits OR a.packed IS NOT b.packed",
     "n, digits, packed", true, true},
    {"value_parts", "n, part", "a.packed IS NOT b.packed", "n, part, packed", false, false},
    {"ends", "k, n",
     "a.digits IS NOT b.digits OR a.leading IS NOT b.leading OR a.trailing IS NOT b.trailing",
     "k, n, digits, leading, trailing, checksum", true, true},
    {"residues", "m, n", "a.residue IS NOT b.residue", "m, n, residue, checksum", true, true},
}};

void refuse_conflicts(Database& database, const std::filesystem::path& into,
                      const std::filesystem::path& from) {
  for (const TableMerge& table : tables) {
    Statement conflict(database, fmt::format("SELECT a.n FROM main.{0} a JOIN source.{0} b USING "
                                             "({1}) WHERE {2} LIMIT 1",
                                             table.name, table.key, table.content));
    if (auto rows = conflict.query(); rows.next())
      throw StoreError(
          fmt::format("{}: its value of key {} ({}) is not that of {}; nothing of it was taken "
                      "over: --verify-store "
                      "says which is wrong",
                      from.string(), rows.number(0), table.name, into.string()));
  }
}

// Which run of the one store is which of the other; new ones get new numbers.
void take_history(Database& database) {
  constexpr std::string_view columns =
      "started, ended, host, process, command, version, build, ranks, keys, kept, reused, outcome";
  database.execute(fmt::format(
      "INSERT INTO main.run_records ({0}) SELECT {0} FROM source.run_records s WHERE NOT EXISTS ("
      "SELECT 1 FROM main.run_records m WHERE m.started = s.started AND m.host = s.host AND "
      "m.process = s.process) ORDER BY s.id",
      columns));
  database.execute(
      "CREATE TEMP TABLE run_map AS SELECT s.id AS source_id, max(m.id) AS id FROM "
      "source.run_records s JOIN main.run_records m ON m.started = s.started AND m.host = s.host "
      "AND m.process = s.process GROUP BY s.id");
}

StoreMerge take_values(Database& database) {
  StoreMerge merge;
  for (const TableMerge& table : tables) {
    const std::string_view run =
        table.has_run ? ", run) SELECT {1}, coalesce((SELECT id FROM run_map WHERE source_id = "
                        "source.{0}.run), 0) FROM source.{0} ORDER BY {2}"
                      : ") SELECT {1} FROM source.{0} ORDER BY {2}";
    database.execute(
        fmt::format(fmt::runtime(fmt::format("INSERT OR IGNORE INTO main.{{0}} ({{1}}{}", run)),
                    table.name, table.columns, table.key));
    if (!table.counts) continue;
    merge.taken += static_cast<std::uint64_t>(sqlite3_changes64(database.handle()));
    merge.values +=
        store::query_number(database, fmt::format("SELECT count(*) FROM source.{}", table.name));
  }
  return merge;
}

// SQLite does not say which of two files it has trouble with. To find out takes reading all of one.
void blame_source_if_damaged(Database& database, const std::filesystem::path& from) {
  store::explain_errors(from, [&] { store::check_structure(database, "source"); });
}

StoreMerge merge_attached(Database& database, const std::filesystem::path& into,
                          const std::filesystem::path& from, const StopUpkeep& stop) {
  try {
    store::Transaction transaction(database);
    const store::StoppableWork stoppable(database, stop);
    refuse_conflicts(database, into, from);
    take_history(database);
    const StoreMerge merge = take_values(database);
    transaction.commit();
    return merge;
  } catch (const store::DatabaseError& error) {
    if (error.code() == SQLITE_INTERRUPT) return {.stopped = true};
    // What cannot be written is never the source.
    if (error.code() != SQLITE_FULL) blame_source_if_damaged(database, from);
    throw;
  } catch (const store::MalformedRow&) {
    blame_source_if_damaged(database, from);
    throw;
  }
}

// The store that is taken over. As long as it is open no run writes to it.
store::StoreFile open_source(const std::filesystem::path& into, const std::filesystem::path& from,
                             const StoreRun& who) {
  store::refuse_missing(from);
  return store::explain_errors(from, [&] {
    if (store::real_path(from) == store::real_path(into))
      throw StoreError(
          fmt::format("{}: it is the store that takes over; give another", from.string()));
    return store::StoreFile(from, Database::Access::write, who, store::Locking::where_possible);
  });
}

}  // namespace

void check_merge(const std::filesystem::path& into, const std::filesystem::path& from,
                 const StoreRun& who) {
  open_source(into, from, who);
}

StoreMerge merge_store(const std::filesystem::path& into, const std::filesystem::path& from,
                       const StoreRun& who, const StopUpkeep& stop) {
  const store::StoreFile source = open_source(into, from, who);
  return store::explain_errors(into, [&] {
    store::StoreFile open(into, Database::Access::create, who);
    Database& database = open.database;
    Statement(database, "ATTACH ?1 AS source").execute(source.path.string());
    return merge_attached(database, into, from, stop);
  });
}

}  // namespace fibo
