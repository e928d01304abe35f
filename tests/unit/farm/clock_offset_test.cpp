// SPDX-License-Identifier: MIT
#include "fibo/farm/clock_offset.hpp"

#include <algorithm>
#include <random>

#include <gtest/gtest.h>

namespace fibo {
namespace {

TEST(ClockOffset, IsZeroUntilSomethingIsKnown) {
  EXPECT_EQ(ClockOffset().seconds(), 0);
}

TEST(ClockOffset, IsZeroWhereTheClockIsShared) {
  ClockOffset offset;
  offset.producer_received(1000, 1000.001);
  EXPECT_EQ(offset.seconds(), 0);
  offset.worker_acted(1000.002, 1000.003);
  EXPECT_EQ(offset.seconds(), 0);
}

TEST(ClockOffset, OfAnotherMachineErrsByHalfTheQuickestRoundTripAtMost) {
  std::mt19937_64 random(11);
  std::uniform_real_distribution<double> delay_s(50e-6, 2e-3);
  for (const double truth_s : {-5000.0, -1.0, 0.5, 1e6}) {
    ClockOffset offset;
    double least_delay_s[2] = {1, 1};
    for (double now_s = 100; now_s < 101; now_s += 0.05) {
      const double there_s = delay_s(random);
      const double back_s = delay_s(random);
      offset.worker_acted(now_s, now_s + there_s - truth_s);
      offset.producer_received(now_s + there_s - truth_s, now_s + there_s + back_s);
      least_delay_s[0] = std::min(least_delay_s[0], there_s);
      least_delay_s[1] = std::min(least_delay_s[1], back_s);
    }
    // Old bounds have slackened a little meanwhile.
    EXPECT_NEAR(offset.seconds(), truth_s, std::max(least_delay_s[0], least_delay_s[1]) / 2 + 1e-4);
  }
}

TEST(ClockOffset, FollowsAClockThatDrifts) {
  ClockOffset offset;
  double truth_s = 0;
  for (double now_s = 0; now_s < 10'000; now_s += 10) {
    truth_s = 1000 + 5e-5 * now_s;
    offset.worker_acted(now_s, now_s + 1e-3 - truth_s);
    offset.producer_received(now_s + 1e-3 - truth_s, now_s + 2e-3);
  }
  EXPECT_NEAR(offset.seconds(), truth_s, 3e-3);
}

}  // namespace
}  // namespace fibo
