// SPDX-License-Identifier: MIT
//
// Processors that compute wrongly: no wrong value goes out, and who made it is named.
#include "faults/faulty_run.hpp"
#include "support/temp_folder.hpp"

#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fibo::test {
namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

class CheckFailure : public testing::TestWithParam<int> {};

TEST_P(CheckFailure, OnOneRankIsMadeGoodByAnotherAndReported) {
  const TempFolder folder;
  const auto result = run_with_faults(
      "flip 1 *", {{"2000..2063", "-o", "values.txt"}, GetParam(), "", folder.path()});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(folder.read("values.txt"), full_text(keys_from_to(2000, 2063)));
  EXPECT_THAT(result.err,
              ContainsRegex("warning: rank 1@[^ ]+ computed a wrong F\\(20[0-9][0-9]\\), "
                            "which was caught"));
  EXPECT_THAT(result.err, Not(HasSubstr("warning: rank 0@")));
  EXPECT_THAT(result.err, HasSubstr("64 keys (64 distinct)"));
}

TEST_P(CheckFailure, EverywhereEndsWithExitCode4AndTheRestIsKept) {
  const TempFolder folder;
  const auto result = run_with_faults(
      "flip * 2050",
      {{"2000..2063", "--store", "store.db", "-o", "values.txt"}, GetParam(), "", folder.path()});
  EXPECT_EQ(result.exit_code, 4);
  EXPECT_THAT(
      result.err,
      ContainsRegex("fibo_mpi: F\\(2050\\) failed its check again after being recomputed, by "
                    "rank [0-9]+@[^ ]+, rank [0-9]+@[^ ]+; it is not written"));
  EXPECT_THAT(folder.names(), Not(testing::Contains("values.txt")));

  // The same command, on ranks that are sound again.
  const auto again = run_with_faults(
      "",
      {{"2000..2063", "--store", "store.db", "-o", "values.txt"}, GetParam(), "", folder.path()});
  EXPECT_EQ(again.exit_code, 0);
  EXPECT_THAT(again.err, HasSubstr("64 keys (64 distinct, 63 from the store)"));
  EXPECT_EQ(folder.read("values.txt"), full_text(keys_from_to(2000, 2063)));
}

TEST_P(CheckFailure, OnEveryRankAtEveryKeyWritesNothing) {
  const auto result = run_with_faults("flip * *", {{"2000..2063"}, GetParam()});
  EXPECT_EQ(result.exit_code, 4);
  EXPECT_EQ(result.out, "");
}

INSTANTIATE_TEST_SUITE_P(Ranks, CheckFailure, testing::Values(2, 3, 5));

TEST(CheckFailureOfOneRank, AloneIsTriedOnceMoreThere) {
  const auto result = run_with_faults("flip 0 2050", {{"2049..2051"}, 1});
  EXPECT_EQ(result.exit_code, 4);
  EXPECT_THAT(result.err, HasSubstr("F(2050) failed its check again"));
  EXPECT_THAT(result.out, Not(HasSubstr("F(2050)")));
}

}  // namespace
}  // namespace fibo::test
