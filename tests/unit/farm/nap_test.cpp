// SPDX-License-Identifier: MIT
#include "fibo/farm/nap.hpp"

#include <chrono>
#include <thread>

#include <gtest/gtest.h>

namespace fibo {
namespace {

using namespace std::chrono_literals;

// The usual nap once messages have come one upon the other: as many as it takes, as a busy machine
// may take the core away between two.
std::chrono::microseconds usual_after_many(Nap& nap) {
  nap.reset();
  for (int i = 0; i < 1'000'000 && nap.next_usual(false) != 100us; ++i) nap.reset();
  return nap.next_usual(false);
}

// Whether a nap right after a message is none, at once or when it is asked again.
template <typename Next>
bool is_none_after_a_message(Nap& nap, const Next& next) {
  for (int i = 0; i < 1000; ++i) {
    nap.reset();
    if (next() == 0us) return true;
  }
  return false;
}

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
  EXPECT_EQ(usual_after_many(nap), 100us);
  for (int i = 0; i < 20; ++i) {
    std::this_thread::sleep_for(2ms);
    nap.reset();
  }
  EXPECT_EQ(nap.next_usual(false), 1ms);
  EXPECT_EQ(usual_after_many(nap), 100us);
}

TEST(Nap, IsAsLongAsItMayWhereOneIsWokenButNotWhileALongMessageMoves) {
  Nap nap;
  nap.reset();
  EXPECT_EQ(nap.next_rung(false, 20ms), 20ms);
  EXPECT_TRUE(is_none_after_a_message(nap, [&nap] { return nap.next_rung(true, 20ms); }));
}

TEST(Nap, IsNoneWhileALongMessageMovesAndShortWhenItHasStopped) {
  Nap nap;
  EXPECT_TRUE(is_none_after_a_message(nap, [&nap] { return nap.next_unhurried(true); }));
  std::this_thread::sleep_for(2ms);
  const auto stopped = nap.next_unhurried(true);
  EXPECT_GT(stopped, 0us);
  EXPECT_LT(stopped, nap.next_unhurried(false));
}

}  // namespace
}  // namespace fibo
