// SPDX-License-Identifier: MIT
#include "fibo/farm/random_keys.hpp"

#include <array>
#include <limits>
#include <set>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fibo {
namespace {

using testing::ElementsAre;

constexpr Key max_key = std::numeric_limits<Key>::max();

std::vector<Key> draw(RandomKeys keys, int count) {
  std::vector<Key> drawn;
  for (int i = 0; i < count; ++i) drawn.push_back(keys.draw());
  return drawn;
}

// The sequence of a seed is a promise: these numbers never change. They were computed apart, by an
// implementation of mt19937_64 and of Lemire's method in Python integers.
TEST(RandomKeys, OfASeedAreThoseEverywhere) {
  EXPECT_THAT(draw(RandomKeys(42, 1, 20), 15),
              ElementsAre(16, 13, 16, 3, 19, 2, 12, 8, 6, 8, 1, 11, 14, 13, 17));
  EXPECT_THAT(draw(RandomKeys(7, 0, 1'000'000'000'000'000'000), 3),
              ElementsAre(754385304152858006U, 949301202892644211U, 117414281034518117U));
}

TEST(RandomKeys, TakeTheBitsOfTheStandardsGenerator) {
  // C++20 [rand.predef]: the 10000th value of a default-seeded mt19937_64.
  RandomKeys keys(std::mt19937_64::default_seed, 0, max_key);
  for (int i = 1; i < 10000; ++i) keys.draw();
  EXPECT_EQ(keys.draw(), 9981545732273789042U);
}

TEST(RandomKeys, StayInTheirRange) {
  RandomKeys keys(3, 10, 12);
  std::set<Key> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(keys.draw());
  EXPECT_THAT(seen, ElementsAre(10, 11, 12));
  EXPECT_THAT(draw(RandomKeys(3, 5, 5), 3), ElementsAre(5, 5, 5));
  RandomKeys top(3, max_key - 1, max_key);
  for (int i = 0; i < 100; ++i) EXPECT_GE(top.draw(), max_key - 1);
}

TEST(RandomKeys, AreUniform) {
  // With a span of 3 * 2^62 a method without rejection gives the lower third half of all draws.
  constexpr Key third = Key{1} << 62;
  RandomKeys keys(11, 0, 3 * third - 1);
  std::array<int, 3> hits{};
  constexpr int draws = 30'000;
  for (int i = 0; i < draws; ++i) ++hits.at(keys.draw() / third);
  // Six standard deviations of a binomial with p = 1/3.
  for (const int count : hits) EXPECT_NEAR(count, draws / 3, 6 * 82);
}

TEST(RandomKeys, RefuseAnEmptyRange) {
  EXPECT_THROW(RandomKeys(1, 5, 4), std::invalid_argument);
}

TEST(DrawDistinct, KeepsTheOrderOfTheFirstDraws) {
  const std::vector<Key> all = draw(RandomKeys(42, 1, 20), 15);
  std::vector<Key> expected;
  for (const Key key : all)
    if (std::ranges::find(expected, key) == expected.end()) expected.push_back(key);
  ASSERT_LT(expected.size(), all.size());
  EXPECT_EQ(RandomKeys(42, 1, 20).draw_distinct(15), expected);
}

TEST(DrawDistinct, EndsOnceEveryKeyHasCome) {
  EXPECT_EQ(RandomKeys(1, 1, 20).draw_distinct(max_key).size(), 20U);
}

}  // namespace
}  // namespace fibo
