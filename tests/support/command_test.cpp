// SPDX-License-Identifier: MIT
#include "support/command.hpp"

#include "support/temp_folder.hpp"

#include <algorithm>
#include <csignal>
#include <fstream>
#include <system_error>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace fibo::test {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Command shell(const std::string& script) {
  Command command;
  command.argv = {"bash", "-c", script};
  return command;
}

std::string no_result(const CommandResult& result) {
  return result.out + "|" + result.err;
}

/// How many processes have `word` as an argument.
std::ptrdiff_t processes_with_argument(const std::string& word) {
  return std::ranges::count_if(std::filesystem::directory_iterator("/proc"),
                               [&](const auto& entry) {
                                 std::ifstream file(entry.path() / "cmdline", std::ios::binary);
                                 std::string argument;
                                 while (std::getline(file, argument, '\0') && argument != word) {
                                 }
                                 return argument == word;
                               });
}

/// A time to sleep that no other process on the machine has among its arguments.
std::string unique_nap() {
  return "300." + std::to_string(getpid());
}

TEST(RunCommand, KeepsStdoutAndStderrApart) {
  const auto result = run_command(shell("echo one; echo two >&2; echo three"));
  EXPECT_EQ(result.out, "one\nthree\n");
  EXPECT_EQ(result.err, "two\n");
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.signal, 0);
  EXPECT_FALSE(result.timed_out);
  EXPECT_THAT(result.left_behind, IsEmpty());
}

TEST(RunCommand, ReportsTheExitCode) {
  EXPECT_EQ(run_command(shell("exit 7")).exit_code, 7);
}

TEST(RunCommand, ReportsTheSignalThatEndedTheCommand) {
  const auto result = run_command(shell("kill -SEGV $$"));
  EXPECT_EQ(result.exit_code, -1);
  EXPECT_EQ(result.signal, SIGSEGV);
}

TEST(RunCommand, GivesArgumentsInputEnvironmentAndFolder) {
  const TempFolder folder;
  Command command;
  command.argv = {"bash", "-c", R"(cat; echo "$1|$COLOUR|$PWD")", "bash", "two words"};
  command.input = "line\n";
  command.environment = {{"COLOUR", "dark blue"}};
  command.folder = folder.path();
  EXPECT_EQ(run_command(command).out, "line\ntwo words|dark blue|" + folder.path().string() + "\n");
}

TEST(RunCommand, CarriesOutputOfManyMegabytes) {
  const auto result =
      run_command(shell("head -c 20000000 /dev/zero; head -c 3000000 /dev/zero >&2"));
  EXPECT_EQ(result.out.size(), 20'000'000U);
  EXPECT_EQ(result.err.size(), 3'000'000U);
}

TEST(RunCommand, ThrowsWhereThereIsNoSuchProgram) {
  Command command;
  command.argv = {"/no/such/program"};
  EXPECT_THROW(run_command(command), std::system_error);
}

TEST(RunCommand, EndsAtTheTimeLimitWithAllThatItStarted) {
  // The inner shell with job control makes a process group of its own.
  auto command = shell("set -m; sleep " + unique_nap() + " & echo started; wait");
  command.time_limit = seconds(1);
  const auto result = run_command(command);
  EXPECT_TRUE(result.timed_out) << no_result(result);
  EXPECT_EQ(result.signal, SIGKILL);
  EXPECT_EQ(result.out, "started\n");
  EXPECT_EQ(processes_with_argument(unique_nap()), 0);
}

TEST(RunCommand, LeavesOutWhatMpirunSaysOfItsOwn) {
  const std::string rule(74, '-');
  auto command =
      shell("echo one; echo " + rule + "; echo mpirun has noticed; echo " + rule +
            "; echo '[vm:1234] PMIX ERROR: PMIX_ERR_UNREACH in file s.c at line 1'; echo two");
  EXPECT_THAT(run_command(command).out, HasSubstr("has noticed"));
  command.by_mpirun = true;
  EXPECT_EQ(run_command(command).out, "one\ntwo\n");
}

TEST(RunCommand, NamesAndEndsWhatOutlivesTheCommand) {
  const auto result = run_command(shell("sleep " + unique_nap() + " & exit 0"));
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.left_behind, ElementsAre("sleep, state S"));
  EXPECT_EQ(processes_with_argument(unique_nap()), 0);
}

TEST(MpiCommand, LeavesNoRankBehindAtTheTimeLimit) {
  auto command = mpi_command(3, {"bash", "-c", "echo up; exec sleep " + unique_nap()});
  command.time_limit = seconds(6);
  const auto result = run_command(command);
  EXPECT_TRUE(result.timed_out) << no_result(result);
  EXPECT_EQ(result.out, "up\nup\nup\n") << result.err;
  EXPECT_EQ(processes_with_argument(unique_nap()), 0);
}

TEST(MpiCommand, PassesOnTheExitCodeWithoutWordsOfItsOwn) {
  const auto result = run_command(
      mpi_command(2, {"bash", "-c", "[ $OMPI_COMM_WORLD_RANK = 1 ] || { echo no >&2; exit 2; }"}));
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(result.err, "no\n");
}

TEST(MpiCommand, StartsMoreRanksThanTheMachineHasCores) {
  const auto result = run_command(mpi_command(9, {"echo", "two words"}));
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(std::ranges::count(result.out, '\n'), 9);
  EXPECT_THAT(result.out, HasSubstr("two words\n"));
}

}  // namespace
}  // namespace fibo::test
