// SPDX-License-Identifier: MIT
#include "fibo/farm/key_source.hpp"

#include <limits>
#include <random>
#include <set>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fibo {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;

constexpr Key max_key = std::numeric_limits<Key>::max();

std::vector<Key> take_all(KeySource& source) {
  std::vector<Key> keys;
  while (source.peek()) {
    EXPECT_EQ(source.floor(), *source.peek());
    const Key next = *source.peek();
    EXPECT_EQ(source.take(), next);
    keys.push_back(next);
  }
  EXPECT_EQ(source.remaining_at_most(), 0U);
  return keys;
}

TEST(NamedKeys, AreEmptyWithoutRanges) {
  NamedKeys keys({});
  EXPECT_EQ(keys.peek(), std::nullopt);
}

TEST(NamedKeys, ComeInAscendingOrderEachOnce) {
  NamedKeys keys({{9, 9}, {1, 5}, {3, 11, 4}, {5, 5}, {9, 9}});
  EXPECT_EQ(keys.remaining_at_most(), 11U);
  EXPECT_THAT(take_all(keys), ElementsAre(1, 2, 3, 4, 5, 7, 9, 11));
}

TEST(NamedKeys, ReachTheLargestKeyAndEnd) {
  NamedKeys keys({{max_key - 2, max_key}, {max_key, max_key}});
  EXPECT_THAT(take_all(keys), ElementsAre(max_key - 2, max_key - 1, max_key));
}

TEST(NamedKeys, AreNotExpanded) {
  NamedKeys keys({{0, max_key}, {5, max_key, 2}});
  EXPECT_EQ(keys.remaining_at_most(), max_key);
  for (Key key = 0; key < 1000; ++key) EXPECT_EQ(keys.take(), key);
}

TEST(NamedKeys, AreTheUnionOfTheirRanges) {
  std::mt19937_64 random(1);
  for (int round = 0; round < 200; ++round) {
    std::vector<KeyRange> ranges;
    std::set<Key> expected;
    for (std::uint64_t i = random() % 8; i > 0; --i) {
      const Key first = random() % 100;
      const KeyRange range(first, first + random() % 60, 1 + random() % 9);
      ranges.push_back(range);
      for (Key key = range.first(); key <= range.last(); key += range.step()) expected.insert(key);
    }
    NamedKeys keys(ranges);
    EXPECT_THAT(take_all(keys), ElementsAreArray(expected));
  }
}

TEST(ListedKeys, KeepTheirOrder) {
  ListedKeys keys({7, 2, 9});
  EXPECT_EQ(keys.take(), 7U);
  EXPECT_EQ(keys.floor(), 2U);
  EXPECT_EQ(keys.remaining_at_most(), 2U);
  EXPECT_EQ(keys.take(), 2U);
  EXPECT_EQ(keys.take(), 9U);
  EXPECT_EQ(keys.peek(), std::nullopt);
}

TEST(ListedKeys, KnowTheirFloorWhenAscending) {
  ListedKeys keys({2, 7, 9});
  EXPECT_THAT(take_all(keys), ElementsAre(2, 7, 9));
}

TEST(CountKeys, CountsTwiceWhatOccursTwiceAndSaturates) {
  EXPECT_EQ(count_keys({}), 0U);
  EXPECT_EQ(count_keys(std::vector<KeyRange>{{1, 10}, {5, 5}}), 11U);
  EXPECT_EQ(count_keys(std::vector<KeyRange>{{0, max_key}, {5, 5}}), max_key);
}

}  // namespace
}  // namespace fibo
