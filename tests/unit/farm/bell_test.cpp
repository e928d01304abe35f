// SPDX-License-Identifier: MIT
#include "fibo/farm/bell.hpp"

#include "fibo/farm/mailbox.hpp"

#include <chrono>
#include <cstdlib>
#include <optional>
#include <thread>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace fibo {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

// Longer than any test takes that does not hang.
constexpr auto ages = 60s;

Bell make_bell() {
  const std::optional<Bell> bell = Bell::make();
  if (!bell) throw std::runtime_error("there is no bell to be had");
  return *bell;
}

TEST(Bell, CountsHowOftenItIsRung) {
  const Bell bell = make_bell();
  EXPECT_EQ(bell.count(), 0U);
  bell.ring();
  bell.ring();
  EXPECT_EQ(bell.count(), 2U);
}

TEST(Bell, EndsAWaitThatBeginsBeforeItIsRung) {
  const Bell bell = make_bell();
  const auto begin = Clock::now();
  std::thread ringer([&] {
    std::this_thread::sleep_for(20ms);
    bell.ring();
  });
  while (bell.count() == 0) bell.wait(0, ages);
  ringer.join();
  EXPECT_LT(Clock::now() - begin, ages);
}

TEST(Bell, IsHeardByWhoBeginsToWaitAfterItWasRung) {
  const Bell bell = make_bell();
  bell.ring();
  const auto begin = Clock::now();
  bell.wait(0, ages);
  EXPECT_LT(Clock::now() - begin, ages);
}

TEST(Bell, KeepsNobodyWaitingForEver) {
  const Bell bell = make_bell();
  bell.wait(bell.count(), 0us);
  bell.wait(bell.count(), 1ms);
  EXPECT_EQ(bell.count(), 0U);
}

TEST(Bell, IsRungByAnotherProcess) {
  const Bell bell = make_bell();
  const BellPlace place = bell.place();
  const pid_t child = ::fork();
  if (child == 0) {
    const std::optional<Bell> theirs = Bell::open(place);
    if (theirs) theirs->ring();
    std::_Exit(theirs ? 0 : 1);
  }
  const auto begin = Clock::now();
  while (bell.count() == 0 && Clock::now() - begin < ages) bell.wait(0, 1s);
  int status = 1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(bell.count(), 1U);
}

TEST(Bell, IsNotFoundWhereThereIsNone) {
  const Bell bell = make_bell();
  BellPlace place = bell.place();
  ++place.token;
  EXPECT_FALSE(Bell::open(place));
  EXPECT_FALSE(Bell::open({}));
}

// Each of many messages is put just when the other thread may be about to wait.
TEST(Mailbox, LosesNoMessageWhereItsTakerWaitsAtABell) {
  Mailbox box;
  box.put({'a'});
  box.wait_at(make_bell());
  EXPECT_EQ(box.take_within(ages), Bytes({'a'}));
  constexpr int count = 20'000;
  std::thread putter([&] {
    for (int i = 0; i < count; ++i) {
      box.put({static_cast<char>(i % 100)});
      if (i % 7 == 0) std::this_thread::yield();
    }
  });
  const auto begin = Clock::now();
  for (int i = 0; i < count;) {
    const auto message = box.take_within(ages);
    if (!message) continue;
    EXPECT_EQ(*message, Bytes({static_cast<char>(i % 100)}));
    ++i;
  }
  putter.join();
  EXPECT_LT(Clock::now() - begin, ages);
}

TEST(Mailbox, ReturnsEarlyWhenItsBellIsRungForSomethingElse) {
  Mailbox box;
  const Bell bell = make_bell();
  box.wait_at(bell);
  box.take_within(0us);
  bell.ring();
  const auto begin = Clock::now();
  EXPECT_FALSE(box.take_within(ages));
  EXPECT_LT(Clock::now() - begin, ages);
}

}  // namespace
}  // namespace fibo
