// SPDX-License-Identifier: MIT
#include "fibo/results/kept_results.hpp"

#include "support/map_sink.hpp"
#include "support/temp_folder.hpp"

#include <algorithm>
#include <limits>
#include <memory>
#include <numeric>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fibo {
namespace {

using testing::ElementsAre;

const StoreRun some_run{.host = "here", .command = "", .version = "", .build = ""};
const Quantity quantity = Residue{97};

bool never() {
  return false;
}

class KeptResultsTest : public testing::Test {
 protected:
  [[nodiscard]] std::unique_ptr<Store> open() const {
    return std::make_unique<Store>(folder_.path() / "store.db", quantity, some_run);
  }

  template <class Keys>
  void keep(const Keys& keys) const {
    const auto store = open();
    for (const Key key : keys) store->keep(key, view_of(evaluate(quantity, key)));
  }

  static std::vector<Key> all_of(KeySource& source) {
    std::vector<Key> keys;
    while (source.peek()) keys.push_back(source.take());
    return keys;
  }

  test::TempFolder folder_;
};

TEST_F(KeptResultsTest, HandsOutOnlyWhatIsMissing) {
  keep(std::vector<Key>{2, 4, 5, 9, 11});
  const auto store = open();
  NamedKeys keys({{0, 10, 2}, {5, 7}});
  MissingKeys missing(keys, *store, never);
  EXPECT_EQ(missing.peek(), 0U);
  EXPECT_EQ(missing.floor(), 0U);
  EXPECT_THAT(all_of(missing), ElementsAre(0, 6, 7, 8, 10));
}

TEST_F(KeptResultsTest, HandsOutNothingIfAllIsThere) {
  keep(std::vector<Key>{1, 2, 3});
  const auto store = open();
  NamedKeys keys({{1, 3}});
  MissingKeys missing(keys, *store, never);
  EXPECT_EQ(missing.peek(), std::nullopt);
}

TEST_F(KeptResultsTest, PassesOverNoMoreKeysOnceItIsInterrupted) {
  std::vector<Key> kept(10'000);
  std::iota(kept.begin(), kept.end(), 0);
  keep(kept);
  const auto store = open();
  NamedKeys keys({{0, 20'000}});
  MissingKeys missing(keys, *store, [] { return true; });
  EXPECT_LT(missing.peek(), 5'000U);
  EXPECT_GT(missing.remaining_at_most(), 15'000U);
}

TEST_F(KeptResultsTest, ReachesTheLastKeyOfAll) {
  constexpr Key last = std::numeric_limits<Key>::max();
  keep(std::vector<Key>{last});
  const auto store = open();
  NamedKeys keys({{last - 1, last}});
  MissingKeys missing(keys, *store, never);
  EXPECT_THAT(all_of(missing), ElementsAre(last - 1));
}

// Any set of kept keys, asked in any order.
TEST_F(KeptResultsTest, KnowsWhatIsThereInAnyOrderOfAsking) {
  std::mt19937_64 random(7);
  std::set<Key> kept;
  for (int run = 0; run < 40; ++run) {
    // Runs of neighbours and of gaps, so that windows begin and end everywhere.
    const Key begin = random() % 20'000;
    for (Key key = begin; key < begin + random() % 500; ++key) kept.insert(key);
  }
  keep(kept);
  const auto store = open();
  std::vector<Key> asked(20'500);
  for (Key key = 0; key < asked.size(); ++key) asked[key] = key;
  const auto expect_right = [&](const char* order) {
    EarlierKeys earlier(*store);
    for (const Key key : asked)
      ASSERT_EQ(earlier.contains(key), kept.contains(key)) << order << ", key " << key;
  };
  expect_right("ascending");
  std::ranges::reverse(asked);
  expect_right("descending");
  std::ranges::shuffle(asked, random);
  expect_right("shuffled");
}

TEST_F(KeptResultsTest, GivesEarlierValuesUpToABoundInOrder) {
  keep(std::vector<Key>{3, 4, 7, 9});
  const auto store = open();
  std::vector<KeyRange> ranges;
  ranges.emplace_back(0, 8);
  EarlierResults earlier(std::make_unique<NamedKeys>(ranges), quantity, *store);
  EXPECT_EQ(earlier.take_below(3), std::nullopt);
  EXPECT_EQ(earlier.take_below(5), std::pair(Key{3}, evaluate(quantity, 3)));
  EXPECT_EQ(earlier.take_below(5), std::pair(Key{4}, evaluate(quantity, 4)));
  EXPECT_EQ(earlier.take_below(5), std::nullopt);
  EXPECT_EQ(earlier.take_below(std::nullopt), std::pair(Key{7}, evaluate(quantity, 7)));
  EXPECT_EQ(earlier.take_below(std::nullopt), std::nullopt);
}

TEST_F(KeptResultsTest, LooksAtNoKeyOfALongRangeBeforeItIsDue) {
  const auto store = open();
  std::vector<KeyRange> ranges;
  ranges.emplace_back(0, std::numeric_limits<Key>::max());
  EarlierResults earlier(std::make_unique<NamedKeys>(ranges), quantity, *store);
  EXPECT_EQ(earlier.take_below(1000), std::nullopt);
}

TEST_F(KeptResultsTest, KeepsAValueBeforeItPassesItOn) {
  {
    const auto store = open();
    test::MapSink sink;
    KeptResults results(*store, sink);
    results.accept(5, view_of(evaluate(quantity, 5)));
    EXPECT_GE(results.held_bytes(), store->waiting_bytes());
    results.settled();
    EXPECT_EQ(store->waiting_bytes(), 0U);
    EXPECT_TRUE(sink.all_settled);
    EXPECT_EQ(sink.values.at(5), evaluate(quantity, 5));
  }
  EXPECT_THAT(open()->earlier_keys_from(0, 9), ElementsAre(5));
}

TEST_F(KeptResultsTest, HoldsNoPartsOfAValueThatWasGivenUp) {
  const auto store = open();
  test::MapSink sink;
  KeptResults results(*store, sink);
  results.accept_part(5, 3000, 0, "123");
  results.accept_part(7, 1000, 0, "123");
  results.accept_part(9, 200, 0, "123");
  EXPECT_EQ(results.held_bytes(), 2100U);
  results.settled_below(7);
  EXPECT_EQ(results.held_bytes(), 600U);
  results.settled_below(8);
  EXPECT_EQ(results.held_bytes(), 100U);
  results.settled();
  EXPECT_EQ(results.held_bytes(), 0U);
}

}  // namespace
}  // namespace fibo
