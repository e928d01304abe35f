// SPDX-License-Identifier: MIT
#include "cli/program.hpp"
#include "support/temp_folder.hpp"

#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// Signals that ask a run to end, while it is in the midst of keys that take seconds each, or of a
// stream of keys that has no end.

namespace fibo::test {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;

const std::vector<std::string> long_keys{"1..3", "2000000000..2000000100"};

/// Runs the program until one of its ranks has the output open, sends `signal` to the rank that was
/// started last, and waits. The exit code of the program comes after its own output.
CommandResult run_and_interrupt(const std::string& signal, const TempFolder& folder, int ranks,
                                std::vector<std::string> arguments = long_keys) {
  arguments.insert(arguments.end(), {"-o", "values.txt"});
  Command command = program_command({std::move(arguments), ranks, "", folder.path()});
  const std::string script = R"sh(set -m  # or the program would be started with SIGINT ignored
"$@" & job=$!
until ls | grep -q '^values.txt'; do sleep 0.05; done
sleep 0.3
kill -)sh" + signal + R"sh( $(pgrep -n -s 0 -x fibo_mpi)
wait $job
echo $?)sh";
  const std::vector<std::string> shell = {"bash", "-c", script, "bash"};
  command.argv.insert(command.argv.begin(), shell.begin(), shell.end());
  auto result = run_command(command);
  EXPECT_FALSE(result.timed_out) << "it hangs; stderr: " << result.err;
  EXPECT_EQ(result.left_behind, 0U);
  return result;
}

class Interruption : public testing::TestWithParam<std::string> {};

TEST_P(Interruption, EndsALongKeyWithExitCode3AndLeavesNoFile) {
  const TempFolder folder;
  const auto result = run_and_interrupt(GetParam(), folder, without_mpirun);
  EXPECT_EQ(result.out, "3\n");
  EXPECT_THAT(result.err, HasSubstr("fibo_mpi: interrupted by SIG" + GetParam() + ": "));
  EXPECT_THAT(result.err, HasSubstr(" are left; nothing is kept; run it again, with --store FILE"));
  EXPECT_EQ(folder.names(), std::set<std::string>{});
}

INSTANTIATE_TEST_SUITE_P(Signals, Interruption,
                         testing::Values("TERM", "INT", "HUP", "USR1", "USR2"));

TEST(InterruptionOfAJob, AtAnyRankEndsAllOfThem) {
  const TempFolder folder;
  const auto result = run_and_interrupt("USR1", folder, 3);
  EXPECT_EQ(result.out, "3\n");
  EXPECT_THAT(result.err, HasSubstr("fibo_mpi: interrupted by SIGUSR1"));
  EXPECT_EQ(folder.names(), std::set<std::string>{});
}

// However many keys are asked for, the first ones are drawn at once.
TEST(InterruptionOfAJob, EndsTheLongestStreamOfRandomKeys) {
  const TempFolder folder;
  const auto result = run_and_interrupt(
      "TERM", folder, 2,
      {"--count", "18446744073709551615", "--max", "18446744073709551615", "--mod", "7"});
  EXPECT_EQ(result.out, "3\n");
  EXPECT_THAT(result.err, ContainsRegex("interrupted by SIGTERM.*: [1-9][0-9]* values are done"));
  EXPECT_EQ(folder.names(), std::set<std::string>{});
}

}  // namespace
}  // namespace fibo::test
