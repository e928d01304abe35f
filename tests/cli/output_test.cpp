// SPDX-License-Identifier: MIT
#include "cli/program.hpp"
#include "support/temp_folder.hpp"

#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// Where results go: files that are complete or absent, pipes that close early, full disks; and what
// --help and --version print.

namespace fibo::test {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::StartsWith;
using Names = std::set<std::string>;

TEST(OutputFile, HoldsWhatStdoutWouldAndNothingIsBesideIt) {
  const TempFolder folder;
  const auto result = run_program({{"10..12", "-o", "F of n.txt"}, 2, "", folder.path()});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(folder.read("F of n.txt"), full_text({10, 11, 12}));
  EXPECT_EQ(folder.names(), Names{"F of n.txt"});
}

TEST(OutputFile, ReplacesTheOneThatWasThere) {
  const TempFolder folder;
  folder.write("out.csv", "a much longer text than the one that comes in its place\n");
  EXPECT_EQ(run_program({{"7", "--format", "csv", "--output", "out.csv"}, 3, "", folder.path()})
                .exit_code,
            0);
  EXPECT_EQ(folder.read("out.csv"), "n,value\n7,13\n");
  EXPECT_EQ(folder.names(), Names{"out.csv"});
}

TEST(OutputFile, StaysAsItWasWhereTheRequestIsRefused) {
  const TempFolder folder;
  folder.write("out.txt", "old\n");
  EXPECT_EQ(run_program({{"ten", "--output", "out.txt"}, 2, "", folder.path()}).exit_code, 2);
  EXPECT_EQ(folder.read("out.txt"), "old\n");
  EXPECT_EQ(folder.names(), Names{"out.txt"});
}

TEST(OutputFile, MayBeReadFromBeforeItIsReplaced) {
  const TempFolder folder;
  folder.write("keys.txt", "6\n5\n");
  const auto result = run_program({{"-k", "keys.txt", "-o", "keys.txt"}, 2, "", folder.path()});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(folder.read("keys.txt"), full_text({5, 6}));
}

TEST(OutputFile, IsStdoutForADash) {
  const TempFolder folder;
  EXPECT_EQ(run_program({{"10", "-o", "-"}, 2, "", folder.path()}).out, full_text({10}));
  EXPECT_EQ(folder.names(), Names{});
}

// A limit on the size of files, with its signal ignored, stands for a disk that is full. Open MPI
// itself needs files of 4 MiB.
TEST(OutputFile, IsAbsentWhereItCannotBeWrittenToItsEnd) {
  const TempFolder folder;
  const auto result =
      run_in_shell(R"(trap '' XFSZ; ulimit -f 8192; exec "$@")",
                   {{"0..10000", "-o", "out.txt"}, without_mpirun, "", folder.path()});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("fibo_mpi: out.txt: File too large"));
  EXPECT_EQ(folder.names(), Names{});
}

TEST(OutputFile, OfAnImpossibleNameIsRefused) {
  const TempFolder folder;
  for (const int ranks : {without_mpirun, 2}) {
    const auto result =
        run_program({{"10", "-o", std::string(300, 'x')}, ranks, "", folder.path()});
    EXPECT_EQ(result.exit_code, 2);
    EXPECT_THAT(result.err, ContainsRegex("^fibo_mpi: --output: x+: File name too long"));
    EXPECT_EQ(folder.names(), Names{});
  }
}

TEST(Stdout, FullIsAnError) {
  const auto result = run_in_shell(R"("$@" >/dev/full)", {{"1..10"}, without_mpirun});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, ContainsRegex("fibo_mpi: .*No space left on device"));
}

TEST(Stdout, FullIsAnErrorOfEveryText) {
  for (const std::string option : {"--help", "--version", "--doctor"}) {
    const auto result = run_in_shell(R"("$@" >/dev/full)", {{option}, without_mpirun});
    EXPECT_EQ(result.exit_code, 1) << option;
    EXPECT_THAT(result.err, ContainsRegex("^fibo_mpi: [^\n]*No space left on device\n$"));
  }
}

TEST(Stdout, ClosedByTheReaderEndsTheRunSoon) {
  const auto alone =
      run_in_shell(R"("$@" | head -n 1; echo "${PIPESTATUS[0]}")", {{"0..20000"}, without_mpirun});
  EXPECT_EQ(alone.out, "F(0) = 0\n1\n");
  EXPECT_THAT(alone.err, ContainsRegex("^fibo_mpi: [^\n]*Broken pipe[^\n]*\n$"));

  // Here the pipe is mpirun's, and so is the exit code.
  const auto job = run_in_shell(R"("$@" | head -n 1)", {{"0..20000"}, 3});
  EXPECT_EQ(job.out, "F(0) = 0\n");
}

TEST(Stdout, FeedsAPipe) {
  const auto result = run_in_shell(R"("$@" | tail -n 1)", {{"0..2000"}, 3});
  EXPECT_EQ(result.out, full_text({2000}));
}

// Whatever else is closed: MPI opens pipes of its own, which get the lowest numbers that are free.
TEST(Stdout, ThatIsNotThereIsAnError) {
  for (const std::string closed : {">&-", ">&- <&-"}) {
    for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
             {"10"}, {"1..200000", "--mod", "7"}, {"--help"}, {"--version"}, {"--doctor"}}) {
      const auto result = run_in_shell("\"$@\" " + closed, {arguments, without_mpirun});
      EXPECT_EQ(result.exit_code, 1) << closed << ' ' << arguments[0];
      EXPECT_EQ(result.err, "fibo_mpi: standard output: Bad file descriptor\n");
    }
  }
}

TEST(Stdout, ThatIsNotThereIsNoErrorWhereResultsGoToAFile) {
  const TempFolder folder;
  const auto result = run_in_shell(R"("$@" >&- 2>&- <&-)",
                                   {{"10", "-o", "out.txt"}, without_mpirun, "", folder.path()});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(folder.read("out.txt"), full_text({10}));
}

TEST(Stdin, ThatIsNotThereIsAnError) {
  const auto result = run_in_shell(R"("$@" <&-)", {{"-k", "-"}, without_mpirun});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("fibo_mpi: --keys-file: stdin: Bad file descriptor"));
}

TEST(Stderr, ThatIsNotThereChangesNothingElse) {
  const auto refused = run_in_shell(R"("$@" 2>&-)", {{"ten"}, without_mpirun});
  EXPECT_EQ(refused.exit_code, 2);
  const auto unwritable = run_in_shell(R"("$@" >&- 2>&-)", {{"10"}, without_mpirun});
  EXPECT_EQ(unwritable.exit_code, 1);
}

TEST(Help, IsOnStdoutOnceAndNamesEveryOption) {
  for (const auto* option : {"--help", "-h"}) {
    const auto result = run_program({{option}, 3});
    EXPECT_EQ(result.exit_code, 0);
    EXPECT_EQ(result.err, "");
    for (const auto* name : {"KEYS", "-k, --keys-file", "-c, --count", "--min", "--max",
                             "-s, --seed", "--digits", "--mod", "-o, --output", "--format",
                             "-v, --verbose", "-q, --quiet", "-h, --help", "--version"}) {
      EXPECT_THAT(result.out, HasSubstr(name));
    }
    EXPECT_EQ(result.out.find("--keys-file"), result.out.rfind("--keys-file"))
        << "it is there twice";
  }
}

TEST(Version, NamesProgramCompilerMpiAndCommit) {
  const auto result = run_program({{"--version"}, 3});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.err, "");
  EXPECT_THAT(result.out, StartsWith("fibo_mpi "));
  EXPECT_THAT(result.out, ContainsRegex("commit.*\n"));
  EXPECT_THAT(result.out, ContainsRegex("GCC|Clang"));
  EXPECT_THAT(result.out, HasSubstr("Open MPI"));
  EXPECT_THAT(result.out, ContainsRegex("processor: (avx512|avx2|portable)\n"));
  EXPECT_EQ(result.out.find("fibo_mpi"), result.out.rfind("fibo_mpi")) << "it is there twice";
}

}  // namespace
}  // namespace fibo::test
