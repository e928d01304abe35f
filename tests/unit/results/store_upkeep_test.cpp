// SPDX-License-Identifier: MIT
#include "fibo/results/store_upkeep.hpp"

#include "support/temp_folder.hpp"

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <limits>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

namespace fibo {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

const StoreRun here{.host = "here", .command = "fibo_mpi", .version = "", .build = ""};
constexpr Key last_key = std::numeric_limits<Key>::max();

// Keys whose values take up several pages of a store.
std::vector<Key> several_pages() {
  std::vector<Key> keys(5000);
  std::iota(keys.begin(), keys.end(), Key{0});
  return keys;
}

class StoreUpkeep : public testing::Test {
 protected:
  [[nodiscard]] std::filesystem::path path(const std::string& name) const {
    return folder_.path() / name;
  }

  void keep(const std::string& name, const Quantity& quantity, const std::vector<Key>& keys) const {
    Store store(path(name), quantity, here);
    for (const Key key : keys) store.keep(key, view_of(evaluate(quantity, key)));
    store.end("complete");
  }

  [[nodiscard]] std::vector<Key> keys(const std::string& name,
                                      const Quantity& quantity = FullDigits{}) const {
    Store store(path(name), quantity, here);
    const std::vector<Key> keys = store.earlier_keys_from(0, 10'000);
    for (const Key key : keys) EXPECT_EQ(store.earlier_value(key), evaluate(quantity, key));
    return keys;
  }

  void execute(const std::string& name, const std::string& sql) const {
    sqlite3* handle = nullptr;
    EXPECT_EQ(sqlite3_open(path(name).c_str(), &handle), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK);
    sqlite3_close(handle);
  }

  // As a disk does that writes nonsense: the last page of the file.
  void damage(const std::string& name) const {
    constexpr std::size_t page_bytes = 32768;
    std::fstream file(path(name), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(-static_cast<std::streamoff>(page_bytes), std::ios::end);
    file << std::string(page_bytes, '\xFF');
    EXPECT_TRUE(file.flush());
  }

  StoreVerdict verify(const std::string& name, bool remove = false) {
    wrong_.clear();
    return verify_store(
        path(name), here, remove,
        [&](const std::string& value, const std::string& /*why*/) { wrong_.push_back(value); });
  }

  test::TempFolder folder_;
  std::vector<std::string> wrong_;
};

TEST_F(StoreUpkeep, FindsNothingWrongWithWhatWasKept) {
  keep("a", FullDigits{}, several_pages());
  keep("a", Residue{last_key}, {0, 1, last_key - 1, last_key});
  for (const std::uint64_t k : std::vector<std::uint64_t>{1, 5, 18, 40})
    keep("a", EndDigits{k}, {0, 7, 187, 1000, last_key});
  const StoreVerdict verdict = verify("a");
  EXPECT_EQ(verdict.values, 5024U);
  EXPECT_EQ(verdict.wrong, 0U);
}

TEST_F(StoreUpkeep, WaitsForNoRunThatHoldsTheStore) {
  const Store store(path("a"), FullDigits{}, here);
  EXPECT_THROW(verify("a"), StoreError);
  EXPECT_THROW(verify("a", true), StoreError);
}

TEST_F(StoreUpkeep, NamesEveryWrongValueAndRemovesItIfAsked) {
  keep("a", FullDigits{}, {10, 100, 1000});
  keep("a", EndDigits{5}, {2000, 3000});
  keep("a", Residue{7}, {10, 20});
  execute("a",
          "UPDATE full_values SET packed = x'354224848179261915073F' WHERE n = 100;"
          "UPDATE full_values SET digits = 1 WHERE n = 10;"
          "UPDATE ends SET leading = '00000' WHERE n = 2000;"
          "UPDATE residues SET residue = 1 WHERE n = 20");
  EXPECT_EQ(verify("a").wrong, 4U);
  EXPECT_THAT(wrong_, ElementsAre("F(10)", "F(100)", "F(2000) of --digits 5", "F(20) mod 7"));
  EXPECT_EQ(verify("a", true).wrong, 4U);
  EXPECT_EQ(verify("a").wrong, 0U);
  EXPECT_THAT(keys("a"), ElementsAre(1000));
  EXPECT_THAT(keys("a", EndDigits{5}), ElementsAre(3000));
}

TEST_F(StoreUpkeep, TellsADamagedFileFromWrongValues) {
  keep("pages", FullDigits{}, several_pages());
  damage("pages");
  keep("key", Residue{7}, {10, 20});
  execute("key", "UPDATE residues SET n = 'ten' WHERE n = 10");
  for (const char* name : {"pages", "key"}) {
    for (const bool remove : {false, true}) {
      try {
        verify(name, remove);
        FAIL() << "it was verified: " << name;
      } catch (const DamagedStore& error) {
        EXPECT_THAT(error.what(),
                    AllOf(StartsWith(path(name).string() + ": the store is damaged ("),
                          HasSubstr("put it aside"), Not(HasSubstr("\n"))));
      }
    }
  }
}

TEST_F(StoreUpkeep, MergesTheStoresOfOverlappingSlices) {
  keep("a", FullDigits{}, {0, 1, 2, 3, 4});
  keep("b", FullDigits{}, {3, 4, 5, 6});
  keep("c", FullDigits{}, {6, 7, 8});
  keep("c", EndDigits{5}, {1000});
  keep("c", Residue{last_key}, {last_key});
  const StoreMerge a = merge_store(path("all"), path("a"), here);
  const StoreMerge b = merge_store(path("all"), path("b"), here);
  const StoreMerge c = merge_store(path("all"), path("c"), here);
  EXPECT_EQ(a.taken, 5U);
  EXPECT_EQ(b.values, 4U);
  EXPECT_EQ(b.taken, 2U);
  EXPECT_EQ(c.taken, 4U);
  EXPECT_THAT(keys("all"), ElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 8));
  EXPECT_THAT(keys("all", EndDigits{5}), ElementsAre(1000));
  EXPECT_THAT(keys("all", Residue{last_key}), ElementsAre(last_key));
  EXPECT_EQ(merge_store(path("all"), path("c"), here).taken, 0U);
  EXPECT_EQ(verify("all").values, 11U);
}

TEST_F(StoreUpkeep, LeavesItsWorkWhereItIsAskedTo) {
  keep("a", FullDigits{}, {10});
  keep("b", FullDigits{}, several_pages());
  execute("b", "UPDATE full_values SET digits = 99 WHERE n < 2");
  std::vector<std::string> wrong;
  const StoreVerdict verdict = verify_store(
      path("b"), here, true,
      [&](const std::string& value, const std::string& /*why*/) { wrong.push_back(value); },
      [&] { return !wrong.empty(); });
  EXPECT_TRUE(verdict.stopped);
  EXPECT_EQ(verdict.values, 1U);
  // What was called wrong is removed all the same.
  EXPECT_THAT(wrong, ElementsAre("F(0)"));
  EXPECT_EQ(verify("b").wrong, 1U);

  const StoreMerge merge = merge_store(path("a"), path("b"), here, [] { return true; });
  EXPECT_TRUE(merge.stopped);
  EXPECT_THAT(keys("a"), ElementsAre(10));
  EXPECT_EQ(merge_store(path("a"), path("b"), here, [] { return false; }).values,
            several_pages().size() - 1);
}

TEST_F(StoreUpkeep, MergesNothingIfAValueIsNotTheSameInBoth) {
  keep("a", FullDigits{}, {10, 12});
  keep("b", FullDigits{}, {11, 12});
  execute("b", "UPDATE full_values SET packed = x'0145' WHERE n = 12");
  try {
    merge_store(path("a"), path("b"), here);
    FAIL() << "it was merged";
  } catch (const StoreError& error) {
    EXPECT_THAT(error.what(), HasSubstr(path("b").string() + ": its value of key 12"));
    EXPECT_THAT(error.what(), HasSubstr("is not that of " + path("a").string()));
  }
  EXPECT_THAT(keys("a"), ElementsAre(10, 12));
}

TEST_F(StoreUpkeep, NamesTheDamagedOneOfTwoThatItMerges) {
  keep("whole", FullDigits{}, {6000});
  keep("damaged", FullDigits{}, several_pages());
  damage("damaged");
  for (const auto& [into, from] : {std::pair("whole", "damaged"), std::pair("damaged", "whole")}) {
    try {
      merge_store(path(into), path(from), here);
      FAIL() << "it was merged";
    } catch (const DamagedStore& error) {
      EXPECT_THAT(error.what(), StartsWith(path("damaged").string() + ": the store is damaged ("));
    }
  }
  EXPECT_THAT(keys("whole"), ElementsAre(6000));
}

TEST_F(StoreUpkeep, MergesNoStoreThatARunWritesTo) {
  keep("a", FullDigits{}, {10});
  const Store running(path("b"), FullDigits{}, here);
  try {
    merge_store(path("a"), path("b"), here);
    FAIL() << "it was merged";
  } catch (const StoreError& error) {
    EXPECT_THAT(error.what(), HasSubstr(path("b").string() + ": the store is in use by here, "));
  }
}

TEST_F(StoreUpkeep, RefusesToMergeWhatIsNoOtherStore) {
  keep("a", FullDigits{}, {10});
  folder_.write("text", "n,value\n");
  for (const char* other : {"a", "text", "none"})
    EXPECT_THROW(merge_store(path("a"), path(other), here), StoreError) << other;
  EXPECT_THROW(merge_store(path("new"), path("text"), here), StoreError);
  EXPECT_THAT(folder_.names(), ElementsAre("a", "text"));
}

}  // namespace
}  // namespace fibo
