// SPDX-License-Identifier: MIT
#include "fibo/results/axis.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fibo {
namespace {

using testing::ElementsAre;
using testing::Not;

std::vector<std::string> texts(const LogAxis& axis) {
  std::vector<std::string> all;
  for (const Tick& tick : axis.ticks) {
    EXPECT_GE(tick.log10, axis.from - 1e-9);
    EXPECT_LE(tick.log10, axis.to + 1e-9);
    all.push_back(tick.exponent.empty() ? tick.text : tick.text + "^" + tick.exponent);
  }
  return all;
}

TEST(LogAxis, HasPowersOfTenFromTwoDecadesOn) {
  EXPECT_THAT(texts(log_axis(1, 1000, 0, AxisUnit::numbers)),
              ElementsAre("10^0", "10^1", "10^2", "10^3"));
  EXPECT_THAT(texts(log_axis(2e-6, 0.5, 0, AxisUnit::seconds)),
              ElementsAre("10 us", "100 us", "1 ms", "10 ms", "100 ms"));
  EXPECT_LE(log_axis(1, 1e19, 0, AxisUnit::numbers).ticks.size(), 7U);
}

TEST(LogAxis, HasRoundNumbersBelowTwoDecades) {
  EXPECT_THAT(texts(log_axis(150, 2500, 0, AxisUnit::numbers)),
              ElementsAre("200", "500", "1,000", "2,000"));
  EXPECT_THAT(texts(log_axis(3e17, 4e18, 0, AxisUnit::numbers)),
              ElementsAre("5·10^17", "10^18", "2·10^18"));
  EXPECT_THAT(texts(log_axis(0.04, 0.6, 0, AxisUnit::seconds)),
              ElementsAre("50 ms", "100 ms", "200 ms", "500 ms"));
}

TEST(LogAxis, ShowsWhereValuesAreThatAreClose) {
  const LogAxis axis = log_axis(20'000'000, 20'000'100, 0, AxisUnit::numbers);
  EXPECT_THAT(texts(axis), ElementsAre("20,000,000", "20,000,050", "20,000,100"));
  EXPECT_LT(axis.to - axis.from, 1e-5);
  EXPECT_THAT(texts(log_axis(4179752, 4179773, 0.05, AxisUnit::numbers)),
              ElementsAre("4,000,000", "4,500,000"));
  EXPECT_THAT(texts(log_axis(0.098, 0.1, 0.05, AxisUnit::seconds)),
              ElementsAre("90 ms", "100 ms", "110 ms"));
}

TEST(LogAxis, HasRoomForASingleValue) {
  for (const double value : {1.0, 7.0, 1000.0, 2e19}) {
    const LogAxis axis = log_axis(value, value, 0, AxisUnit::numbers);
    EXPECT_LT(axis.from, axis.to);
    EXPECT_THAT(axis.ticks, Not(testing::IsEmpty()));
    EXPECT_LT(axis.longest_text(), 16U);
  }
}

TEST(LogAxis, HasTicksOfDifferentTextsHoweverLargeTheNumbers) {
  const auto ticks = texts(log_axis(1e18, 1e18 + 1e12, 0, AxisUnit::numbers));
  ASSERT_GE(ticks.size(), 2U);
  EXPECT_NE(ticks[0], ticks[1]);
  EXPECT_LT(ticks[1].size(), 18U);
}

TEST(RoundStep, IsOneTwoOrFiveTimesAPowerOfTen) {
  EXPECT_DOUBLE_EQ(round_step(8, 8), 1);
  EXPECT_DOUBLE_EQ(round_step(9, 8), 2);
  EXPECT_DOUBLE_EQ(round_step(0.3, 8), 0.05);
}

}  // namespace
}  // namespace fibo
