// SPDX-License-Identifier: MIT
#include "fibo/farm/random_stream.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fibo {
namespace {

using testing::ElementsAre;

constexpr Key max_key = std::numeric_limits<Key>::max();

std::vector<Key> first_of(RandomStream&& stream, std::size_t count) {
  std::vector<Key> keys;
  while (keys.size() < count && stream.peek()) {
    EXPECT_GE(stream.remaining_at_most(), 1U);
    EXPECT_EQ(stream.floor(), *stream.peek());
    keys.push_back(stream.take());
  }
  return keys;
}

std::vector<Key> all_of(std::uint64_t seed, Key min, Key max, std::uint64_t draws) {
  RandomStream stream(seed, min, max, draws);
  std::vector<Key> keys;
  while (stream.peek()) {
    const std::uint64_t at_most = stream.remaining_at_most();
    keys.push_back(stream.take());
    EXPECT_LT(stream.remaining_at_most(), at_most);
  }
  EXPECT_EQ(stream.remaining_at_most(), 0U);
  return keys;
}

bool strictly_ascend(const std::vector<Key>& keys) {
  return std::ranges::adjacent_find(keys, std::greater_equal{}) == keys.end();
}

struct Digest {
  std::size_t count;
  Key first;
  Key last;
  std::uint64_t polynomial;  ///< of the keys, at 31, modulo 2^64

  bool operator==(const Digest&) const = default;
};

Digest digest_of(const std::vector<Key>& keys) {
  std::uint64_t sum = 0;
  for (const Key key : keys) sum = 31 * sum + key;
  return {keys.size(), keys.front(), keys.back(), sum};
}

// The keys of a seed are a promise: these numbers never change. They were computed apart, by an
// implementation of the same steps in Python integers.
TEST(RandomStream, OfASeedIsTheSameEverywhere) {
  EXPECT_EQ(digest_of(all_of(42, 1, 1000000000000, 50000)),
            (Digest{50000, 16289945U, 999983487063U, 6740111254405953783U}));
  EXPECT_EQ(digest_of(all_of(7, 0, max_key, 3000)),
            (Digest{3000, 5744184528066506U, 18446420367912991493U, 16050543701687875424U}));
  EXPECT_EQ(digest_of(all_of(5, 10, 40009, 100000)),
            (Digest{36829, 10U, 40009U, 7252154348538228055U}));
}

TEST(RandomStream, OfASeedIsTheSameEverywhereHoweverLong) {
  EXPECT_EQ(digest_of(first_of(RandomStream(42, 0, max_key, max_key), 10'000)),
            (Digest{10'000, 1U, 15812U, 13146289058486388198U}));
  EXPECT_EQ(
      digest_of(first_of(RandomStream(7, 1, 1'000'000'000'000'000'000, 1'000'000'000'000), 10'000)),
      (Digest{10'000, 138100U, 9907396084U, 179135582354748658U}));
}

TEST(RandomStream, IsDistinctAscendingAndInItsRange) {
  for (const auto& [min, max] : {std::pair{Key{0}, max_key},
                                 {Key{5}, Key{1'000'000'000'000}},
                                 {Key{7}, Key{20'006}},
                                 {max_key - 100'000, max_key}}) {
    const std::vector<Key> keys = all_of(3, min, max, 20'000);
    EXPECT_TRUE(strictly_ascend(keys));
    EXPECT_GE(keys.front(), min);
    EXPECT_LE(keys.back(), max);
  }
}

TEST(RandomStream, HasAsManyDistinctKeysAsDrawsOneByOne) {
  EXPECT_EQ(all_of(1, 0, max_key, 100'000).size(), 100'000U);
  // Of k keys, n draws leave out k (1 - 1/k)^n; six standard deviations.
  for (const double k : {20'000.0, 150'000.0}) {
    const double n = 100'000;
    const auto distinct = all_of(1, 1, static_cast<Key>(k), 100'000).size();
    const double missing = k * std::pow(1 - 1 / k, n);
    EXPECT_NEAR(static_cast<double>(distinct), k - missing, 6 * std::sqrt(missing));
  }
}

TEST(RandomStream, IsUniform) {
  // Sevenths are no intervals that it splits at.
  constexpr Key part = max_key / 7 + 1;
  constexpr double draws = 70'000;
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    std::array<int, 7> hits{};
    for (const Key key : all_of(seed, 0, max_key, 70'000)) ++hits.at(key / part);
    // Six standard deviations of a binomial with p = 1/7.
    for (const int count : hits) EXPECT_NEAR(count, draws / 7, 6 * std::sqrt(draws * 6 / 49));
  }
}

TEST(RandomStream, HasOtherKeysForAnotherSeed) {
  EXPECT_NE(all_of(1, 0, max_key, 10), all_of(2, 0, max_key, 10));
}

TEST(RandomStream, GivesAnIntervalInFullThatWasDrawnOverAndOver) {
  EXPECT_THAT(all_of(1, 5, 9, max_key), ElementsAre(5, 6, 7, 8, 9));
  EXPECT_EQ(all_of(1, 1, 1000, 1'000'000).size(), 1000U);
  EXPECT_THAT(all_of(1, max_key, max_key, 5), ElementsAre(max_key));
  EXPECT_THAT(all_of(1, 3, 3, 1'000'000), ElementsAre(3));
}

TEST(RandomStream, OfNoDrawsIsEmpty) {
  EXPECT_THAT(all_of(1, 0, 10, 0), ElementsAre());
}

TEST(RandomStream, StartsAtOnceHoweverLongItIs) {
  for (const double draws : {1e9, 1e10, 1e15}) {
    const std::vector<Key> keys =
        first_of(RandomStream(1, 0, max_key, static_cast<std::uint64_t>(draws)), 10'000);
    EXPECT_TRUE(strictly_ascend(keys));
    const double part = 10'000 / draws * std::ldexp(1, 64);
    EXPECT_NEAR(static_cast<double>(keys.back()), part, 0.1 * part);
  }
}

TEST(RandomStream, RefusesAnEmptyRange) {
  EXPECT_THROW(RandomStream(1, 5, 4, 1), std::invalid_argument);
}

}  // namespace
}  // namespace fibo
