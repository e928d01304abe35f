// SPDX-License-Identifier: MIT
//
// What --memory promises, as the system counts it.
#include "cli/program.hpp"
#include "support/command.hpp"
#include "support/sanitizers.hpp"
#include "support/temp_folder.hpp"

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace fibo::test {
namespace {

// The most that each rank had resident, in bytes.
std::vector<std::uint64_t> peak_bytes(int ranks, const std::vector<std::string>& arguments) {
  const TempFolder folder;
  std::vector<std::string> argv{PEAK_MEMORY, folder.path() / "peak", FIBO_MPI_PROGRAM};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  Command command = mpi_command(ranks, argv);
  command.time_limit = std::chrono::seconds(110);
  const CommandResult result = run_command(command);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  std::vector<std::uint64_t> peaks;
  for (int rank = 0; rank < ranks; ++rank)
    peaks.push_back(
        1024 * std::strtoull(folder.read(std::string("peak.").append(std::to_string(rank))).c_str(),
                             nullptr, 10));
  return peaks;
}

void expect_within(std::uint64_t budget_bytes, const std::vector<std::uint64_t>& peaks) {
  for (const std::uint64_t peak : peaks) {
    EXPECT_GT(peak, 0U);
    EXPECT_LT(static_cast<double>(peak), 1.3 * static_cast<double>(budget_bytes));
  }
}

class Memory : public testing::Test {
 protected:
  void SetUp() override {
    if (with_sanitizers) GTEST_SKIP() << "sanitizers take more than the budgets";
  }
};

// 1.37 GB of digits.
TEST_F(Memory, StaysWithinTheBudgetWhenTheOutputIsTwentyTimesAsLong) {
  for (const int ranks : {1, 2, 3, 6})
    expect_within(std::uint64_t{64} << 20,
                  peak_bytes(ranks, {"1..114500", "--memory", "64M", "-q", "-o", "/dev/null"}));
}

// 1.4 GB in values of a few MB, whose keys are random.
TEST_F(Memory, StaysWithinTheBudgetWithLongValuesOfRandomKeys) {
  expect_within(std::uint64_t{64} << 20,
                peak_bytes(2, {"--count", "700", "--min", "9000000", "--max", "10000000",
                               "--memory", "64M", "-q", "-o", "/dev/null"}));
}

}  // namespace
}  // namespace fibo::test
