// SPDX-License-Identifier: MIT
#include "fibo/results/store.hpp"

#include "fibo/fibonacci/residue.hpp"
#include "fibo/results/store_upkeep.hpp"

#include "store_database.hpp"
#include "store_tables.hpp"
#include "support/temp_folder.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <unistd.h>

namespace fibo {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

constexpr Key last_key = std::numeric_limits<Key>::max();

/// Another program that has the store open, in the midst of a transaction.
class Reader {
 public:
  explicit Reader(const std::filesystem::path& file,
                  const char* begin = "BEGIN; SELECT count(*) FROM run_records") {
    EXPECT_EQ(sqlite3_open(file.c_str(), &handle_), SQLITE_OK);
    sqlite3_busy_timeout(handle_, 10'000);
    EXPECT_EQ(sqlite3_exec(handle_, begin, nullptr, nullptr, nullptr), SQLITE_OK);
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  ~Reader() { leave(); }

  void leave() { sqlite3_close(std::exchange(handle_, nullptr)); }

 private:
  sqlite3* handle_ = nullptr;
};

class StoreTest : public testing::Test {
 protected:
  std::unique_ptr<Store> open(const Quantity& quantity = FullDigits{},
                              const StoreSettings& settings = {}) const {
    return std::make_unique<Store>(file_, quantity,
                                   StoreRun{.host = "here",
                                            .command = "fibo_mpi 1 2 3",
                                            .version = "1.2.3",
                                            .build = "abc",
                                            .ranks = 4,
                                            .keys = 5},
                                   settings);
  }

  void keep(const Quantity& quantity, const std::vector<Key>& keys,
            const StoreSettings& settings = {}) const {
    const auto store = open(quantity, settings);
    for (const Key key : keys) store->keep(key, view_of(evaluate(quantity, key)));
    store->end("complete");
  }

  [[nodiscard]] std::string error_of_opening() const {
    try {
      open();
    } catch (const StoreError& error) {
      return error.what();
    }
    return "none";
  }

  // What a person gets, who asks with SQLite's own program.
  std::string ask(const std::string& sql) const {
    sqlite3* handle = nullptr;
    EXPECT_EQ(sqlite3_open(file_.c_str(), &handle), SQLITE_OK);
    std::string answer;
    const auto collect = [](void* to, int columns, char** values, char** /*names*/) {
      auto& text = *static_cast<std::string*>(to);
      for (int i = 0; i < columns; ++i)
        text += std::string(i > 0 ? "|" : "") + (values[i] != nullptr ? values[i] : "NULL");
      text += '\n';
      return 0;
    };
    char* error = nullptr;
    EXPECT_EQ(sqlite3_exec(handle, sql.c_str(), collect, &answer, &error), SQLITE_OK)
        << (error != nullptr ? error : "");
    sqlite3_free(error);
    sqlite3_close(handle);
    return answer;
  }

  [[nodiscard]] std::string bytes() const { return folder_.read("store.db"); }

  void write_bytes(const std::string& bytes) const {
    std::ofstream(file_, std::ios::binary) << bytes;
  }

  test::TempFolder folder_;
  std::filesystem::path file_ = folder_.path() / "store.db";
};

TEST_F(StoreTest, GivesBackWhatEarlierRunsKept) {
  const std::vector<Key> keys{0, 1, 93, 94, 187, 1000, 100'000};
  for (const Quantity& quantity :
       {Quantity(FullDigits{}), Quantity(EndDigits{5}), Quantity(EndDigits{40}),
        Quantity(Residue{1}), Quantity(Residue{1'000'007})}) {
    keep(quantity, keys);
    const auto store = open(quantity);
    for (const Key key : keys) EXPECT_EQ(store->earlier_value(key), evaluate(quantity, key));
    EXPECT_EQ(store->earlier_keys_from(0, 100), keys);
  }
}

TEST_F(StoreTest, KeepsQuantitiesApart) {
  keep(EndDigits{5}, {1000});
  keep(Residue{7}, {2000});
  EXPECT_THAT(open()->earlier_keys_from(0, 9), ElementsAre());
  EXPECT_THAT(open(EndDigits{6})->earlier_keys_from(0, 9), ElementsAre());
  EXPECT_THAT(open(Residue{8})->earlier_keys_from(0, 9), ElementsAre());
  EXPECT_THAT(open(Residue{7})->earlier_keys_from(0, 9), ElementsAre(2000));
}

TEST_F(StoreTest, OrdersKeysOfAll64Bits) {
  constexpr Key half = Key{1} << 63;
  constexpr Key ten_to_19 = 10'000'000'000'000'000'000U;
  const std::vector<Key> keys{0, 99, half - 1, half, ten_to_19 - 1, ten_to_19, last_key};
  for (const Quantity& quantity :
       {Quantity(EndDigits{5}), Quantity(Residue{7}), Quantity(Residue{last_key})}) {
    std::vector<Key> shuffled = keys;
    std::rotate(shuffled.begin(), shuffled.begin() + 3, shuffled.end());
    keep(quantity, shuffled);
    const auto store = open(quantity);
    EXPECT_EQ(store->earlier_keys_from(0, 100), keys);
    EXPECT_THAT(store->earlier_keys_from(half, 2), ElementsAre(half, ten_to_19 - 1));
    EXPECT_THAT(store->earlier_keys_down_from(ten_to_19 - 2, 3), ElementsAre(half, half - 1, 99));
    EXPECT_THAT(store->earlier_keys_down_from(98, 3), ElementsAre(0));
    for (const Key key : keys) EXPECT_EQ(store->earlier_value(key), evaluate(quantity, key));
  }
}

TEST_F(StoreTest, AnswersAPersonsQuestions) {
  keep(FullDigits{}, {0, 1, 12, 100});
  keep(EndDigits{5}, {1000});
  keep(Residue{7}, {10, last_key});
  EXPECT_EQ(ask("SELECT value FROM fibonacci WHERE n = 100"), "354224848179261915075\n");
  EXPECT_EQ(ask("SELECT n, digits, value FROM fibonacci WHERE n < 50 ORDER BY n"),
            "0|1|0\n1|1|1\n12|3|144\n");
  EXPECT_EQ(ask("SELECT digits, leading, trailing FROM ends WHERE k = 5 AND n = 1000"),
            "209|43466|28875\n");
  EXPECT_EQ(ask("SELECT residue FROM residues WHERE m = 7 AND n = 10"), "6\n");
  EXPECT_EQ(ask("SELECT residue FROM residues WHERE m = 7 AND n = '18446744073709551615'"),
            std::to_string(fibonacci_mod(last_key, 7)) + "\n");
  EXPECT_EQ(ask("SELECT * FROM kept"),
            "full|4|0|100\n--digits 5|1|1000|1000\n--mod 7|2|10|18446744073709551615\n");
  EXPECT_EQ(
      ask("SELECT host, ranks, command, version, build, keys, kept, reused, outcome FROM runs "
          "ORDER BY id LIMIT 1"),
      "here|4|fibo_mpi 1 2 3|1.2.3|abc|5|4|0|complete\n");
}

TEST_F(StoreTest, NotesNumbersOfKeysAsIntegers) {
  const StoreRun run{.host = "", .command = "", .version = "", .build = "", .keys = last_key};
  static_cast<void>(Store(file_, FullDigits{}, run));
  EXPECT_EQ(ask("SELECT keys, typeof(keys) FROM runs"), "9223372036854775807|integer\n");
}

TEST_F(StoreTest, KeepsLongValuesInPartsAndReadsThemWhole) {
  const StoreSettings small_parts{.part_bytes = 100};
  const std::vector<Key> keys{900, 960, 1'000, 10'000, 10'001, 10'003};  // 1 to 11 parts
  keep(FullDigits{}, keys, small_parts);
  EXPECT_NE(ask("SELECT count(*) FROM value_parts WHERE n = 10000"), "0\n");
  EXPECT_EQ(ask("SELECT max(length(packed)) FROM value_parts"), "100\n");
  const auto store = open();
  for (const Key key : keys) {
    const Value value = evaluate(FullDigits{}, key);
    EXPECT_EQ(store->earlier_value(key), value);
    EXPECT_EQ(ask("SELECT value FROM fibonacci WHERE n = " + std::to_string(key)),
              std::get<std::string>(value) + "\n");
  }
}

TEST_F(StoreTest, RemovesTheRowOfALongValueAfterItsParts) {
  keep(FullDigits{}, {1000}, {.part_bytes = 100});
  store::Database database(file_, store::Database::Access::write);
  std::vector<std::string> removed;
  const auto note = [](void* to, int, const char*, const char* table, sqlite3_int64) {
    static_cast<std::vector<std::string>*>(to)->emplace_back(table);
  };
  sqlite3_update_hook(database.handle(), note, &removed);
  store::open_table(database, FullDigits{}, 100)->remove(1000);
  EXPECT_THAT(removed, ElementsAre("value_parts", "value_parts", "full_values"));
}

// As a crash before the last of these leaves it.
TEST_F(StoreTest, ReplacesALongValueOfWhichTheRowAloneIsLeft) {
  const StoreSettings small_parts{.part_bytes = 100};
  keep(FullDigits{}, {1000}, small_parts);
  ask("DELETE FROM value_parts");
  const Value value = evaluate(FullDigits{}, 1000);
  {
    const auto store = open(FullDigits{}, small_parts);
    EXPECT_THROW(static_cast<void>(store->earlier_value(1000)), DamagedValue);
    store->replace(1000, view_of(value));
    store->end("complete");
  }
  EXPECT_EQ(open()->earlier_value(1000), value);
}

TEST_F(StoreTest, ReplacesALongValueOfWhichThePartsAloneAreLeft) {
  const StoreSettings small_parts{.part_bytes = 100};
  keep(FullDigits{}, {1000}, small_parts);
  ask("DELETE FROM full_values");
  keep(FullDigits{}, {1000}, small_parts);
  EXPECT_EQ(open()->earlier_value(1000), evaluate(FullDigits{}, 1000));
}

TEST_F(StoreTest, KnowsTheValuesOfRunsThatWereDeletedFromTheHistory) {
  keep(FullDigits{}, {5});
  keep(FullDigits{}, {6});
  ask("DELETE FROM run_records");
  EXPECT_THAT(open()->earlier_keys_from(0, 9), ElementsAre(5, 6));
  keep(FullDigits{}, {7});
  ask("DELETE FROM run_records WHERE id = (SELECT max(id) FROM run_records)");
  EXPECT_THAT(open()->earlier_keys_from(0, 9), ElementsAre(5, 6, 7));
}

TEST_F(StoreTest, SaysWhatToDoAboutValuesOfLaterRuns) {
  keep(FullDigits{}, {5});
  ask("UPDATE full_values SET run = 1 << 62");
  std::string error;
  try {
    keep(FullDigits{}, {5});
  } catch (const StoreError& thrown) {
    error = thrown.what();
  }
  EXPECT_THAT(error, AllOf(StartsWith(file_.string() + ": a value is there already, of a run later "
                                                       "than this one (UNIQUE"),
                           EndsWith("; take what is there over into a new store: --store NEW "
                                    "--merge-store " +
                                    file_.string())));
  const std::filesystem::path old = std::exchange(file_, folder_.path() / "new.db");
  merge_store(file_, old, {.host = "", .command = "", .version = "", .build = ""});
  EXPECT_THAT(open()->earlier_keys_from(0, 9), ElementsAre(5));
}

TEST_F(StoreTest, ShowsAnEarlierRunOnlyWhatWasThereBefore) {
  keep(FullDigits{}, {5, 7});
  const auto store = open();
  store->keep(6, view_of(evaluate(FullDigits{}, 6)));
  store->flush();
  EXPECT_THAT(store->earlier_keys_from(0, 9), ElementsAre(5, 7));
}

TEST_F(StoreTest, HasOnDiskWhatWasFlushed) {
  const auto store = open();
  for (Key key = 0; key < 1000; ++key) store->keep(key, view_of(evaluate(FullDigits{}, key)));
  store->flush();
  EXPECT_EQ(store->waiting_bytes(), 0U);
  // A copy is what would be left if the process, or the machine, ended now.
  const auto copy = folder_.path() / "copy.db";
  std::filesystem::copy(file_, copy);
  EXPECT_FALSE(std::filesystem::exists(file_.string() + "-journal"));
  Store after(copy, FullDigits{}, {.host = "", .command = "", .version = "", .build = ""});
  EXPECT_EQ(after.earlier_keys_from(0, 2000).size(), 1000U);
}

TEST_F(StoreTest, CommitsInTimeWithoutBeingAsked) {
  const auto store = open(FullDigits{}, {.commit_interval = std::chrono::milliseconds(10)});
  store->keep(12, view_of(evaluate(FullDigits{}, 12)));
  for (int i = 0; i < 3000; ++i) {
    if (ask("PRAGMA busy_timeout = 5000; SELECT kept FROM runs").ends_with("\n1\n")) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  FAIL() << "nothing was committed in half a minute";
}

TEST_F(StoreTest, TakesMoreThanItMayHold) {
  {
    const auto store = open(FullDigits{}, {.commit_bytes = 5000, .queue_bytes = 1000});
    for (Key key = 1000; key < 1200; ++key) store->keep(key, view_of(evaluate(FullDigits{}, key)));
  }
  EXPECT_EQ(open()->earlier_keys_from(0, 10'000).size(), 200U);
}

// More than the cache of SQLite has room for.
TEST_F(StoreTest, TakesValuesWhileAReaderKeepsThemFromTheFile) {
  const auto store = open(FullDigits{}, {.commit_interval = std::chrono::hours(1)});
  Reader reader(file_);
  const std::string digits = std::get<std::string>(evaluate(FullDigits{}, 1'000'000));
  for (Key key = 0; key < 60; ++key) store->keep(key, digits);
  for (int i = 0; i < 3000 && store->waiting_bytes() != 0; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_EQ(store->waiting_bytes(), 0U);
  reader.leave();
}

TEST_F(StoreTest, WaitsUntilAReaderHasLeft) {
  const auto store = open(FullDigits{}, {.silent_wait = std::chrono::milliseconds(200)});
  Reader reader(file_);
  int told = 0;
  store->tell_of_waiting([&] {
    ++told;
    reader.leave();
  });
  const std::string digits = std::get<std::string>(evaluate(FullDigits{}, 1'000'000));
  for (Key key = 0; key < 60; ++key) store->keep(key, digits);
  store->end("complete");
  EXPECT_EQ(told, 1);
  EXPECT_EQ(ask("SELECT kept, outcome FROM runs"), "60|complete\n");
}

TEST_F(StoreTest, WaitsForAWriterToo) {
  keep(FullDigits{}, {5});
  const auto store = open(FullDigits{}, {.silent_wait = std::chrono::milliseconds(200)});
  Reader writer(file_, "BEGIN EXCLUSIVE");
  store->tell_of_waiting([&] { writer.leave(); });
  EXPECT_EQ(store->earlier_value(5), Value("5"));
}

TEST_F(StoreTest, GivesUpForAReaderOnceTheRunIsInterrupted) {
  keep(FullDigits{}, {5});
  std::atomic<bool> interrupted = false;
  {
    const auto store = open(FullDigits{}, {.queue_bytes = 1000,
                                           .interrupted = [&] { return interrupted.load(); },
                                           .last_wait = std::chrono::milliseconds(100)});
    const Reader reader(file_);
    std::uint64_t given = 0;
    const auto keep_one = [&] {
      store->keep(100 + given, view_of(evaluate(FullDigits{}, 100 + given)));
      ++given;
    };
    keep_one();
    EXPECT_EQ(store->earlier_value(5), Value("5"));
    interrupted = true;
    std::string error;
    try {
      for (;;) keep_one();
    } catch (const StoreError& thrown) {
      error = thrown.what();
    }
    EXPECT_EQ(error, fmt::format("{}: another program keeps reading or writing the store; the last "
                                 "{} values are not kept; what was kept before is there: end that "
                                 "program, then run the same command again",
                                 file_.string(), given));
    EXPECT_THROW(store->end("interrupted"), StoreError);
  }
  EXPECT_THAT(open()->earlier_keys_from(0, 9), ElementsAre(5));
}

TEST_F(StoreTest, WaitsForNoReaderToBeginARunThatIsInterrupted) {
  keep(FullDigits{}, {5});
  const Reader reader(file_);
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_THROW(open(FullDigits{}, {.interrupted = [] { return true; }}), StoreError);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(30));
}

// By a signal to another rank.
TEST_F(StoreTest, GivesUpForAReaderAtTheEndOfAnInterruptedRun) {
  const auto store = open(FullDigits{}, {.last_wait = std::chrono::milliseconds(100)});
  const Reader reader(file_);
  store->keep(5, view_of(evaluate(FullDigits{}, 5)));
  EXPECT_THROW(store->end("interrupted"), StoreError);
}

TEST_F(StoreTest, SaysOfARunThatWasCutShortThatItWas) {
  open()->keep(12, view_of(evaluate(FullDigits{}, 12)));
  EXPECT_EQ(ask("SELECT kept, seconds, outcome FROM runs"), "1|NULL|running, or killed\n");
}

TEST_F(StoreTest, NotesInItsHistoryThatItFailedItself) {
  {
    const auto store = open();
    store->keep(12, view_of(evaluate(FullDigits{}, 12)));
    store->flush();
    store->keep(13, view_of(evaluate(FullDigits{}, 13)));
    store->keep(12, view_of(evaluate(FullDigits{}, 12)));
    EXPECT_THROW(store->flush(), StoreError);
    store->end_in_failure();
  }
  EXPECT_EQ(ask("SELECT kept, outcome FROM runs"), "1|failed\n");
}

TEST_F(StoreTest, LeavesNothingBesideItself) {
  keep(FullDigits{}, {1, 2, 3});
  EXPECT_THAT(folder_.names(), ElementsAre("store.db"));
}

TEST_F(StoreTest, RefusesASecondRunByTheNameOfTheFirst) {
  const auto first = open();
  EXPECT_THAT(error_of_opening(),
              AllOf(StartsWith(file_.string() + ": the store is in use by here, process " +
                               std::to_string(getpid()) + ", since "),
                    HasSubstr(" UTC: fibo_mpi 1 2 3; wait until")));
}

TEST_F(StoreTest, RefusesASecondRunThatComesByALink) {
  const auto first = open();
  const auto link = folder_.path() / "link.db";
  std::filesystem::create_symlink(file_, link);
  EXPECT_THROW(Store(link, FullDigits{}, {.host = "", .command = "", .version = "", .build = ""}),
               StoreError);
}

TEST_F(StoreTest, RefusesAFileOfTwoNames) {
  keep(FullDigits{}, {5});
  const auto link = folder_.path() / "link.db";
  std::filesystem::create_hard_link(file_, link);
  EXPECT_EQ(error_of_opening(),
            file_.string() +
                ": it has another name (a hard link), under which its lock would not "
                "be seen; remove one of them, or give a copy");
  EXPECT_THAT(folder_.names(), ElementsAre("link.db", "store.db"));
  std::filesystem::remove(link);
  EXPECT_EQ(error_of_opening(), "none");
}

// The lock is where it will be for those that come when there is a store.
TEST_F(StoreTest, RefusesASecondRunWhereTheFirstCameByALinkThatLedNowhere) {
  const auto link = folder_.path() / "link.db";
  const StoreRun run{.host = "", .command = "", .version = "", .build = ""};
  std::filesystem::create_symlink("second.db", link);
  std::filesystem::create_symlink(file_.filename(), folder_.path() / "second.db");
  const Store first(link, FullDigits{}, run);
  EXPECT_THROW(Store(file_, FullDigits{}, run), StoreError);
}

TEST_F(StoreTest, RefusesALinkToItself) {
  const auto link = folder_.path() / "link.db";
  std::filesystem::create_symlink("link.db", link);
  EXPECT_THROW(Store(link, FullDigits{}, {.host = "", .command = "", .version = "", .build = ""}),
               StoreError);
  EXPECT_THAT(folder_.names(), ElementsAre("link.db"));
}

TEST_F(StoreTest, TakesOverTheLockFileOfADeadRun) {
  keep(FullDigits{}, {5});
  folder_.write("store.db.lock", "there, process 1, since long ago: fibo_mpi\n");
  EXPECT_THAT(open()->earlier_keys_from(0, 9), ElementsAre(5));
  EXPECT_THAT(folder_.names(), ElementsAre("store.db"));
}

TEST_F(StoreTest, RefusesWhatIsNoStoreAndLeavesItAlone) {
  for (const std::string& content :
       {std::string("n,value\n1,1\n"), std::string(100'000, 'x'), std::string(1, '\0')}) {
    write_bytes(content);
    EXPECT_EQ(error_of_opening(),
              file_.string() + ": it is not a store of fibo_mpi; give another file");
    EXPECT_TRUE(bytes() == content);
    EXPECT_THAT(folder_.names(), ElementsAre("store.db"));
  }
}

TEST_F(StoreTest, RefusesTheDatabaseOfAnotherProgram) {
  ask("CREATE TABLE notes (text); INSERT INTO notes VALUES ('mine')");
  const std::string before = bytes();
  EXPECT_EQ(error_of_opening(),
            file_.string() + ": it is not a store of fibo_mpi; give another file");
  EXPECT_TRUE(bytes() == before);
}

TEST_F(StoreTest, RefusesAStoreOfANewerVersion) {
  keep(FullDigits{}, {5});
  ask("PRAGMA user_version = 2");
  const std::string before = bytes();
  EXPECT_THAT(error_of_opening(), HasSubstr("it is a store of a newer fibo_mpi (version 2 of the "
                                            "store; this program knows 1)"));
  EXPECT_TRUE(bytes() == before);
}

TEST_F(StoreTest, RefusesAStoreWhoseTablesWereChanged) {
  keep(FullDigits{}, {5});
  ask("ALTER TABLE full_values ADD COLUMN note");
  EXPECT_THAT(error_of_opening(), HasSubstr("its 'full_values' is not that of a store"));
}

TEST_F(StoreTest, RefusesWhatIsNoFile) {
  std::filesystem::create_directory(file_);
  EXPECT_THAT(error_of_opening(), HasSubstr("it is not a file; give a file"));
}

TEST_F(StoreTest, RefusesAFolderThatIsNotThere) {
  file_ = folder_.path() / "none" / "store.db";
  EXPECT_THAT(error_of_opening(),
              AllOf(StartsWith(file_.string()), HasSubstr("No such file or directory")));
}

TEST_F(StoreTest, AcceptsAnEmptyFile) {
  write_bytes("");
  EXPECT_EQ(error_of_opening(), "none");
}

// Whatever bytes of a store are spoiled, it gives the right values, an error, or no value at all.
TEST_F(StoreTest, NeverGivesAWrongValueFromADamagedFile) {
  std::vector<Key> keys;
  for (Key key = 0; key < 300; ++key) keys.push_back(3 * key);
  keep(FullDigits{}, keys, {.part_bytes = 40});
  keep(EndDigits{5}, keys);
  keep(Residue{97}, keys);
  const std::vector<Quantity> quantities{FullDigits{}, EndDigits{5}, Residue{97}};
  const std::string whole = bytes();

  std::uint64_t random = 1;
  const auto next_random = [&random] {
    return (random = random * 6364136223846793005U + 1442695040888963407U) >> 33;
  };
  int errors = 0;
  int values = 0;
  for (int trial = 0; trial < 300; ++trial) {
    std::string spoiled = whole;
    if (trial % 10 == 0) {
      spoiled.resize(next_random() % spoiled.size());
    } else {
      // Past the header, so that most are still taken for stores.
      const std::size_t at = 100 + next_random() % (spoiled.size() - 200);
      if (trial % 3 == 0)
        spoiled.replace(at, 100, std::string(100, static_cast<char>(next_random())));
      else
        spoiled[at] = static_cast<char>(spoiled[at] ^ (1 << next_random() % 8));
    }
    write_bytes(spoiled);
    const Quantity& quantity = quantities[next_random() % quantities.size()];
    try {
      const auto store = open(quantity);
      for (const Key key : store->earlier_keys_from(0, 1000)) {
        try {
          EXPECT_EQ(store->earlier_value(key), evaluate(quantity, key)) << "trial " << trial;
          ++values;
        } catch (const StoreError& error) {
          EXPECT_THAT(error.what(), StartsWith(file_.string() + ": "));
          ++errors;
        }
      }
    } catch (const StoreError& error) {
      EXPECT_THAT(error.what(), StartsWith(file_.string() + ": "));
      ++errors;
    }
  }
  EXPECT_GT(errors, 10);
  EXPECT_GT(values, 5'000);
}

}  // namespace
}  // namespace fibo
