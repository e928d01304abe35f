// SPDX-License-Identifier: MIT
#include "fibo/farm/costly_first.hpp"

#include <algorithm>
#include <limits>
#include <random>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fibo {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;

constexpr Key max_key = std::numeric_limits<Key>::max();

std::vector<Key> all_of(KeySource& source) {
  std::vector<Key> keys;
  while (const auto key = source.peek()) {
    EXPECT_LE(source.floor(), *key);
    EXPECT_GE(source.remaining_at_most(), 1U);
    EXPECT_EQ(source.take(), *key);
    keys.push_back(*key);
  }
  EXPECT_EQ(source.remaining_at_most(), 0U);
  return keys;
}

KeyModel linear() {
  return {.cost_s = [](Key key) { return static_cast<double>(key); },
          .value_bytes = [](Key) { return std::uint64_t{10}; }};
}

TEST(DescendingKeys, MergesRangesAndTakesEachKeyOnce) {
  DescendingKeys keys({{1, 9, 4}, {4, 6}, {5, 5}, {max_key - 1, max_key}});
  EXPECT_THAT(all_of(keys), ElementsAre(max_key, max_key - 1, 9, 6, 5, 4, 1));
  DescendingKeys none({});
  EXPECT_THAT(all_of(none), ElementsAre());
}

TEST(DescendingKeys, AreThoseOfTheAscendingOnesFromTheEnd) {
  std::mt19937_64 random(3);
  for (int round = 0; round < 200; ++round) {
    std::vector<KeyRange> ranges;
    for (std::uint64_t i = random() % 5; i > 0; --i) {
      const Key first = random() % 100;
      ranges.emplace_back(first, first + random() % 100, 1 + random() % 7);
    }
    NamedKeys ascending(ranges);
    DescendingKeys descending(ranges);
    std::vector<Key> expected = all_of(ascending);
    std::ranges::reverse(expected);
    EXPECT_THAT(all_of(descending), ElementsAreArray(expected));

    // From any key on, and for any key that is not there.
    const Key costly = random() % 200;
    CostlyFirst mixed(ranges, costly);
    const auto cheap = std::ranges::find_if(expected, [&](Key key) { return key < costly; });
    std::ranges::reverse(cheap, expected.end());
    EXPECT_THAT(all_of(mixed), ElementsAreArray(expected));
  }
}

TEST(CostlyFirst, KeepsItsFloorAtTheCheapKeys) {
  CostlyFirst keys({{1, 3}, {100, 102}}, 101);
  EXPECT_EQ(keys.take(), 102U);
  EXPECT_EQ(keys.floor(), 1U);
  EXPECT_EQ(keys.take(), 101U);
  EXPECT_EQ(keys.take(), 1U);
  EXPECT_EQ(keys.floor(), 2U);
}

TEST(FirstCostlyKey, IsNoneWhereKeysAreAlike) {
  EXPECT_EQ(first_costly_key({{1000, 2000}}, linear(), 4, 1000), std::nullopt);
  EXPECT_EQ(first_costly_key({}, linear(), 4, 1000), std::nullopt);
}

TEST(FirstCostlyKey, IsNoneForOneWorker) {
  EXPECT_EQ(first_costly_key({{1, 10}, {1'000'000, 1'000'000}}, linear(), 1, 1000), std::nullopt);
}

TEST(FirstCostlyKey, TellsGiantsFromTheRest) {
  EXPECT_EQ(first_costly_key({{1, 1000}, {1'000'000, 1'000'002}}, linear(), 2, 1000), 1'000'000U);
}

TEST(FirstCostlyKey, LeavesNoMoreWaitingThanThereIsRoomFor) {
  EXPECT_EQ(first_costly_key({{1, 1000}, {1'000'000, 1'000'002}}, linear(), 2, 25), 1'000'001U);
  EXPECT_EQ(first_costly_key({{1, 1000}, {1'000'000, 1'000'002}}, linear(), 2, 5), std::nullopt);
}

TEST(FirstCostlyKey, TakesNoTimeForLongRanges) {
  EXPECT_EQ(first_costly_key({{0, max_key}}, linear(), 1000, 1000), std::nullopt);
  EXPECT_EQ(first_costly_key({{0, max_key, max_key}}, linear(), 2, 1000), max_key);
}

}  // namespace
}  // namespace fibo
