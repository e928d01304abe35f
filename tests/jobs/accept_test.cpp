// SPDX-License-Identifier: MIT
#include "support/command.hpp"
#include "support/temp_folder.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

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
    // own. F(7) is of rank 1, then of rank 2.
    program_ = folder_.write_script("fibo_mpi", R"(
while (($#)); do
  case $1 in
    --stats) stats=$2 ;;
    --output) output=$2 ;;
    --mod) kind=residues ;;
    --doctor) exec echo "${DOCTOR:-}" ;;
    20000000..*) echo "$1" >>"$KEYS" ;;
  esac
  shift
done
round=$(wc -l <"$KEYS")
if [[ $round == "${HOST_LOST_IN_ROUND:-}" ]]; then exit 0; fi
rank() {
  printf '    {"rank":%s,"host":"%s","keys":%s,"digits":50,"computing_s":%s,"lost":%s,\n' "$@"
  printf '     "spans":[\n       {"begin_s":0.1,"pieces":1,"keys":1,"largest_key":%s,"threads":1}\n     ]}' \
    $(($1 == round ? 7 : 20))
}
cat >"$stats" <<END
{
  "makespan_s": 2.0,
  "failed_checks": [${FAILED_CHECK:-}],
  "ranks": [
$(rank 0 node1 10 1.00 null),
$(rank 1 node1 10 1.02 null),
$(rank 2 node2 "${RANK_2_KEYS:-10}" "${RANK_2_S:-1.00}" "${RANK_2_LOST:-null}"),
$(rank 3 node2 10 "${RANK_3_S:-0.98}" null)]
}
END
if [[ -n ${ENDS_AT_ONCE:-} ]]; then
  read -r _ _ _ script _ </proc/$PPID/stat
  kill -s "$ENDS_AT_ONCE" "$script"
fi
digits=1
if [[ -n ${EACH_TIME_OTHERS:-} ]]; then digits=$round; fi
if [[ ${kind:-} == residues ]]; then
  echo "F(7) mod 1000000000000000000 = ${RESIDUE:-20000000000000002}" >"$output"
elif [[ $output != /dev/null ]]; then
  echo "F(7) = $digits...5020000000000000002" >"$output"
fi
exit "${EXIT_CODE:-0}"
)");
    folder_.write_script("bin/nproc", "echo \"$PROCESSORS\"");
    folder_.write_script("bin/mpirun", R"(
shift 2
while [[ $1 == --* ]]; do shift; done
exec "$@")");
  }

  /// Two rounds of the stub.
  CommandResult accept(std::map<std::string, std::string> variables = {},
                       const std::vector<std::string>& arguments = {"0"}) {
    Command command;
    command.argv = {(std::filesystem::path(FIBO_SOURCE_DIR) / "jobs/accept.sh").string()};
    command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
    command.environment = std::move(variables);
    command.environment.emplace("FIBO_MPI", program_);
    command.environment.emplace("FIBO_JOBS", std::filesystem::path(FIBO_SOURCE_DIR) / "jobs");
    command.environment.emplace("PROCESSORS", "4");
    command.environment.emplace("KEYS", folder_.path() / "keys");
    command.environment.emplace("PATH", (folder_.path() / "bin").string() + ":/usr/bin:/bin");
    command.folder = folder_.path();
    return run_command(command);
  }

  /// How many folders of records there are.
  [[nodiscard]] int kept_records() const {
    const std::filesystem::directory_iterator files(folder_.path());
    return static_cast<int>(std::count_if(begin(files), end(files), [](const auto& file) {
      return file.path().filename().string().starts_with("accept-");
    }));
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
  EXPECT_EQ(kept_records(), 0);
}

TEST_F(Accept, ComputesTheSameKeysInEachRound) {
  accept();
  const std::string keys = folder_.read("keys");
  const std::string first = keys.substr(0, keys.find('\n') + 1);
  ASSERT_NE(first, "");
  EXPECT_EQ(keys, first + first);
}

TEST_F(Accept, ComputesKeysOfOneCostOnManyRanks) {
  accept({{"PROCESSORS", "1200"}});
  EXPECT_THAT(folder_.read("keys"), testing::StartsWith("20000000..21007916..84\n"));
}

TEST_F(Accept, NamesRanksOverTenPercentSlowerThanTheMedian) {
  const auto slow = accept({{"RANK_2_S", "1.25"}});
  EXPECT_EQ(slow.exit_code, 0);
  EXPECT_THAT(slow.out, AllOf(HasSubstr("slow: rank 2@node2 takes 25 % longer than the median\n"),
                              EndsWith("PASS\n")));
  EXPECT_THAT(accept({{"RANK_2_S", "1.09"}}).out, Not(HasSubstr("slow:")));
  const auto strict = accept({{"RANK_2_S", "1.25"}, {"FIBO_SLOW_FAILS", "yes"}});
  EXPECT_EQ(strict.exit_code, 1);
  EXPECT_THAT(strict.out, HasSubstr("FAIL; the records of all rounds are in accept-"));
  EXPECT_EQ(kept_records(), 1);
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

// Rank 0's, or all are ended with it.
TEST_F(Accept, FailsWhereAHostWasLostThoughTheLauncherEndsWell) {
  for (const auto* round : {"1", "2"}) {
    std::filesystem::remove(folder_.path() / "keys");
    const auto result = accept({{"HOST_LOST_IN_ROUND", round}});
    EXPECT_EQ(result.exit_code, 1) << round;
    for (const auto* kind : {"full", "ends"}) {
      EXPECT_THAT(result.out, HasSubstr("failed: round " + std::string(round) + ", " + kind +
                                        ": ended before it was done, as where a host is lost: "));
    }
  }
}

TEST_F(Accept, FailsWhereTwoRoundsDiffer) {
  const auto result = accept({{"EACH_TIME_OTHERS", "yes"}});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.out,
              HasSubstr("failed: round 2: F(7), by rank 2@node2, has other digits than in round 1, "
                        "by rank 1@node1\n"));
}

TEST_F(Accept, FailsWhereEachRoundHasTheSameWrongDigits) {
  const auto result = accept({{"RESIDUE", "20000000000000003"}});
  EXPECT_EQ(result.exit_code, 1);
  for (const auto* who : {"round 1: F(7), by rank 1@node1", "round 2: F(7), by rank 2@node2"}) {
    EXPECT_THAT(result.out, HasSubstr("failed: " + std::string(who) +
                                      ", has other last digits than --mod gives\n"));
  }
}

TEST_F(Accept, NamesASlowHalfOfTheRanks) {
  const auto result = accept({{"RANK_2_S", "1.15"}, {"RANK_3_S", "1.15"}});
  EXPECT_THAT(result.out, HasSubstr("slow: rank 2@node2 takes 13 % longer than the median\n"
                                    "slow: rank 3@node2 takes 13 % longer than the median\n"));
}

TEST_F(Accept, FailsWhereARankComputedNothing) {
  const auto result = accept({{"RANK_2_KEYS", "0"}, {"RANK_2_S", "0"}});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.out, HasSubstr("idle: rank 2@node2 computed no key\n"));
}

// awk is another program from machine to machine, and GNU's does not divide by zero.
TEST_F(Accept, FailsWhereARankComputedNothingThatWasRight) {
  for (const auto* awk : {"/usr/bin/mawk", "/usr/bin/gawk"}) {
    if (!std::filesystem::exists(awk)) continue;
    std::filesystem::remove(folder_.path() / "bin/awk");
    std::filesystem::create_symlink(awk, folder_.path() / "bin/awk");
    const auto result =
        accept({{"RANK_2_KEYS", "0"}, {"FAILED_CHECK", "\n    {\"rank\":2,\"key\":20001000}"}});
    EXPECT_EQ(result.exit_code, 1) << awk;
    EXPECT_THAT(result.out,
                AllOf(HasSubstr("wrong: rank 2@node2 computed nothing that was right\n"),
                      HasSubstr("wrong: rank 2@node2 computed a wrong F(20001000)\n"),
                      ContainsRegex("node1 +2 +10\\.0 +80 +0 +rank 0 ")))
        << awk << result.err;
  }
}

TEST_F(Accept, FailsWhereRanksHaveNotJoined) {
  const auto result = accept({{"PROCESSORS", "8"}});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.out, HasSubstr("missing: 4 ranks of 8 have reported\n"));
}

TEST_F(Accept, TellsWhatTheDoctorFinds) {
  const auto result =
      accept({{"DOCTOR",
               "note     a\nPROBLEM  slots\n    -> more\nok       b\nPROBLEM  user\nok       c"}});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.out,
              HasSubstr("doctor: PROBLEM  slots\n    -> more\ndoctor: PROBLEM  user\nPASS\n"));
}

TEST_F(Accept, FailsWhereNothingRuns) {
  folder_.write_script("fibo_mpi", "echo 'fibo_mpi: no' >&2; exit 1");
  const auto result = accept();
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.out, AllOf(HasSubstr("no rank has left a record"),
                                HasSubstr("failed: round 1, full: exit code 1: fibo_mpi: no"),
                                Not(HasSubstr("round 2"))));
}

TEST_F(Accept, SaysWhyNothingRunsInTheWordsOfTheLauncher) {
  folder_.write_script("bin/mpirun", "printf -- '-----\\n\\nno slots\\nmore\\n' >&2; exit 1");
  EXPECT_THAT(accept().out, HasSubstr("failed: round 1, full: exit code 1: no slots\n"));
}

TEST_F(Accept, LeavesWhatItRecordedBeforeItWasStartedAgain) {
  folder_.write("accept-17/failures", "a node\n");
  const std::map<std::string, std::string> job = {
      {"SLURM_JOB_ID", "17"}, {"SLURM_NTASKS", "4"}, {"SLURM_SUBMIT_DIR", folder_.path().string()}};
  const auto result = accept(job);
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("accept: this job was started before: a node may have gone "
                                    "down; see accept-17"));
  EXPECT_EQ(folder_.read("accept-17/failures"), "a node\n");
  std::filesystem::remove_all(folder_.path() / "accept-17");
  auto restarted = job;
  restarted["SLURM_RESTART_COUNT"] = "1";
  EXPECT_EQ(accept(restarted).exit_code, 1);
}

TEST_F(Accept, LeavesTheRecordsOfOthersInItsFolder) {
  for (const int runs : {1, 2}) {
    EXPECT_EQ(accept({{"EXIT_CODE", "4"}}).exit_code, 1);
    EXPECT_EQ(kept_records(), runs);
  }
}

TEST_F(Accept, RefusesWrongArgumentsBeforeItDoesAnything) {
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{"08"},
                                                    {"1h"},
                                                    {"-1"},
                                                    {""},
                                                    {"1", "2"},
                                                    {"99999999999999999999"}}) {
    const auto result = accept({}, arguments);
    EXPECT_EQ(result.exit_code, 2) << testing::PrintToString(arguments);
    EXPECT_THAT(result.err, AllOf(HasSubstr("accept: "), HasSubstr("number of seconds")));
  }
  for (const auto& [name, value] :
       std::vector<std::pair<std::string, std::string>>{{"FIBO_ACCEPT_KEYS", "0"},
                                                        {"FIBO_ACCEPT_KEYS", "abc"},
                                                        {"FIBO_SLOWER_PERCENT", "abc"}}) {
    const auto result = accept({{name, value}});
    EXPECT_EQ(result.exit_code, 2) << name << value;
    EXPECT_THAT(result.err, HasSubstr("accept: " + name + ": '" + value + "' is no "));
  }
  EXPECT_EQ(kept_records(), 0);
}

TEST_F(Accept, RefusesWhereThereIsNoProgram) {
  for (const auto* program : {"/no/fibo_mpi", ""}) {
    const auto result = accept({{"FIBO_MPI", program}});
    EXPECT_EQ(result.exit_code, 2);
    EXPECT_THAT(result.err, AllOf(HasSubstr("accept: no fibo_mpi"),
                                  HasSubstr("; install or build it, or set FIBO_MPI\n")));
  }
  const auto result = accept({{"FIBO_JOBS", folder_.path()}});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr(", but its jobs/lib is not found; set FIBO_JOBS to"));
  EXPECT_EQ(kept_records(), 0);
}

TEST_F(Accept, SaysHowItIsUsed) {
  for (const auto* option : {"-h", "--help"}) {
    const auto result = accept({}, {option});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_THAT(result.out, AllOf(testing::StartsWith("jobs/accept.sh [SECONDS]: "),
                                  HasSubstr("\nExit code: 0 if "), Not(HasSubstr("set -e"))));
  }
}

TEST_F(Accept, EndsItsRunWhereASignalEndsIt) {
  // The launcher's parent is timeout, whose parent is the script.
  folder_.write_script("bin/mpirun", R"(
trap 'trap "" TERM; echo ended >>"$KEYS"; exit 1' TERM
read -r _ _ _ script _ </proc/$PPID/stat
kill -TERM "$script"
while :; do sleep 0.1; done)");
  const auto result = accept();
  EXPECT_EQ(result.exit_code, 143) << result.out << result.err;
  EXPECT_THAT(result.err, HasSubstr("ended by a signal; the records so far are in accept-"));
  EXPECT_THAT(result.out, EndsWith("ENDED by a signal after 0 rounds\n"));
  EXPECT_EQ(folder_.read("keys"), "ended\n");
  EXPECT_EQ(kept_records(), 1);
}

TEST_F(Accept, ReportsWhatItHasWhereASignalEndsIt) {
  const std::map<std::string, int> codes = {
      {"TERM", 143}, {"USR1", 138}, {"USR2", 140}, {"XCPU", 152}};
  for (const auto& [signal, code] : codes) {
    const auto result = accept({{"ENDS_AT_ONCE", signal}, {"RANK_2_S", "1.25"}}, {"600"});
    EXPECT_EQ(result.exit_code, code) << signal << result.err;
    EXPECT_THAT(result.out, AllOf(HasSubstr("on 4 ranks of 2 hosts, 40 values checked"),
                                  HasSubstr("slow: rank 2@node2 takes 25 %"),
                                  EndsWith("ENDED by a signal after 0 rounds\n")));
  }
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
  std::filesystem::remove_all(folder_.path() / "bin");
  program_ = FIBO_MPI_PROGRAM;
  auto variables = mpi_command(2, {}).environment;
  variables["FIBO_ACCEPT_KEYS"] = "1";
  const auto result = accept(std::move(variables));
  EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
  EXPECT_THAT(result.out, AllOf(HasSubstr(" of 1 host, "), EndsWith("PASS\n")));
}

// In the second round, where the first has other digits.
TEST_F(Accept, NamesTheRankOfThisMachineWhoseDigitsDiffer) {
  std::filesystem::remove_all(folder_.path() / "bin");
  program_ = folder_.write_script("spoils", FIBO_MPI_PROGRAM + std::string(R"( "$@" || exit
while (($#)); do
  if [[ $1 == */values-2 && $OMPI_COMM_WORLD_RANK == 0 ]]; then sed -i '1s/= ./= 0/' "$1"; fi
  shift
done
)"));
  auto variables = mpi_command(2, {}).environment;
  variables["FIBO_ACCEPT_KEYS"] = "1";
  const auto result = accept(std::move(variables));
  EXPECT_EQ(result.exit_code, 1) << result.out << result.err;
  EXPECT_THAT(
      result.out,
      ContainsRegex("failed: round 2: F\\([0-9]+\\), by rank [0-9]+@[^ ]+, has other digits "
                    "than in round 1, by rank [0-9]+@[^ ]+\n"));
}

// Rank 1 is stopped four fifths of the time, as by a fan that fails or a process that nobody knows
// of.
TEST_F(Accept, NamesARankOfThisMachineThatIsSlowedDown) {
  std::filesystem::remove_all(folder_.path() / "bin");
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
