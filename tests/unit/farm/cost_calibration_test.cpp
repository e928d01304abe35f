// SPDX-License-Identifier: MIT
#include "fibo/farm/cost_calibration.hpp"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace fibo {
namespace {

constexpr double micro = 1e-6;
constexpr double milli = 1e-3;

TEST(CostCalibration, BelievesTheModelUntilSomethingIsMeasured) {
  const CostCalibration calibration(3);
  EXPECT_EQ(calibration.correction(milli), 1);
  EXPECT_EQ(calibration.correction(0), 1);
  EXPECT_EQ(calibration.correction(1e300), 1);
  EXPECT_EQ(calibration.speed(Rank{2}), 1);
}

TEST(CostCalibration, ComesToWhatIsMeasured) {
  CostCalibration calibration(2);
  for (int i = 0; i < 60; ++i) calibration.measured(Rank{i % 2}, 10, 10 * milli, 30 * milli);
  EXPECT_NEAR(calibration.correction(milli), 3, 0.01);
  EXPECT_NEAR(calibration.speed(Rank{0}), 1, 0.01);
  for (int i = 0; i < 60; ++i) calibration.measured(Rank{i % 2}, 10, 10 * milli, 1 * milli);
  EXPECT_NEAR(calibration.correction(milli), 0.1, 0.01) << "it does not follow";
}

TEST(CostCalibration, CorrectsEachOrderOfMagnitudeByItself) {
  CostCalibration calibration(1);
  for (int i = 0; i < 60; ++i) {
    calibration.measured(Rank{0}, 100, 100 * micro, 500 * micro);
    calibration.measured(Rank{0}, 1, 1, 0.5);
  }
  EXPECT_NEAR(calibration.correction(micro), 5, 0.2);
  EXPECT_NEAR(calibration.correction(1), 0.5, 0.02);
  EXPECT_NEAR(calibration.correction(micro / 100), 5, 0.2) << "the nearest that was measured";
  EXPECT_NEAR(calibration.correction(100), 0.5, 0.02);
}

TEST(CostCalibration, TellsASlowRankFromCostlyKeys) {
  CostCalibration calibration(3);
  for (int i = 0; i < 100; ++i) {
    calibration.measured(Rank{0}, 1, milli, 2 * milli);
    calibration.measured(Rank{1}, 1, milli, 2 * milli);
    calibration.measured(Rank{2}, 1, milli, 20 * milli);
  }
  EXPECT_NEAR(calibration.speed(Rank{0}) / calibration.speed(Rank{2}), 10, 0.5);
  EXPECT_NEAR(calibration.speed(Rank{0}) / calibration.speed(Rank{1}), 1, 0.01);
  for (const int rank : {0, 2})
    EXPECT_NEAR(milli * calibration.correction(milli) / calibration.speed(Rank{rank}),
                rank == 0 ? 2 * milli : 20 * milli, milli);
}

TEST(CostCalibration, IsNotUpsetByOnePiece) {
  CostCalibration calibration(2);
  for (int i = 0; i < 40; ++i) calibration.measured(Rank{i % 2}, 1, milli, milli);
  calibration.measured(Rank{1}, 1, milli, 1e6);
  EXPECT_LT(calibration.correction(milli), 4);
  EXPECT_GT(calibration.speed(Rank{1}), 0.2);
}

TEST(CostCalibration, IgnoresWhatMakesNoSense) {
  CostCalibration calibration(1);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  for (const double seconds : {0.0, -1.0, nan, infinity}) {
    calibration.measured(Rank{0}, 1, milli, seconds);
    calibration.measured(Rank{0}, 1, seconds, milli);
  }
  calibration.measured(Rank{0}, 0, milli, milli);
  EXPECT_EQ(calibration.correction(milli), 1);
  EXPECT_EQ(calibration.speed(Rank{0}), 1);
}

}  // namespace
}  // namespace fibo
