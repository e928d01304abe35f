// SPDX-License-Identifier: MIT
#include "fibo/app/reporter.hpp"

#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fibo {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class ReporterTest : public testing::Test {
 protected:
  ReporterTest() {
    for (const auto& [rank, host] : {std::pair(0, "a"), std::pair(1, "b")})
      reporter_.joined(Rank{rank}, host);
  }

  std::ostringstream err_;
  std::vector<std::string> warnings_;
  Reporter reporter_{err_, "rank 0@a", false,
                     [this](const std::string& warning) { warnings_.push_back(warning); }};
};

TEST_F(ReporterTest, WarnsWhenARankIsLost) {
  reporter_.lost(Rank{1}, "its process died");
  EXPECT_THAT(warnings_, ElementsAre("rank 1@b was lost: its process died"));
  EXPECT_THAT(reporter_.untold(), IsEmpty());
}

TEST_F(ReporterTest, WarnsWhenAValueFailsItsCheck) {
  reporter_.check_failed(Rank{1}, 7);
  EXPECT_THAT(warnings_, ElementsAre("rank 1@b computed a wrong F(7), which was caught; this "
                                     "machine makes mistakes"));
}

TEST_F(ReporterTest, OnlyCountsWhatAMachineGetsWrongAllTheTime) {
  for (Key key = 0; key < 1000; ++key) reporter_.check_failed(Rank{1}, key);
  reporter_.check_failed(Rank{0}, 1000);
  EXPECT_THAT(warnings_, SizeIs(Reporter::most_told + 1));
  EXPECT_THAT(warnings_.at(Reporter::most_told - 1),
              EndsWith("makes mistakes; more of this rank are only counted"));
  EXPECT_THAT(reporter_.untold(),
              ElementsAre("rank 1@b computed 1,000 wrong values in all, each of which was caught"));
}

TEST_F(ReporterTest, CountsALentCoreAsBusy) {
  reporter_.computed(Rank{1}, {.time = {0, 3}, .keys = 1, .threads = 2, .helper = Rank{0}});
  reporter_.left(Rank{0}, {.waiting_s = 3});
  reporter_.left(Rank{1}, {.keys = 1, .computing_s = 3});
  EXPECT_THAT(reporter_.summary({.elapsed_s = 4}), HasSubstr(" 75 % busy"));
}

TEST_F(ReporterTest, SaysHowSlowLongKeysAre) {
  EXPECT_THAT(reporter_.summary({.keys = 1, .distinct_keys = 1, .elapsed_s = 4.59}),
              HasSubstr(" in 4.590 s (0.22 keys/s) on 2 ranks"));
}

}  // namespace
}  // namespace fibo
