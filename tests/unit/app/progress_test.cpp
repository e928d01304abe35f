// SPDX-License-Identifier: MIT
#include "fibo/app/progress.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fibo {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

const ProgressState some_state{.part_done = 0.425,
                               .keys_done = 4215,
                               .keys_at_most = 10'001,
                               .digits = 2'640'000'000,
                               .keys_per_s = 1804.4,
                               .busy_cores = 2,
                               .left_s = 67.2};

struct FakeTerminal final : Terminal {
  [[nodiscard]] std::size_t columns() const override { return width; }
  void write(std::string_view text) override { writes.emplace_back(text); }

  std::size_t width = 80;
  std::vector<std::string> writes;
};

TEST(ProgressText, ShowsEverythingWhereThereIsRoom) {
  EXPECT_EQ(progress_text(some_state, 100),
            "[#######..........]  42 %  4,215 of 10,001 keys  2.6 G digits  1.8 k keys/s  "
            "2 cores busy  1:08 left");
}

TEST(ProgressText, LeavesOutWhatTellsLeastWhereThereIsNot) {
  EXPECT_EQ(progress_text(some_state, 60),
            "[########...........]  42 %  4,215 of 10,001 keys  1:08 left");
  EXPECT_EQ(progress_text(some_state, 16), "42 %  1:08 left");
  EXPECT_EQ(progress_text(some_state, 9), "1:08 left");
  EXPECT_EQ(progress_text(some_state, 4), "1:08");
  EXPECT_EQ(progress_text(some_state, 0), "");
}

TEST(ProgressText, FitsAnyWidth) {
  ProgressState state = some_state;
  for (const double left_s : {0.0, 59.5, 3599.0, 86'400.0, 1e9}) {
    state.left_s = left_s;
    for (std::size_t columns = 0; columns <= 300; ++columns)
      EXPECT_LE(progress_text(state, columns).size(), columns);
  }
}

TEST(ProgressText, IsHalfDoneAtHalfAndNeverWhole) {
  ProgressState state{};
  for (const auto& [part, percent] :
       {std::pair(0.5, "50 %"), {0.989, "98 %"}, {0.99, "99 %"}, {1.0, "99 %"}}) {
    state.part_done = part;
    EXPECT_THAT(progress_text(state, 16), HasSubstr(percent));
  }
}

TEST(ProgressText, TellsTimesAndNumbersForPeople) {
  ProgressState state{};
  EXPECT_THAT(progress_text(state, 100), HasSubstr("0 % "));
  state = {.part_done = 1, .keys_per_s = 0.31, .left_s = 3 * 86'400.0};
  const std::string text = progress_text(state, 100);
  EXPECT_THAT(text, HasSubstr("99 %"));
  EXPECT_THAT(text, HasSubstr(" 0.31 keys/s"));
  EXPECT_THAT(text, HasSubstr("3 days left"));
  for (const auto& [per_s, rate] : {std::pair(0.0, " 0 keys/s"), std::pair(0.021, " 0.021 keys/s"),
                                    std::pair(5.0, " 5.0 keys/s"), std::pair(77.6, " 78 keys/s"),
                                    std::pair(999.8, " 1.0 k keys/s")}) {
    state.keys_per_s = per_s;
    EXPECT_THAT(progress_text(state, 100), HasSubstr(rate));
  }
  state.left_s = 3661;
  EXPECT_THAT(progress_text(state, 100), HasSubstr("1:01:01 left"));
}

class ProgressTest : public testing::Test {
 protected:
  /// The line of some_state, drawn from a moment on.
  Progress progress_from(double begin_s, bool color = false) {
    return Progress(
        terminal_, [] { return some_state; }, [this] { return now_s_; }, begin_s, color);
  }

  FakeTerminal terminal_;
  double now_s_ = 0;
};

TEST_F(ProgressTest, IsRedrawnTenTimesASecondAtMost) {
  Progress progress = progress_from(1);
  for (int ms = 0; ms <= 3000; ++ms) {
    now_s_ = ms / 1000.0;
    progress.looked();
  }
  // The first after a second.
  EXPECT_GE(terminal_.writes.size(), 18U);
  EXPECT_LE(terminal_.writes.size(), 21U);
}

TEST_F(ProgressTest, IsNotDrawnInAShortRun) {
  {
    Progress progress = progress_from(1);
    now_s_ = 0.99;
    progress.looked();
  }
  EXPECT_THAT(terminal_.writes, SizeIs(0));
}

// The cursor is where the line begins, so that a narrower terminal, which breaks the line into
// several, lets it be drawn over and cleared as a whole.
TEST_F(ProgressTest, FollowsTheWidthOfTheTerminal) {
  Progress progress = progress_from(0);
  std::size_t drawn = 0;
  for (const std::size_t width : {80U, 17U, 200U, 3U, 1U}) {
    terminal_.width = width;
    now_s_ += 1;
    progress.looked();
    const std::string line = progress_text(some_state, width - 1);
    const std::string erase = drawn > width ? "\x1b[J" : "\x1b[K";
    EXPECT_EQ(terminal_.writes.back(), "\r" + line + erase + "\r");
    drawn = line.size();
  }
  terminal_.width = 0;
  now_s_ += 1;
  progress.looked();
  EXPECT_THAT(terminal_.writes, SizeIs(5)) << "it is drawn where nobody looks";
}

TEST_F(ProgressTest, ColoursNothingButTheBar) {
  Progress progress = progress_from(0, true);
  progress.looked();
  EXPECT_THAT(terminal_.writes.back(), testing::StartsWith("\r\x1b[32m["));
  EXPECT_THAT(terminal_.writes.back(), HasSubstr("]\x1b[0m  42 %"));
}

TEST_F(ProgressTest, MakesWayForAMessageForAMoment) {
  Progress progress = progress_from(0);
  progress.looked();
  progress.make_way();
  EXPECT_EQ(terminal_.writes.back(), "\r\x1b[K");
  now_s_ = 0.4;
  progress.looked();
  EXPECT_THAT(terminal_.writes, SizeIs(2)) << "it is drawn before the message is there";
  now_s_ = 0.6;
  progress.looked();
  EXPECT_THAT(terminal_.writes, SizeIs(3));
}

TEST_F(ProgressTest, LeavesNothingBehind) {
  {
    Progress progress = progress_from(0);
    progress.looked();
    progress.clear();
    EXPECT_EQ(terminal_.writes.back(), "\r\x1b[K");
  }
  EXPECT_THAT(terminal_.writes, SizeIs(2));
}

TEST_F(ProgressTest, LeavesNothingBehindOnATerminalThatHasBecomeNarrow) {
  Progress progress = progress_from(0);
  progress.looked();
  terminal_.width = 20;
  progress.clear();
  EXPECT_EQ(terminal_.writes.back(), "\r\x1b[J");
}

TEST_F(ProgressTest, ClearsNothingWhereOthersAreSeen) {
  Progress progress = progress_from(0);
  progress.looked();
  terminal_.width = 0;
  progress.clear();
  EXPECT_THAT(terminal_.writes, SizeIs(1));
}

}  // namespace
}  // namespace fibo
