// SPDX-License-Identifier: MIT
#include "random_bits.hpp"

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>

#include <gtest/gtest.h>

namespace fibo::detail {
namespace {

constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();

// Sixteen intervals of equal probability under the normal distribution, by their upper ends in
// standard deviations.
constexpr std::array normal_sixteenths{-1.534121, -1.150349, -0.887147, -0.674490, -0.488776,
                                       -0.318639, -0.157311, 0.0,       0.157311,  0.318639,
                                       0.488776,  0.674490,  0.887147,  1.150349,  1.534121};

// From 2^21 tosses on the binomial distribution is normal up to less than 1 / sqrt(tosses): the
// draws here are too few to see the difference.
TEST(DrawHeads, HasTheDistributionOfTosses) {
  for (const std::uint64_t tosses :
       {least_drawn_heads, least_drawn_heads + 4321, std::uint64_t{1} << 40, most}) {
    SCOPED_TRACE(tosses);
    constexpr int draws = 100'000;
    const double deviation = std::sqrt(static_cast<double>(tosses)) / 2;
    std::array<int, normal_sixteenths.size() + 1> hits{};
    double sum = 0;
    double sum_of_squares = 0;
    SplitMix bits(tosses);
    for (int i = 0; i < draws; ++i) {
      const std::uint64_t heads = draw_heads(bits, tosses);
      const bool above = heads > tosses / 2;
      const auto distance = static_cast<double>(above ? heads - tosses / 2 : tosses / 2 - heads);
      const double x = (above ? distance : -distance) / deviation;
      sum += x;
      sum_of_squares += x * x;
      std::size_t place = 0;
      while (place < normal_sixteenths.size() && x > normal_sixteenths.at(place)) ++place;
      ++hits.at(place);
    }
    // Six standard deviations of each.
    EXPECT_NEAR(sum / draws, 0, 6 / std::sqrt(draws));
    EXPECT_NEAR(sum_of_squares / draws, 1, 6 * std::sqrt(2.0 / draws));
    double chi_squared = 0;
    for (const int count : hits) {
      const double expected = draws / 16.0;
      chi_squared += (count - expected) * (count - expected) / expected;
    }
    EXPECT_LT(chi_squared, 15 + 6 * std::sqrt(2.0 * 15));
  }
}

// Computed apart, by the same steps in Python integers.
TEST(DrawHeads, OfASeedIsTheSameEverywhere) {
  SplitMix bits(123);
  EXPECT_EQ(draw_heads(bits, least_drawn_heads), 1049069U);
  EXPECT_EQ(draw_heads(bits, least_drawn_heads), 1048841U);
  EXPECT_EQ(draw_heads(bits, least_drawn_heads), 1048862U);
  EXPECT_EQ(draw_heads(bits, most), 9223372038080082014U);
  EXPECT_EQ(draw_heads(bits, most), 9223372035195737332U);
  EXPECT_EQ(draw_heads(bits, most), 9223372036198251669U);
}

TEST(CountHeads, CountsEveryTossOnce) {
  SplitMix bits(1);
  EXPECT_EQ(count_heads(bits, 0), 0U);
  for (std::uint64_t tosses = 1; tosses < 200; ++tosses)
    EXPECT_LE(count_heads(bits, tosses), tosses);
  // Six standard deviations.
  EXPECT_NEAR(static_cast<double>(count_heads(bits, 1'000'001)), 500'000.5, 3000);
}

TEST(Binomial, HasTheMeanOfItsProbability) {
  SplitMix bits(1);
  for (const std::uint64_t most_tosses : {most, least_drawn_heads}) {
    const auto successes = static_cast<double>(binomial(bits, 30'000'000, 1, 3, most_tosses));
    EXPECT_NEAR(successes, 1e7, 6 * std::sqrt(3e7 * 2 / 9));
  }
  EXPECT_EQ(binomial(bits, 0, 1, 3, most), 0U);
  EXPECT_EQ(binomial(bits, 1000, 0, 3, most), 0U);
}

}  // namespace
}  // namespace fibo::detail
