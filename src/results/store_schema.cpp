// SPDX-License-Identifier: MIT
#include "store_schema.hpp"

#include <array>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace fibo::store {
namespace {

// "fibo" in ASCII, by which `file` and this program know a store.
constexpr std::uint64_t application_id = 0x6669626f;
constexpr std::uint64_t schema_version = 1;

struct Object {
  std::string_view name;
  std::string_view sql;
};

// As SQLite keeps and shows it (.schema), so written for people.
constexpr std::array<Object, 8> objects{{
    {"run_records",
     R"(CREATE TABLE run_records (
  id INTEGER PRIMARY KEY,
  started REAL NOT NULL,       -- seconds since 1970
  ended REAL,                  -- NULL while it runs, and for ever if it was killed
  host TEXT NOT NULL,
  process INTEGER NOT NULL,
  command TEXT NOT NULL,
  version TEXT NOT NULL,
  build TEXT NOT NULL,         -- the commit of the program
  ranks INTEGER NOT NULL,
  keys INTEGER NOT NULL,       -- asked for
  kept INTEGER NOT NULL,       -- computed, checked and kept by this run
  reused INTEGER NOT NULL,     -- written from what earlier runs kept
  outcome TEXT                 -- 'complete', or why not
))"},
    {"full_values",
     R"(CREATE TABLE full_values (
  n INTEGER PRIMARY KEY,
  digits INTEGER NOT NULL,     -- how many
  run INTEGER NOT NULL,        -- that computed it
  packed BLOB                  -- two digits a byte, as hex() shows them; NULL: see value_parts
))"},
    {"value_parts",
     R"(CREATE TABLE value_parts (
  n INTEGER NOT NULL,
  part INTEGER NOT NULL,       -- 0, 1, ... from the first digits to the last
  packed BLOB NOT NULL,
  PRIMARY KEY (n, part)
))"},
    {"ends",
     R"(CREATE TABLE ends (
  k INTEGER NOT NULL,          -- as in --digits k
  n NOT NULL,                  -- from 2^63 on, a text of 20 digits
  digits INTEGER NOT NULL,     -- of F(n)
  leading TEXT NOT NULL,       -- the first k, or all of them
  trailing TEXT NOT NULL,      -- the last k, or none
  run INTEGER NOT NULL,
  checksum NOT NULL,
  PRIMARY KEY (k, n)
) WITHOUT ROWID)"},
    {"residues",
     R"(CREATE TABLE residues (
  m NOT NULL,                  -- as in --mod m; from 2^63 on, a text of 20 digits, like n and residue
  n NOT NULL,
  residue NOT NULL,
  run INTEGER NOT NULL,
  checksum NOT NULL,
  PRIMARY KEY (m, n)
) WITHOUT ROWID)"},
    // The inner limit keeps the text below the longest that SQLite makes.
    {"fibonacci",
     R"(CREATE VIEW fibonacci AS
SELECT n, digits,
  CASE WHEN packed IS NOT NULL THEN substr(hex(packed), 1 + digits % 2)
  WHEN digits < 999999999 THEN (
    SELECT substr(group_concat(hex(packed), ''), 1 + digits % 2)
    FROM (SELECT packed FROM value_parts WHERE value_parts.n = full_values.n ORDER BY part))
  END AS value
FROM full_values)"},
    {"runs",
     R"(CREATE VIEW runs AS
SELECT id, datetime(started, 'unixepoch') AS started_utc, round(ended - started, 3) AS seconds,
  host, ranks, command, version, build, keys, kept, reused,
  coalesce(outcome, 'running, or killed') AS outcome
FROM run_records)"},
    {"kept",
     R"(CREATE VIEW kept AS
SELECT 'full' AS what, count(*) AS keys, min(n) AS first, max(n) AS last FROM full_values
UNION ALL
SELECT '--digits ' || k, count(*), min(n), max(n) FROM ends GROUP BY k
UNION ALL
SELECT '--mod ' || m, count(*), min(n), max(n) FROM residues GROUP BY m)"},
}};

}  // namespace

bool is_empty(Database& database) {
  return query_number(database, "SELECT count(*) FROM sqlite_schema") == 0 &&
         query_number(database, "PRAGMA application_id") == 0 &&
         query_number(database, "PRAGMA user_version") == 0;
}

void create_schema(Database& database) {
  Transaction transaction(database);
  // Another run may have been quicker.
  if (!is_empty(database)) return;
  for (const Object& object : objects) database.execute(std::string(object.sql));
  database.execute(fmt::format("PRAGMA application_id = {}", application_id));
  database.execute(fmt::format("PRAGMA user_version = {}", schema_version));
  transaction.commit();
}

void check_schema(Database& database) {
  if (query_number(database, "PRAGMA application_id") != application_id)
    throw UnknownSchema("it is not a store of fibo_mpi");
  const std::uint64_t version = query_number(database, "PRAGMA user_version");
  if (version > schema_version)
    throw UnknownSchema(fmt::format(
        "it is a store of a newer fibo_mpi (version {} of the store; this program knows {})",
        version, schema_version));
  Statement sql_of(database, "SELECT sql FROM sqlite_schema WHERE name = ?1");
  for (const Object& object : objects) {
    auto rows = sql_of.query(object.name);
    if (!rows.next() || rows.text(0) != object.sql)
      throw UnknownSchema(fmt::format("its '{}' is not that of a store", object.name));
  }
}

}  // namespace fibo::store
