// SPDX-License-Identifier: MIT
//
// The harness of the MPI tests, tested: whatever goes wrong on a rank other than 0, CTest reports a
// failure. Each case is a CTest project of one test, registered as all MPI tests are.
#include "support/command.hpp"
#include "support/temp_folder.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fibo::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

// Runs CTest on one test of the subject, or on those that `filter` matches, which may take so long.
CommandResult ctest_of(const std::string& filter, const std::string& limit_s = "30") {
  const TempFolder folder;
  folder.write("CTestTestfile.cmake",
               "add_test(subject " MPI_TEST_LAUNCHER " 3 " + limit_s +
                   " " HARNESS_SUBJECT " --gtest_filter=" + filter +
                   ")\nset_tests_properties(subject PROPERTIES TIMEOUT 40)\n");
  Command ctest;
  ctest.argv = {"ctest", "--output-on-failure", "--test-dir", folder.path().string()};
  return run_command(ctest);
}

TEST(MpiHarness, PassesWhatPasses) {
  const CommandResult result = ctest_of("Subject.Passes");
  EXPECT_EQ(result.exit_code, 0) << result.out;
}

TEST(MpiHarness, WritesOneReportForAllRanks) {
  const CommandResult result = ctest_of("Subject.WritesOneReport --gtest_output=xml:report.xml");
  EXPECT_EQ(result.exit_code, 0) << result.out;
}

TEST(MpiHarness, ReportsAFailedExpectationOnceWithItsRank) {
  const CommandResult result = ctest_of("Subject.FailsAnExpectation");
  EXPECT_NE(result.exit_code, 0);
  EXPECT_THAT(result.out, HasSubstr("rank 1: Subject.FailsAnExpectation: "));
  const std::size_t first = result.out.find("a failed expectation");
  ASSERT_NE(first, std::string::npos);
  EXPECT_EQ(result.out.find("a failed expectation", first + 1), std::string::npos);
}

TEST(MpiHarness, ReportsAnException) {
  const CommandResult result = ctest_of("Subject.Throws");
  EXPECT_NE(result.exit_code, 0);
  EXPECT_THAT(result.out, HasSubstr("a thrown exception"));
}

TEST(MpiHarness, ReportsADeath) {
  EXPECT_NE(ctest_of("Subject.Dies").exit_code, 0);
}

TEST(MpiHarness, ReportsARankThatExitsEarly) {
  EXPECT_NE(ctest_of("Subject.ExitsEarly").exit_code, 0);
}

TEST(MpiHarness, ReportsAHangAndLeavesNoRankBehind) {
  const CommandResult result = ctest_of("Subject.Hangs", "5");
  EXPECT_NE(result.exit_code, 0);
  EXPECT_FALSE(result.timed_out);
  EXPECT_THAT(result.left_behind, IsEmpty());
}

TEST(MpiHarness, ReportsThatNothingWasRun) {
  EXPECT_NE(ctest_of("Subject.NoSuchTest").exit_code, 0);
}

}  // namespace
}  // namespace fibo::test
