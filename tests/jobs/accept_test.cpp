// SPDX-License-Identifier: MIT
#include "support/command.hpp"
#include "support/temp_folder.hpp"

#include <filesystem>
#include <map>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// jobs/accept.sh: its report on ranks and hosts that a stub of the program makes up, and a real
// run.

namespace fibo::test {
namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

class Accept : public testing::Test {
 protected:
  Accept() {
    // Four ranks on two hosts. The record is that of --stats, which has each rank on a line of its
    // own.
    program_ = folder_.write_script("fibo_mpi", R"(
while (($#)); do
  case $1 in
    --stats) stats=$2 ;;
    --output) output=$2 ;;
    20000000..*) echo "$1" >>"$KEYS" ;;
  esac
  shift
done
rank() {
  printf '    {"rank":%s,"host":"%s","keys":10,"digits":50,"computing_s":%s,"lost":%s,\n' "$@"
  printf '     "spans":[\n       {"begin_s":0.1,"pieces":1,"keys":10,"largest_key":20}]}'
}
cat >"$stats" <<END
{
  "makespan_s": 2.0,
  "failed_checks": [${FAILED_CHECK:-}],
  "ranks": [
$(rank 0 node1 1.00 null),
$(rank 1 node1 1.02 null),
$(rank 2 node2 "${RANK_2_S:-1.00}" "${RANK_2_LOST:-null}"),
$(rank 3 node2 0.98 null)]
}
END
digits=1
if [[ -n ${EACH_TIME_OTHERS:-} ]]; then digits=$(wc -l <"$KEYS"); fi
[[ $output == /dev/null ]] || echo "F(7) = $digits...2" >"$output"
exit "${EXIT_CODE:-0}"
)");
    folder_.write_script("bin/mpirun", R"(
shift 2
while [[ $1 == --* ]]; do shift; done
exec "$@")");
  }

  /// Two rounds of the stub.
  CommandResult accept(std::map<std::string, std::string> variables = {}) {
    Command command;
    command.argv = {(std::filesystem::path(FIBO_SOURCE_DIR) / "jobs/accept.sh").string(), "0"};
    command.environment = std::move(variables);
    command.environment.emplace("FIBO_MPI", program_);
    command.environment.emplace("FIBO_JOBS", std::filesystem::path(FIBO_SOURCE_DIR) / "jobs");
    command.environment.emplace("KEYS", folder_.path() / "keys");
    command.environment.emplace("PATH", (folder_.path() / "bin").string() + ":/usr/bin:/bin");
    command.folder = folder_.path();
    return run_command(command);
  }

  [[nodiscard]] bool kept_records() const {
    return std::filesystem::exists(folder_.path() / "accept-local");
  }

  TempFolder folder_;
  std::string program_;
};

TEST_F(Accept, ReportsEachHostAndPasses) {
  const auto result = accept();
  EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
  // Two rounds of two runs of two seconds, ten keys a rank in each.
  EXPECT_THAT(
      result.out,
      AllOf(
          HasSubstr("2 rounds in "), HasSubstr(" on 4 ranks of 2 hosts, 160 values checked\n"),
          ContainsRegex("node1 +2 +10\\.0 +80 +0 +rank 0 \\(\\+0\\.0 %\\) +rank 1 \\(-2\\.0 %\\)"),
          ContainsRegex(
              "node2 +2 +10\\.0 +80 +0 +rank 3 \\(\\+2\\.0 %\\) +rank 2 \\(\\+0\\.0 %\\)"),
          Not(HasSubstr("slow:")), EndsWith("PASS\n")));
  EXPECT_FALSE(kept_records());
}

TEST_F(Accept, ComputesTheSameKeysInEachRound) {
  accept();
  const std::string keys = folder_.read("keys");
  const std::string first = keys.substr(0, keys.find('\n') + 1);
  EXPECT_EQ(keys, first + first);
}

TEST_F(Accept, NamesRanksOverTenPercentSlowerThanTheMedian) {
  const auto slow = accept({{"RANK_2_S", "1.25"}});
  EXPECT_EQ(slow.exit_code, 0);
  EXPECT_THAT(slow.out, AllOf(HasSubstr("slow: rank 2@node2 takes 24 % longer than the median\n"),
                              EndsWith("PASS\n")));
  EXPECT_THAT(accept({{"RANK_2_S", "1.09"}}).out, Not(HasSubstr("slow:")));
  const auto strict = accept({{"RANK_2_S", "1.25"}, {"FIBO_SLOW_FAILS", "yes"}});
  EXPECT_EQ(strict.exit_code, 1);
  EXPECT_THAT(strict.out, HasSubstr("FAIL; the records of all rounds are in accept-local"));
  EXPECT_TRUE(kept_records());
}

TEST_F(Accept, FailsWhereAValueWasWrong) {
  const auto result = accept({{"FAILED_CHECK", "\n    {\"rank\":3,\"key\":20001000}"}});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.out, AllOf(HasSubstr("wrong: rank 3@node2 computed a wrong F(20001000)\n"),
                                ContainsRegex("node1 +2 +10\\.0 +80 +0 "),
                                ContainsRegex("node2 +2 +10\\.0 +80 +4 ")));
}

TEST_F(Accept, FailsWhereARankWasLost) {
  const auto result = accept({{"RANK_2_LOST", "\"silent for 30 s\""}, {"EXIT_CODE", "3"}});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.out, AllOf(HasSubstr("lost: rank 2@node2: \"silent for 30 s\"\n"),
                                HasSubstr("failed: round 1, full: exit code 3")));
}

TEST_F(Accept, FailsWhereTwoRoundsDiffer) {
  const auto result = accept({{"EACH_TIME_OTHERS", "yes"}});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.out, HasSubstr("failed: round 2: other digits than in round 1: F(7)\n"));
}

TEST_F(Accept, FailsWhereNothingRuns) {
  folder_.write_script("fibo_mpi", "echo 'fibo_mpi: no' >&2; exit 1");
  const auto result = accept();
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.out, AllOf(HasSubstr("no rank has left a record"),
                                HasSubstr("failed: round 1, full: exit code 1: fibo_mpi: no")));
}

TEST_F(Accept, EndsItsRunWhereASignalEndsIt) {
  // The launcher's parent is timeout, whose parent is the script.
  folder_.write_script("bin/mpirun", R"(
trap 'echo ended >>"$KEYS"; exit 1' TERM
read -r _ _ _ script _ </proc/$PPID/stat
kill -TERM "$script"
while :; do sleep 0.1; done)");
  const auto result = accept();
  EXPECT_EQ(result.exit_code, 143) << result.out << result.err;
  EXPECT_THAT(result.err, HasSubstr("ended by a signal; the records so far are in accept-local"));
  EXPECT_EQ(folder_.read("keys"), "ended\n");
  EXPECT_TRUE(kept_records());
}

TEST_F(Accept, StartsTheProgramAsTheSchedulerWants) {
  folder_.write_script("bin/srun", "echo \"$*\" >>calls\nshift 2\nexec \"$@\"");
  const auto result = accept({{"SLURM_JOB_ID", "17"},
                              {"SLURM_NTASKS", "4"},
                              {"SLURM_SUBMIT_DIR", folder_.path().string()}});
  EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
  EXPECT_THAT(folder_.read("calls"), HasSubstr("--mpi=pmix --ntasks=4 " + program_));
  EXPECT_EQ(folder_.read("keys"), "20000000..20039000..1000\n20000000..20039000..1000\n");
}

TEST_F(Accept, PassesOnThisMachine) {
  std::filesystem::remove(folder_.path() / "bin/mpirun");
  program_ = FIBO_MPI_PROGRAM;
  auto variables = mpi_command(2, {}).environment;
  variables["FIBO_ACCEPT_KEYS"] = "1";
  const auto result = accept(std::move(variables));
  EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
  EXPECT_THAT(result.out, AllOf(HasSubstr(" of 1 hosts, "), EndsWith("PASS\n")));
}

// Rank 1 is stopped four fifths of the time, as by a fan that fails or a process that nobody knows
// of.
TEST_F(Accept, NamesARankOfThisMachineThatIsSlowedDown) {
  std::filesystem::remove(folder_.path() / "bin/mpirun");
  program_ = folder_.write_script("slowed", std::string(R"(
if [[ $OMPI_COMM_WORLD_RANK == 1 ]]; then
  while kill -STOP $$; do
    sleep 0.08
    kill -CONT $$
    sleep 0.02
  done </dev/null >/dev/null 2>&1 &
fi
exec )") + FIBO_MPI_PROGRAM + " \"$@\"\n");
  auto variables = mpi_command(2, {}).environment;
  variables["FIBO_ACCEPT_KEYS"] = "1";
  variables["FIBO_SLOW_FAILS"] = "yes";
  const auto result = accept(std::move(variables));
  EXPECT_EQ(result.exit_code, 1) << result.out << result.err;
  EXPECT_THAT(result.out,
              AllOf(ContainsRegex("slow: rank 1@[^ ]+ takes [0-9]+ % longer than the median\n"),
                    ContainsRegex(" 2 +[0-9.]+ +8 +0 +rank 0 \\([^)]*\\) +rank 1 \\(-[^)]*\\)\n"),
                    HasSubstr("\nFAIL; the records of all rounds are in ")));
}

}  // namespace
}  // namespace fibo::test
