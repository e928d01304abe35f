// SPDX-License-Identifier: MIT
#include "cli/program.hpp"
#include "support/temp_folder.hpp"

#include <filesystem>
#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// What is said of the machine and of where ranks are: --doctor, -v, and a warning.

namespace fibo::test {
namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

TEST(Doctor, ExaminesTheLaunchOnStdout) {
  const TempFolder folder;
  for (const int ranks : {without_mpirun, 2, 3}) {
    const auto result = run_program({{"--doctor"}, ranks, {}, folder.path()});
    // What is right depends on the machine that runs the test.
    const bool well = result.out.find("PROBLEM") == std::string::npos;
    EXPECT_EQ(result.exit_code, well ? 0 : 1) << result.out;
    EXPECT_EQ(result.err, "");
    EXPECT_THAT(result.out,
                AllOf(HasSubstr(ranks == 3   ? "3 ranks on 1 host, started by mpirun"
                                : ranks == 2 ? "2 ranks on 1 host, started by mpirun"
                                             : "1 rank on 1 host, started by no launcher"),
                      HasSubstr("Open MPI v"), HasSubstr(folder.path().string())));
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(Doctor, TakesNoKeys) {
  const auto result = run_program({{"--doctor", "12"}});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("--doctor: nothing is computed; leave out the keys"));
}

TEST(Doctor, SaysThatAFolderIsNotThere) {
  const auto result = run_program({{"--doctor", "--store", "/none/x.db"}, 1});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.out, HasSubstr("/none: there is no such folder"));
}

TEST(Doctor, ExaminesTheFolderOfTheStoreThatALinkLeadsTo) {
  const TempFolder here;
  const TempFolder elsewhere;
  std::filesystem::create_symlink(elsewhere.path() / "store.db", here.path() / "link");
  const auto result =
      run_program({{"--doctor", "--store", "link"}, without_mpirun, "", here.path()});
  EXPECT_THAT(result.out, HasSubstr(elsewhere.path().string()));
  EXPECT_THAT(result.out, Not(HasSubstr(here.path().string())));
}

TEST(Launch, IsWarnedAboutWhereProcessesDoNotFindEachOther) {
  const Command command{
      .argv = {FIBO_MPI_PROGRAM, "12"},
      .input = "",
      .environment = {{"SLURM_STEP_NUM_TASKS", "2"}, {"SLURM_STEP_LAUNCHER_PORT", "1"}},
      .folder = {}};
  const auto result = run_command(command);
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.err, HasSubstr("fibo_mpi: warning: srun started 2 processes that do not find "
                                    "each other: each computes everything alone"));
}

TEST(Placement, IsInTheSummaryOfAVerboseRun) {
  const auto result = run_program({{"-v", "12"}, 3});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.err, ContainsRegex("fibo_mpi: [^ ]+: 3 ranks, 0-2, on .*CPU"));
  EXPECT_THAT(run_program({{"12"}, 3}).err, Not(HasSubstr("3 ranks, 0-2")));
}

TEST(Placement, IsWarnedAboutWhereRanksShareACore) {
  if (std::thread::hardware_concurrency() < 2) GTEST_SKIP() << "one CPU: no binding is wrong";
  Command command = mpi_command(2, {"taskset", "-c", "0", FIBO_MPI_PROGRAM, "12"});
  const auto result = run_command(command);
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.err, HasSubstr("fibo_mpi: warning: the 2 ranks on "));
  EXPECT_THAT(result.err, HasSubstr("share CPU 0 by a wrong binding"));
  command.argv.push_back("-q");
  EXPECT_EQ(run_command(command).err, "");
}

}  // namespace
}  // namespace fibo::test
