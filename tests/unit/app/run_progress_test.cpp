// SPDX-License-Identifier: MIT
#include "fibo/app/run_progress.hpp"

#include <cstddef>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fibo {
namespace {

using testing::Each;
using testing::HasSubstr;
using testing::SizeIs;

struct FakeTerminal final : Terminal {
  [[nodiscard]] std::size_t columns() const override { return 80; }
  void write(std::string_view text) override { writes.emplace_back(text); }

  std::vector<std::string> writes;
};

/// F(7) for each key from 1 up, as if each took a second to read.
struct SlowValues final : EarlierValues {
  SlowValues(Key last_key, double& clock_s) : last(last_key), now_s(clock_s) {}

  std::optional<std::pair<Key, Value>> take_below(std::optional<Key> /*bound*/) override {
    if (key == last) return std::nullopt;
    now_s += 1;
    return std::pair(++key, Value("13"));
  }

  Key last;
  double& now_s;
  Key key = 0;
};

// What the percent sign stands behind.
int percent(const std::string& line) {
  const std::size_t end = line.find(" %");
  return std::stoi(line.substr(line.rfind(' ', end - 1)));
}

class RunProgressTest : public testing::Test {
 protected:
  double now_s_ = 0;
  std::ostringstream err_;
  FakeTerminal terminal_;
  Surroundings around_{.host = "here",
                       .err = err_,
                       .now_s = [this] { return now_s_; },
                       .memory_bytes = 1 << 20,
                       .random_seed = 1,
                       .terminal = &terminal_};
};

TEST_F(RunProgressTest, IsDrawnWhileKeptValuesAreWritten) {
  NamedKeys source({{1, 10}});
  SlowValues values(10, now_s_);
  const auto second = [](Key) { return 1.0; };
  RunProgress progress(
      {}, source,
      {.cost_s = second, .total_s = cost_by_size({{1, 10}}, second), .writing_s = second}, &values,
      around_);
  while (progress.keys().peek()) progress.keys().pass_over();
  EXPECT_THAT(terminal_.writes, SizeIs(0));
  while (progress.earlier()->take_below(std::nullopt)) {
  }
  EXPECT_THAT(terminal_.writes, SizeIs(10));
  EXPECT_THAT(terminal_.writes, Each(HasSubstr("10 of 10 keys")));
  EXPECT_EQ(percent(terminal_.writes[0]), 55);
  EXPECT_THAT(terminal_.writes[4], HasSubstr("10 digits"));
  EXPECT_THAT(terminal_.writes[4], HasSubstr("0:05 left"));
  EXPECT_EQ(percent(terminal_.writes[9]), 99);
}

TEST_F(RunProgressTest, HasABarThatNeverGoesBack) {
  NamedKeys source({{1, 10}});
  SlowValues values(10, now_s_);
  const auto second = [](Key) { return 1.0; };
  // They take ten times as long as was thought.
  RunProgress progress({}, source,
                       {.cost_s = second,
                        .total_s = cost_by_size({{1, 10}}, second),
                        .writing_s = [](Key) { return 0.1; }},
                       &values, around_);
  while (progress.keys().peek()) progress.keys().pass_over();
  int last = 0;
  while (progress.earlier()->take_below(std::nullopt)) {
    if (terminal_.writes.empty()) continue;
    EXPECT_GE(percent(terminal_.writes.back()), last);
    last = percent(terminal_.writes.back());
  }
}

TEST_F(RunProgressTest, HasNoKeptValuesWithoutAStore) {
  NamedKeys source({{1, 10}});
  RunProgress progress({}, source, {.cost_s = [](Key) { return 1.0; }}, nullptr, around_);
  EXPECT_EQ(progress.earlier(), nullptr);
}

TEST_F(RunProgressTest, IsDrawnWhileManyKeptKeysArePassedOver) {
  NamedKeys source({{1, 1'000'000}});
  const auto tiny = [](Key) { return 1e-6; };
  RunProgress progress({}, source,
                       {.cost_s = tiny, .total_s = cost_by_size({{1, 1'000'000}}, tiny)}, nullptr,
                       around_);
  while (progress.keys().peek()) {
    progress.keys().pass_over();
    now_s_ += 1e-5;
  }
  EXPECT_GE(terminal_.writes.size(), 70U);
  EXPECT_LE(terminal_.writes.size(), 91U);
}

}  // namespace
}  // namespace fibo
