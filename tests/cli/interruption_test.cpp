// SPDX-License-Identifier: MIT
#include "cli/program.hpp"
#include "support/temp_folder.hpp"

#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// Signals that ask a run to end, while it is in the midst of keys that take seconds each, or of a
// stream of keys that has no end.

namespace fibo::test {
namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;

/// Runs the program in `script`, which finds its command line in "$@", and prints the exit code of
/// the program after its own output.
CommandResult run_in_script(const std::string& script, const Invocation& invocation) {
  // mpirun's usual patience with ranks that it ends.
  return run_in_shell("export OMPI_MCA_odls_base_sigkill_timeout=1\n" + script, invocation);
}

const std::vector<std::string> long_keys{"1..3", "2000000000..2000000100", "--store", "store"};

/// Runs the program until rank 0 has the output open and the first values are kept, sends `signal`
/// to the processes that the shell's `whom` prints, and waits.
CommandResult run_and_interrupt(const std::string& signal, const std::string& whom, int ranks,
                                const TempFolder& folder,
                                std::vector<std::string> arguments = long_keys) {
  arguments.insert(arguments.end(), {"-o", "values.txt"});
  return run_in_script(R"sh(set -m  # or the program would be started with SIGINT ignored
rank() {
  for process in $(pgrep -s 0 -x fibo_mpi); do
    tr '\0' '\n' <"/proc/$process/environ" | grep -qx "OMPI_COMM_WORLD_RANK=$1" && echo "$process"
  done
}
"$@" & job=$!
until compgen -G 'values.txt*' >/dev/null; do sleep 0.05; done
if [[ " $* " == *" --store "* ]]; then
  until [[ $(sqlite3 -readonly store 'SELECT sum(kept) FROM runs' 2>/dev/null) == 3 ]]; do
    sleep 0.05
  done
else
  sleep 1
fi
kill -)sh" + signal + " $(" +
                           whom + R"sh()
wait $job
echo $?)sh",
                       {std::move(arguments), ranks, "", folder.path()});
}

void expect_kept(const TempFolder& folder) {
  EXPECT_EQ(folder.names(), std::set<std::string>{"store"});
  const auto again = run_program({{"1..3", "--store", "store"}, without_mpirun, "", folder.path()});
  EXPECT_EQ(again.exit_code, 0);
  EXPECT_THAT(again.err, HasSubstr("(3 distinct, 3 from the store)"));
}

class Interruption : public testing::TestWithParam<std::string> {};

TEST_P(Interruption, EndsALongKeyWithExitCode3AndKeepsWhatIsDone) {
  const TempFolder folder;
  const auto result =
      run_and_interrupt(GetParam(), "pgrep -s 0 -x fibo_mpi", without_mpirun, folder);
  EXPECT_EQ(result.out, "3\n");
  EXPECT_THAT(result.err, HasSubstr("fibo_mpi: interrupted by SIG" + GetParam() + ": "));
  EXPECT_THAT(result.err, HasSubstr(" are left; what is done is kept in store; run the same"));
  expect_kept(folder);
}

INSTANTIATE_TEST_SUITE_P(Signals, Interruption,
                         testing::Values("TERM", "INT", "HUP", "USR1", "USR2"));

class InterruptionOfAJob : public testing::TestWithParam<std::tuple<std::string, int>> {};

TEST_P(InterruptionOfAJob, AtAnyRankEndsAllOfThem) {
  const auto& [signal, rank] = GetParam();
  const TempFolder folder;
  const auto result = run_and_interrupt(signal, "rank " + std::to_string(rank), 3, folder);
  EXPECT_EQ(result.out, "3\n");
  const std::string place = rank == 0 ? "" : " at rank " + std::to_string(rank) + "@[^ ]+";
  EXPECT_THAT(result.err, ContainsRegex("fibo_mpi: interrupted by SIG" + signal + place + ": "));
  expect_kept(folder);
}

INSTANTIATE_TEST_SUITE_P(Signals, InterruptionOfAJob,
                         testing::Values(std::tuple("TERM", 0), std::tuple("INT", 1),
                                         std::tuple("HUP", 2), std::tuple("USR1", 1),
                                         std::tuple("USR2", 0)));

// However many keys are asked for, the first ones are drawn at once.
TEST(InterruptionOfAStream, EndsWithExitCode3) {
  const TempFolder folder;
  const auto result = run_and_interrupt(
      "TERM", "rank 1", 2, folder,
      {"--count", "18446744073709551615", "--max", "18446744073709551615", "--mod", "7"});
  EXPECT_EQ(result.out, "3\n");
  EXPECT_THAT(result.err, ContainsRegex("interrupted by SIGTERM.*: [1-9][0-9,]* values are done"));
  EXPECT_EQ(folder.names(), std::set<std::string>{});
}

class InterruptionOfMpirun : public testing::TestWithParam<std::string> {};

// What becomes of its exit code is mpirun's affair, but for signals that it passes on.
TEST_P(InterruptionOfMpirun, EndsAllRanksAndKeepsWhatIsDone) {
  const TempFolder folder;
  const auto result = run_and_interrupt(GetParam(), "pgrep -s 0 -x 'mpirun|prterun'", 3, folder);
  if (GetParam().starts_with("USR")) {
    EXPECT_EQ(result.out, "3\n");
    EXPECT_THAT(result.err, HasSubstr("fibo_mpi: interrupted by SIG" + GetParam()));
  } else {
    EXPECT_NE(result.out, "0\n");
  }
  expect_kept(folder);
}

INSTANTIATE_TEST_SUITE_P(Signals, InterruptionOfMpirun,
                         testing::Values("TERM", "INT", "HUP", "USR1", "USR2"));

// Values wait for the reader, the reader waits for nothing.
TEST(InterruptionOfAnOutput, ThatNobodyReadsEndsWithExitCode3) {
  const TempFolder folder;
  const auto result = run_in_script(R"sh(set -m
mkfifo pipe
exec 3<>pipe
"$@" >&3 & job=$!
until grep -qs pipe_write "/proc/$job/wchan"; do sleep 0.05; ((++looks < 40)) || break; done
kill -TERM $job
wait $job
echo $?)sh",
                                    {{"0..20000"}, without_mpirun, "", folder.path()});
  EXPECT_EQ(result.out, "3\n");
  EXPECT_THAT(result.err, AllOf(HasSubstr("fibo_mpi: interrupted by SIGTERM: ")));
}

TEST(InterruptionOfAKeyFile, ThatBringsNothingEndsWithExitCode3) {
  const TempFolder folder;
  const auto result = run_in_script(R"sh(set -m
mkfifo pipe
exec 3<>pipe
"$@" & job=$!
until grep -qs pipe_read "/proc/$job/wchan"; do sleep 0.05; ((++looks < 40)) || break; done
kill -TERM $job
wait $job
echo $?)sh",
                                    {{"-k", "pipe"}, without_mpirun, "", folder.path()});
  EXPECT_EQ(result.out, "3\n");
  EXPECT_THAT(result.err, HasSubstr("fibo_mpi: interrupted by SIGTERM before any value"));
}

// The pipe is full, and the shell keeps it open. What it holds is left out.
const std::string full_pipe = R"sh(set -m
mkfifo pipe
exec 3<>pipe
head -c 65536 /dev/zero >&3
"$@" 3>&- & job=$!
)sh";

TEST(InterruptionOfARecord, ThatNobodyReadsLeavesTheResults) {
  const TempFolder folder;
  const auto result = run_in_script(
      full_pipe + R"sh(
until grep -qs pipe_write "/proc/$job/wchan"; do sleep 0.05; ((++looks < 40)) || break; done
kill -TERM $job
wait $job
echo $?)sh",
      {{"10", "-q", "-o", "values.txt", "--stats", "pipe"}, without_mpirun, "", folder.path()});
  EXPECT_EQ(result.out, "1\n");
  EXPECT_THAT(result.err, HasSubstr("fibo_mpi: --stats: pipe: nobody reads it; the results are "
                                    "complete, this record is not\n"));
  EXPECT_EQ(folder.read("values.txt"), full_text({10}));
}

// SIGTERM to a run amid a long key, and after it the rest of the script.
CommandResult interrupt_a_long_key(const std::string& rest) {
  const TempFolder folder;
  return run_in_script(
      full_pipe + R"sh(
until compgen -G 'values.txt*' >/dev/null; do sleep 0.05; done
kill -TERM $job
)sh" + rest,
      {{"2000000000", "-o", "values.txt", "--stats", "pipe"}, without_mpirun, "", folder.path()});
}

TEST(InterruptionOfARecord, ThatNobodyReadsEndsWithExitCode3) {
  const auto result = interrupt_a_long_key("wait $job; echo $?");
  EXPECT_EQ(result.out, "3\n");
  EXPECT_THAT(result.err, HasSubstr("fibo_mpi: interrupted by SIGTERM: "));
  EXPECT_THAT(result.err,
              HasSubstr("fibo_mpi: --stats: pipe: nobody reads it; this record is not complete\n"));
}

TEST(InterruptionOfARecord, IsNoReasonToLoseItWhereItIsReadWithinASecond) {
  const auto result = interrupt_a_long_key(R"sh(
exec 4<pipe 3>&-
sleep 0.4
tail -c +65537 <&4 | tail -n 1
wait $job
echo $?)sh");
  EXPECT_EQ(result.out, "}\n3\n") << result.err;
}

}  // namespace
}  // namespace fibo::test
