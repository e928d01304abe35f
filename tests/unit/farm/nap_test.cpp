// SPDX-License-Identifier: MIT
#include "fibo/farm/nap.hpp"

#include <chrono>
#include <thread>

#include <gtest/gtest.h>

namespace fibo {
namespace {

using namespace std::chrono_literals;

TEST(Nap, GrowsUntilAMessageComes) {
  Nap nap;
  EXPECT_TRUE(nap.is_first());
  const auto first = nap.next(false);
  EXPECT_FALSE(nap.is_first());
  EXPECT_GT(first, 0us);
  EXPECT_EQ(nap.next(false), 2 * first);
  auto last = first;
  for (int i = 0; i < 20; ++i) last = nap.next(false);
  EXPECT_EQ(last, 1ms);
  nap.reset();
  EXPECT_EQ(nap.next(false), first);
}

TEST(Nap, IsLongWhereMessagesComeSeldomAndShortWhereTheyComeOften) {
  Nap nap;
  for (int i = 0; i < 100; ++i) nap.reset();
  EXPECT_EQ(nap.next_usual(false), 100us);
  for (int i = 0; i < 20; ++i) {
    std::this_thread::sleep_for(2ms);
    nap.reset();
  }
  EXPECT_EQ(nap.next_usual(false), 1ms);
  for (int i = 0; i < 100; ++i) nap.reset();
  EXPECT_EQ(nap.next_usual(false), 100us);
}

TEST(Nap, IsAsLongAsItMayWhereOneIsWokenButNotWhileALongMessageMoves) {
  Nap nap;
  nap.reset();
  EXPECT_EQ(nap.next_rung(false, 20ms), 20ms);
  EXPECT_EQ(nap.next_rung(true, 20ms), 0us);
}

TEST(Nap, IsNoneWhileALongMessageMovesAndShortWhenItHasStopped) {
  Nap nap;
  nap.reset();
  EXPECT_EQ(nap.next_unhurried(true), 0us);
  std::this_thread::sleep_for(2ms);
  const auto stopped = nap.next_unhurried(true);
  EXPECT_GT(stopped, 0us);
  EXPECT_LT(stopped, nap.next_unhurried(false));
}

}  // namespace
}  // namespace fibo
