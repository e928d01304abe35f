// SPDX-License-Identifier: MIT
#include "support/command.hpp"
#include "support/temp_folder.hpp"

#include <filesystem>
#include <map>
#include <ostream>
#include <regex>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// The batch scripts, each in the environment that its scheduler documents, with a launcher that
// only says how it was called. What a real scheduler does is another matter, and the scripts say
// so.

namespace fibo::test {
namespace {

using testing::HasSubstr;

/// Six slots on two hosts, given as this scheduler gives them.
struct Scheduler {
  std::string script;
  std::string
      submit_folder_variable;  // empty where the script starts in the folder of the submission
  std::map<std::string, std::string> environment;
  std::map<std::string, std::string> array_environment;  // on top, in the third task of an array
  std::string launch;             // the launcher's arguments, one in brackets a line
  int requeue_exit_code = 3;      // of a script that goes back to the queue
  std::string requeue_call = {};  // how it calls its scheduler for that

  friend std::ostream& operator<<(std::ostream& out, const Scheduler& scheduler) {
    return out << scheduler.script;
  }
};

// Where a variable or an argument names the file of the hosts.
const std::string host_file = "HOST_FILE";

const std::vector<Scheduler> schedulers = {
    {"slurm.sbatch",
     "SLURM_SUBMIT_DIR",
     {{"SLURM_NTASKS", "6"}, {"SLURM_JOB_ID", "17"}},
     {{"SLURM_ARRAY_TASK_ID", "3"}},
     "[srun]\n[--mpi=pmix]\n[--ntasks=6]\n",
     3,
     "[scontrol] [requeue] [17]"},
    {"pbs.sh",
     "PBS_O_WORKDIR",
     {{"PBS_NODEFILE", host_file}, {"PBS_JOBID", "17"}},
     {{"PBS_ARRAY_INDEX", "3"}},
     "[mpirun]\n[-np]\n[6]\n[--hostfile]\n[HOST_FILE]\n",
     3,
     "[qsub] [-V] [-N] [fibo_mpi] [-l] [select=2:ncpus=3] [-l] [walltime=00:10:00]"},
    {"lsf.sh",
     "LS_SUBCWD",
     {{"LSB_DJOB_NUMPROC", "6"},
      {"LSB_DJOB_HOSTFILE", host_file},
      {"LSB_JOBID", "17"},
      {"LSB_JOBINDEX", "0"}},
     {{"LSB_JOBINDEX", "3"}},
     "[mpirun]\n[-np]\n[6]\n[--hostfile]\n[HOST_FILE]\n",
     99},
    {"sge.sh",
     "SGE_O_WORKDIR",
     {{"NSLOTS", "6"}, {"JOB_ID", "17"}, {"SGE_TASK_ID", "undefined"}},
     {{"SGE_TASK_ID", "3"}},
     "[mpirun]\n[-np]\n[6]\n",
     99},
    {"flux.sh",
     "",
     {{"FLUX_URI", "local:///run/flux"}},
     {},
     "[flux]\n[run]\n[--ntasks=6]\n",
     3,
     "[flux] [--parent] [batch]"},
};

std::string replaced(std::string text, const std::string& word, const std::string& by) {
  if (const auto at = text.find(word); at != std::string::npos) text.replace(at, word.size(), by);
  return text;
}

class BatchScript : public testing::TestWithParam<Scheduler> {
 protected:
  BatchScript() {
    // Says how it was called; "$PROGRAM" is what fibo_mpi does for as long as it runs. A job that
    // is submitted runs at once if RUN_NEXT_JOB is the file of its output.
    const std::string launcher = R"(
case "$*" in
  "resource list"*) echo 6; exit ;;
  "getattr jobid") echo ƒ2oLkTLb; exit ;;
  "job id --to=dec ƒ2oLkTLb") echo "${FLUX_JOB:-17}"; exit ;;
  "job timeleft") echo "${LEFT_S:-600}"; exit ;;
  "--parent batch"*)
    if [[ -n ${SUBMISSION_FAILS:-} ]]; then exit 1; fi
    printf '[%s] ' "${0##*/}" "$@" >>"$CALLS"
    if [[ -n ${RUN_NEXT_JOB:-} ]]; then
      while [[ $1 != */flux.sh ]]; do shift; done
      FLUX_JOB=$((${FLUX_JOB:-17} + 1)) "$@" >>"$RUN_NEXT_JOB"
    fi
    echo "number of the next job"
    exit
    ;;
  "--parent jobs"*"{queue} 17") echo "${QUEUE:-}"; exit ;;
  "--parent jobs"*"{bank} 17") [[ -n ${BANK:-} ]] || exit 1; echo "$BANK"; exit ;;
esac
printf '[%s]\n' "${0##*/}" "$@"
if [[ -z ${NEVER_BEGINS:-} ]]; then rm -f fibo_mpi-*.db.lock; fi
eval "${PROGRAM:-}"
)";
    for (const auto* name : {"srun", "mpirun", "flux"}) {
      folder_.write_script("bin/" + std::string(name), launcher);
    }
    folder_.write_script("bin/squeue", "echo ${STATE:-RUNNING}");
    folder_.write_script("bin/qstat", R"(
if [[ $1 == -j ]]; then
  echo 'hard resource_list:         mem_free=4G,s_rt=600,h_rt=700'
  exit
fi
echo "Job Id: $2"
if [[ -n ${QUEUE:-} ]]; then echo "    queue = $QUEUE"; fi
if [[ -n ${BANK:-} ]]; then echo "    Account_Name = $BANK"; fi
if [[ -n ${QUEUE:-} ]]; then echo "    Resource_List.place = scatter"; fi
printf '    Resource_List.select = 2:nc\n\tpu\n\ts=3\n    Resource_List.walltime = 00:10:00\n')");
    folder_.write_script("bin/scontrol", R"(printf '[%s] ' "${0##*/}" "$@" >>"$CALLS")");
    folder_.write_script("bin/qsub", R"(
printf '[%s] ' "${0##*/}" "$@" >>"$CALLS"
if [[ -n ${RUN_NEXT_JOB:-} ]]; then
  while [[ $1 != -- ]]; do shift; done
  PBS_JOBID=$((PBS_JOBID + 1)) "${@:2}" >>"$RUN_NEXT_JOB"
fi
echo "number of the next job"
)");
    program_ = folder_.write_script("program", "");  // the launcher does not start it
    folder_.write("hosts", "a\na\na\nb\nb\nb\n");
    std::filesystem::create_directories(submit_folder());
    // Schedulers run a copy, so a script must not look for anything beside itself.
    std::filesystem::create_directories(folder_.path() / "spool");
    std::filesystem::copy_file(std::filesystem::path(FIBO_SOURCE_DIR) / "jobs" / GetParam().script,
                               folder_.path() / "spool/job_script");
  }

  [[nodiscard]] std::filesystem::path submit_folder() const { return folder_.path() / "project"; }

  /// Runs the script as a job submitted from `folder`. If OUTPUT is one of the variables, its
  /// stdout is that file, opened for appending, or at its end with SEEK.
  [[nodiscard]] CommandResult run_job(const std::filesystem::path& folder,
                                      const std::vector<std::string>& arguments,
                                      std::map<std::string, std::string> variables = {}) const {
    const auto& scheduler = GetParam();
    Command command;
    command.argv = {(folder_.path() / "spool/job_script").string()};
    if (variables.contains("OUTPUT")) {
      const std::string to_its_end =
          variables.contains("SEEK") ? R"(1<>"$OUTPUT"; cat <&1 >/dev/null)" : R"(>>"$OUTPUT")";
      command.argv.insert(command.argv.begin(),
                          {"/bin/bash", "-c", "exec " + to_its_end + R"(; exec "$0" "$@")"});
    }
    command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
    command.environment = std::move(variables);
    for (const auto& [name, value] : scheduler.environment) {
      command.environment.emplace(name, replaced(value, host_file, hosts()));
    }
    command.environment.emplace("PATH", path());
    command.environment.emplace("CALLS", folder_.path() / "calls");
    command.environment.emplace("FIBO_JOBS", std::filesystem::path(FIBO_SOURCE_DIR) / "jobs");
    if (scheduler.submit_folder_variable.empty()) {
      command.folder = folder;
    } else {
      command.environment[scheduler.submit_folder_variable] = folder;
      command.folder = "/";
    }
    return run_command(command);
  }

  /// What the launcher says when it is called with `program` and `arguments`, one in brackets a
  /// line, and with what the script adds.
  [[nodiscard]] std::string launched(const std::string& program, const std::string& arguments,
                                     const std::string& seed = "") const {
    return replaced(GetParam().launch, host_file, hosts()) + "[" + program + "]\n" +
           (seed.empty() ? "" : "[--seed]\n[" + seed + "]\n") + "[--store]\n[fibo_mpi-17.db]\n" +
           arguments;
  }

  /// The seed that the script gives the program with these arguments; "" for none.
  [[nodiscard]] std::string seed_for(const std::vector<std::string>& arguments,
                                     std::map<std::string, std::string> variables = {}) const {
    variables["FIBO_MPI"] = program_;
    const auto result = run_job(submit_folder(), arguments, std::move(variables));
    EXPECT_EQ(result.exit_code, 0) << result.err;
    std::smatch seed;
    return std::regex_search(result.out, seed, std::regex("\n\\[--seed\\]\n\\[(.*)\\]\n"))
               ? seed[1].str()
               : "";
  }

  /// What is in the file `name` after two runs of one job, whose stdout is added to it, and what
  /// the second says on stderr; the first ends by `end`, in the middle of a value.
  [[nodiscard]] std::string output_of_two_runs(
      const std::string& name, const std::string& end,
      std::map<std::string, std::string> variables = {}) const {
    variables.insert({{"FIBO_MPI", program_},
                      {"OUTPUT", folder_.path() / name},
                      {"PROGRAM",
                       "echo value >>mine.db; echo 'F(1) = 1'; printf 'F(99) = 2189'; "
                       "(($(wc -l <mine.db) > 1)) || " +
                           end + "; echo 22995834555169026"}});
    const std::vector<std::string> arguments = {"1", "99", "--store", "mine.db"};
    const auto first = run_job(submit_folder(), arguments, variables);
    EXPECT_THAT(folder_.read(name), testing::EndsWith("F(99) = 2189")) << first.err;
    const auto second = run_job(submit_folder(), arguments, variables);
    EXPECT_EQ(second.exit_code, 0);
    EXPECT_FALSE(std::filesystem::exists(submit_folder() / "mine.db.restarts"));
    return folder_.read(name) + second.err;
  }

  /// What one run with these arguments writes, whose program does as output_of_two_runs() has it.
  [[nodiscard]] std::string whole_output() const {
    return replaced(GetParam().launch, host_file, hosts()) + "[" + program_ +
           "]\n[1]\n[99]\n[--store]\n[mine.db]\nF(1) = 1\nF(99) = 218922995834555169026\n";
  }

  /// How the scheduler was called to take the job back.
  [[nodiscard]] std::string calls() const { return folder_.read("calls"); }
  [[nodiscard]] std::string hosts() const { return folder_.path() / "hosts"; }
  [[nodiscard]] std::string path() const {
    return (folder_.path() / "bin").string() + ":/usr/bin:/bin";
  }

  // A program that does this once, and works until it is told to stop.
  void expect_stopped_and_back_in_the_queue(std::map<std::string, std::string> environment,
                                            const std::string& first) {
    environment.insert(
        {{"FIBO_MPI", program_},
         {"PROGRAM", "trap 'echo stopped; echo value >fibo_mpi-17.db; exit 3' USR1; " + first +
                         "; while :; do sleep 0.1; done"}});
    const auto result = run_job(submit_folder(), {"7"}, std::move(environment));
    EXPECT_EQ(result.exit_code, GetParam().requeue_exit_code) << result.err;
    EXPECT_THAT(result.out, HasSubstr("stopped\n"));
    EXPECT_EQ(folder_.read("project/fibo_mpi-17.db"), "value\n");
  }

  TempFolder folder_;
  std::string program_;
};

TEST_P(BatchScript, StartsOneRankASlotAndKeepsEveryArgumentWhole) {
  const auto result = run_job(submit_folder(), {"1..10", "--output", "two words", "", "a*"},
                              {{"FIBO_MPI", program_}});
  EXPECT_EQ(result.out, launched(program_, "[1..10]\n[--output]\n[two words]\n[]\n[a*]\n"));
  EXPECT_EQ(result.err, "");
  EXPECT_EQ(result.exit_code, 0);
}

TEST_P(BatchScript, StartsOneRankACpuWhereNoTasksAreCounted) {
  if (GetParam().script != "slurm.sbatch") GTEST_SKIP() << "Slurm counts tasks and CPUs";
  const std::vector<std::pair<std::map<std::string, std::string>, std::string>> nodes = {
      {{{"SLURM_JOB_CPUS_PER_NODE", "72(x2),36"}, {"SLURM_JOB_NUM_NODES", "3"}}, "180"},
      {{{"SLURM_JOB_CPUS_PER_NODE", "4,72(x10),8"}}, "732"},
      {{{"SLURM_JOB_CPUS_PER_NODE", "64"}}, "64"},
      {{{"SLURM_CPUS_ON_NODE", "36"}, {"SLURM_JOB_NUM_NODES", "3"}}, "108"}};
  for (auto [variables, ranks] : nodes) {
    variables.insert({{"FIBO_MPI", program_}, {"SLURM_NTASKS", ""}});
    const auto result = run_job(submit_folder(), {"7"}, variables);
    EXPECT_THAT(result.out, HasSubstr("[--ntasks=" + ranks + "]\n")) << result.err;
  }
}

TEST_P(BatchScript, FindsWhatBelongsToItBesideTheInstalledProgram) {
  const auto jobs = folder_.path() / "opt/share/fibo_mpi/jobs";
  std::filesystem::create_directories(jobs);
  std::filesystem::copy(std::filesystem::path(FIBO_SOURCE_DIR) / "jobs/lib", jobs / "lib");
  folder_.write_script("opt/bin/fibo_mpi", "");
  const std::string program = folder_.path() / "opt/bin/fibo_mpi";
  const auto result = run_job(submit_folder(), {"7"}, {{"FIBO_MPI", program}, {"FIBO_JOBS", ""}});
  EXPECT_EQ(result.out, launched(program, "[7]\n")) << result.err;
}

TEST_P(BatchScript, FollowsALinkToTheInstalledProgram) {
  std::filesystem::create_directories(folder_.path() / "opt/share/fibo_mpi/jobs");
  std::filesystem::copy(std::filesystem::path(FIBO_SOURCE_DIR) / "jobs/lib",
                        folder_.path() / "opt/share/fibo_mpi/jobs/lib");
  folder_.write_script("opt/bin/fibo_mpi", "");
  const std::string link = folder_.path() / "bin/fibo_mpi";
  std::filesystem::create_symlink(folder_.path() / "opt/bin/fibo_mpi", link);
  const auto result = run_job(submit_folder(), {"7"}, {{"FIBO_JOBS", ""}});
  EXPECT_EQ(result.out, launched(link, "[7]\n")) << result.err;
}

TEST_P(BatchScript, PassesOnTheExitCode) {
  const auto result =
      run_job(submit_folder(), {"7"}, {{"FIBO_MPI", program_}, {"PROGRAM", "exit 4"}});
  EXPECT_EQ(result.exit_code, 4);
  EXPECT_EQ(calls(), "");
}

TEST_P(BatchScript, RepeatsRandomKeysAfterARestart) {
  const auto result = run_job(submit_folder(), {"--count", "9"}, {{"FIBO_MPI", program_}});
  EXPECT_EQ(result.out, launched(program_, "[--count]\n[9]\n", "17"));
  const auto seeded = run_job(submit_folder(), {"--count=9", "--seed=5"}, {{"FIBO_MPI", program_}});
  EXPECT_EQ(seeded.out, launched(program_, "[--count=9]\n[--seed=5]\n"));
}

TEST_P(BatchScript, GivesASeedWhereKeysAreRandomAndNoneIsGiven) {
  const std::vector<std::vector<std::string>> random = {
      {},
      {"-qc", "5"},
      {"-vc5"},
      {"-c5"},
      {"--max=9"},
      {"-o", "v.txt"},
      {"-ov.txt"},
      {"-qo", "7"},
      {"--digits", "9"},
      {"--mod=7", "-q"},
      {"--stats", "--seed"},  // a file of that name
      {"--merge-store", "a.db", "--count", "5"}};
  for (const auto& arguments : random) {
    EXPECT_EQ(seed_for(arguments), "17") << testing::PrintToString(arguments);
  }
  const std::vector<std::vector<std::string>> others = {
      {"7"},
      {"-q", "7"},
      {"--", "7"},
      {"--digits", "9", "7"},
      {"-k", "keys.txt"},
      {"-qkkeys.txt"},
      {"--keys-file=keys.txt", "-o", "v.txt"},
      {"-c", "5", "-s", "4"},
      {"-qs4"},
      {"--merge-store", "a.db"},
      {"--merge-store=a.db", "--merge-store", "b.db", "-q"},
      {"--verify-store", "--store", "a.db"},
      {"--repair-store", "--store=a.db"},
      {"--doctor"}};
  for (const auto& arguments : others) {
    EXPECT_EQ(seed_for(arguments), "") << testing::PrintToString(arguments);
  }
}

// The script must know which options have a value, as that is no key.
TEST_P(BatchScript, KnowsTheOptionsOfTheProgram) {
  const auto help = run_command(mpi_command(1, {FIBO_MPI_PROGRAM, "--help"}));
  const std::regex option("\n {2}(?:(-[a-z]),| {3}) (--[a-z-]+)( [A-Z]+)?");
  std::size_t found = 0;
  for (std::sregex_iterator at(help.out.begin(), help.out.end(), option), end; at != end; ++at) {
    for (const auto& name : {(*at)[1].str(), (*at)[2].str()}) {
      if (name.empty() || name == "--keys-file" || name == "-k" || name == "--seed" ||
          name == "-s" || name == "--merge-store")
        continue;
      const bool has_value = (*at)[3].matched;
      EXPECT_EQ(seed_for({name, "7"}), has_value ? "17" : "") << name;
      ++found;
    }
  }
  EXPECT_GT(found, 25U) << help.out << help.err;
}

TEST_P(BatchScript, MakesASeedOfTheNumberOfItsJob) {
  const auto& environment = GetParam().environment;
  for (const auto* variable : {"SLURM_JOB_ID", "PBS_JOBID", "LSB_JOBID", "JOB_ID"}) {
    if (!environment.contains(variable)) continue;
    EXPECT_EQ(seed_for({}, {{variable, "1234567"}}), "1234567");
    EXPECT_EQ(seed_for({}, {{variable, "1234567.server42"}}), "1234567");
    EXPECT_EQ(seed_for({}, {{variable, "123456789012345678901234"}}), "123456789012345678");
    EXPECT_EQ(seed_for({}, {{variable, "job"}}), "1");
    if (GetParam().script == "pbs.sh") {
      EXPECT_EQ(seed_for({}, {{variable, "1234567[12].server42"}, {"PBS_ARRAY_INDEX", "12"}}),
                "123456712");
    }
  }
  if (!GetParam().array_environment.empty()) {
    EXPECT_EQ(seed_for({}, GetParam().array_environment), "173");
  }
}

TEST_P(BatchScript, GoesBackToTheQueueWhileKeysAreLeftAndItGetsOn) {
  const std::map<std::string, std::string> partly = {{"FIBO_MPI", program_},
                                                     {"PROGRAM", "echo value >>mine.db; exit 3"},
                                                     {"FIBO_MAX_RESTARTS", "2"}};
  const std::vector<std::string> arguments = {"7", "--store", "mine.db"};
  for (const auto* restart : {"1", "2"}) {
    const auto result = run_job(submit_folder(), arguments, partly);
    EXPECT_EQ(result.exit_code, GetParam().requeue_exit_code) << result.err;
    EXPECT_THAT(result.err, HasSubstr("back to the queue for restart " + std::string(restart)));
    EXPECT_THAT(calls(), HasSubstr(GetParam().requeue_call));
  }
  std::filesystem::remove(folder_.path() / "calls");
  const auto last = run_job(submit_folder(), arguments, partly);
  EXPECT_EQ(last.exit_code, 3);
  EXPECT_THAT(last.err, HasSubstr("not restarted, as it has been 2 times"));
  EXPECT_EQ(calls(), "");
  // A job that is submitted with this store again begins to count anew.
  EXPECT_THAT(run_job(submit_folder(), arguments, partly).err,
              HasSubstr("back to the queue for restart 1"));
}

TEST_P(BatchScript, HasEachResultOnceWhereARestartAppendsToItsOutput) {
  EXPECT_EQ(output_of_two_runs("output", "exit 3"), whole_output());
}

TEST_P(BatchScript, HasNoHoleInOutputThatWasOpenedAtItsEnd) {
  EXPECT_EQ(output_of_two_runs("output", "exit 3", {{"SEEK", "yes"}}), whole_output());
}

// Its script is killed with all else, and the scheduler starts it again.
TEST_P(BatchScript, HasEachResultOnceWhereItsHostWentDown) {
  EXPECT_EQ(output_of_two_runs("output", "{ kill -KILL $PPID; exit 1; }"), whole_output());
}

TEST_P(BatchScript, LeavesWhatItsOutputHeldBeforeIt) {
  folder_.write("output", "another job's\n");
  folder_.write("project/mine.db.restarts", "4 16 0\n");
  EXPECT_EQ(output_of_two_runs("output", "exit 3"), "another job's\n" + whole_output());
}

TEST_P(BatchScript, TakesNothingOutOfAFileThatTasksOfAnArrayShare) {
  if (GetParam().array_environment.empty()) GTEST_SKIP() << "no arrays in this scheduler";
  EXPECT_EQ(output_of_two_runs("output.3", "exit 3", GetParam().array_environment), whole_output());
  std::filesystem::remove(submit_folder() / "mine.db");
  const auto shared = output_of_two_runs("output.30", "exit 3", GetParam().array_environment);
  EXPECT_THAT(shared, HasSubstr("F(99) = 2189[")) << "the first run's";
  EXPECT_THAT(shared, HasSubstr("output.30 still has what an earlier run has written\n"));
}

TEST_P(BatchScript, ForgetsItsRestartsOnceItStaysOutOfTheQueue) {
  const std::vector<std::string> arguments = {"7", "--store", "mine.db"};
  const auto restarted = submit_folder() / "mine.db.restarts";
  for (const auto* end : {"exit 0", "exit 1", "exit 3",
                          "trap 'exit 3' TERM; kill -TERM $PPID; while :; do sleep 0.1; done"}) {
    folder_.write("project/mine.db.restarts", "1\n");
    const auto result =
        run_job(submit_folder(), arguments, {{"FIBO_MPI", program_}, {"PROGRAM", end}});
    EXPECT_FALSE(std::filesystem::exists(restarted)) << end << '\n' << result.err;
  }
}

TEST_P(BatchScript, LeavesTheRestartsOfAJobWhoseStoreItIsRefused) {
  folder_.write("project/mine.db.restarts", "4 16 0\n");
  const auto result = run_job(
      submit_folder(), {"7", "--store", "mine.db"},
      {{"FIBO_MPI", program_}, {"PROGRAM", "exit 2"}, {"OUTPUT", folder_.path() / "output"}});
  EXPECT_EQ(result.exit_code, 2) << result.err;
  EXPECT_EQ(folder_.read("project/mine.db.restarts"), "4 16 0\n");
  folder_.write("project/mine.db.restarts", "4 17 0\n");
  EXPECT_EQ(run_job(submit_folder(), {"7", "--store", "mine.db"},
                    {{"FIBO_MPI", program_}, {"PROGRAM", "exit 2"}})
                .exit_code,
            2);
  EXPECT_FALSE(std::filesystem::exists(submit_folder() / "mine.db.restarts"));
}

TEST_P(BatchScript, ForgetsItsRestartsWhereItsSchedulerDoesNotTakeItBack) {
  if (GetParam().requeue_call.empty()) GTEST_SKIP() << "this scheduler goes by the exit code";
  for (const auto* command : {"scontrol", "qsub"}) {
    folder_.write_script("bin/" + std::string(command), "exit 1");
  }
  const auto result = run_job(submit_folder(), {"7", "--store", "mine.db"},
                              {{"FIBO_MPI", program_},
                               {"SUBMISSION_FAILS", "yes"},
                               {"PROGRAM", "echo value >>mine.db; exit 3"}});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_THAT(result.err, HasSubstr("the scheduler does not take the job back"));
  EXPECT_FALSE(std::filesystem::exists(submit_folder() / "mine.db.restarts"));
}

TEST_P(BatchScript, IsFollowedByJobsOfItsKindUntilAllIsDone) {
  if (!GetParam().requeue_call.starts_with("[qsub]") &&
      !GetParam().requeue_call.starts_with("[flux]"))
    GTEST_SKIP() << "this scheduler takes the job itself back";
  const auto result = run_job(submit_folder(), {"--count", "9"},
                              {{"FIBO_MPI", program_},
                               {"RUN_NEXT_JOB", folder_.path() / "later output"},
                               {"PROGRAM",
                                "echo value >>fibo_mpi-17.db; "
                                "(($(wc -l <fibo_mpi-17.db) < 3)) && exit 3; exit 0"}});
  EXPECT_EQ(result.exit_code, 3);
  // The second and the third have another number, and go on with the keys and the store of the
  // first.
  const std::string launch = launched(program_, "[--count]\n[9]\n", "17");
  EXPECT_EQ(result.out, launch) << result.err;
  EXPECT_EQ(folder_.read("later output"), launch + launch) << result.err;
  EXPECT_THAT(result.err, HasSubstr("number of the next job\n"));
  EXPECT_TRUE(std::filesystem::is_empty(submit_folder()));
}

TEST_P(BatchScript, HandsOnWhatTheFirstJobWasGiven) {
  const std::map<std::string, std::string> expected = {
      {"pbs.sh",
       "[qsub] [-V] [-N] [big] [-q] [long] [-A] [physics] [-l] [select=2:ncpus=3] [-l] "
       "[place=scatter] [-l] [walltime=00:10:00] [-P] [x] [--] "},
      {"flux.sh",
       "[flux] [--parent] [batch] [--nslots=6] [--time-limit=600s] [--queue=long] "
       "[--setattr=system.bank=physics] [-P] [x] ["}};
  if (!expected.contains(GetParam().script)) GTEST_SKIP() << "the scheduler takes the job back";
  const auto result = run_job(submit_folder(), {"7"},
                              {{"FIBO_MPI", program_},
                               {"PBS_JOBNAME", "big"},
                               {"QUEUE", "long"},
                               {"BANK", "physics"},
                               {"FIBO_SUBMIT_OPTIONS", "-P x"},
                               {"PROGRAM", "echo value >>fibo_mpi-17.db; exit 3"}});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_THAT(calls(), testing::StartsWith(expected.at(GetParam().script))) << result.err;
}

TEST_P(BatchScript, IsFollowedByNoneWhereArgumentsCannotBeHandedOn) {
  if (GetParam().script != "pbs.sh") GTEST_SKIP() << "Torque is a kind of PBS";
  folder_.write_script("bin/qstat", "echo '    Resource_List.walltime = 00:10:00'");
  const auto result =
      run_job(submit_folder(), {"7"},
              {{"FIBO_MPI", program_}, {"PROGRAM", "echo value >>fibo_mpi-17.db; exit 3"}});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_EQ(calls(), "");
  EXPECT_THAT(result.err, HasSubstr("the scheduler does not take the job back"));
}

TEST_P(BatchScript, HandsOnNoLimitWhereThereIsNone) {
  const std::map<std::string, std::string> expected = {
      {"pbs.sh", "[qsub] [-V] [-N] [fibo_mpi] [-l] [select=2:ncpus=3] [--] "},
      {"flux.sh", "[flux] [--parent] [batch] [--nslots=6] [/"}};
  if (!expected.contains(GetParam().script)) GTEST_SKIP() << "the scheduler takes the job back";
  folder_.write_script("bin/qstat", "echo '    Resource_List.select = 2:ncpus=3'");
  const auto result = run_job(submit_folder(), {"7"},
                              {{"FIBO_MPI", program_},
                               {"LEFT_S", "4294967295"},
                               {"PROGRAM", "echo value >>fibo_mpi-17.db; exit 3"}});
  EXPECT_THAT(calls(), testing::StartsWith(expected.at(GetParam().script))) << result.err;
}

TEST_P(BatchScript, RunsWhereItsSchedulerDoesNotSayTheLimit) {
  const std::string& script = GetParam().script;
  if (script != "pbs.sh" && script != "sge.sh" && script != "flux.sh")
    GTEST_SKIP() << "this scheduler sends a warning";
  // It does not answer at first.
  std::filesystem::rename(folder_.path() / "bin", folder_.path() / "bin.later");
  std::filesystem::create_directory(folder_.path() / "bin");
  for (const auto& file : std::filesystem::directory_iterator(folder_.path() / "bin.later")) {
    folder_.write_script(folder_.path() / "bin" / file.path().filename(), R"(
if [[ ${0##*/} == qstat || $* == "job timeleft" ]] && mkdir "${0%/bin/*}/asked" 2>/dev/null; then
  exit 1
fi
exec "${0%/bin/*}/bin.later/${0##*/}" "$@")");
  }
  const auto result =
      run_job(submit_folder(), {"7"},
              {{"FIBO_MPI", program_}, {"PROGRAM", "echo value >>fibo_mpi-17.db; exit 3"}});
  EXPECT_EQ(result.exit_code, GetParam().requeue_exit_code);
  EXPECT_THAT(result.err,
              HasSubstr("fibo_mpi job 17: the time limit is not known, and the job will "
                        "not stop before it\n"));
  EXPECT_THAT(result.err, HasSubstr("back to the queue for restart 1"));
  EXPECT_THAT(calls(), HasSubstr(GetParam().requeue_call));
}

TEST_P(BatchScript, StaysOutOfTheQueueWhereARunAddedNothing) {
  const auto result =
      run_job(submit_folder(), {"7"}, {{"FIBO_MPI", program_}, {"PROGRAM", "exit 3"}});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_THAT(result.err, HasSubstr("added nothing to fibo_mpi-17.db"));
  EXPECT_EQ(calls(), "");
}

TEST_P(BatchScript, GoesBackToTheQueueWhereARunFilledFreePagesOfItsStore) {
  Command make;
  make.argv = {"sqlite3", submit_folder() / "mine.db",
               "CREATE TABLE kept (digits); INSERT INTO kept VALUES (zeroblob(99999)); "
               "DELETE FROM kept"};
  ASSERT_EQ(run_command(make).exit_code, 0);
  const auto size = std::filesystem::file_size(submit_folder() / "mine.db");
  const auto run = [&](const std::string& statement) {
    return run_job(
        submit_folder(), {"7", "--store", "mine.db"},
        {{"FIBO_MPI", program_}, {"PROGRAM", "sqlite3 mine.db '" + statement + "'; exit 3"}});
  };
  EXPECT_THAT(run("INSERT INTO kept VALUES (zeroblob(50000))").err,
              HasSubstr("back to the queue for restart 1"));
  EXPECT_THAT(run("UPDATE kept SET digits = zeroblob(50000)").err,
              HasSubstr("added nothing to mine.db"));
  EXPECT_EQ(std::filesystem::file_size(submit_folder() / "mine.db"), size);
}

// It might go back for ever.
TEST_P(BatchScript, StaysOutOfTheQueueWhereItCannotCountItsRestarts) {
  std::filesystem::create_directory(submit_folder() / "mine.db.restarts");
  const auto result =
      run_job(submit_folder(), {"7", "--store", "mine.db"},
              {{"FIBO_MPI", program_}, {"PROGRAM", "echo value >>mine.db; exit 3"}});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_THAT(result.err, HasSubstr("restarts could not be counted; mine.db has what is done"));
  EXPECT_EQ(calls(), "");
}

TEST_P(BatchScript, StopsTheProgramAtTheWarningAndKeepsItsStore) {
  // The scheduler's signal goes to the script, which is what started the launcher.
  expect_stopped_and_back_in_the_queue({}, "kill -USR1 $PPID");
}

TEST_P(BatchScript, StopsTheProgramBeforeALimitOfWhichItGetsNoWarning) {
  const std::string& script = GetParam().script;
  if (script != "pbs.sh" && script != "sge.sh" && script != "flux.sh")
    GTEST_SKIP() << "this scheduler sends a warning";
  // Of 600 s.
  expect_stopped_and_back_in_the_queue({{"FIBO_WARNING_S", "599"}}, ":");
}

TEST_P(BatchScript, LeavesAJobThatItsOwnerEnds) {
  const auto result = run_job(submit_folder(), {"7"},
                              {{"FIBO_MPI", program_},
                               {"STATE", "CANCELLED"},
                               {"PROGRAM",
                                "trap 'echo value >fibo_mpi-17.db; exit 3' TERM; "
                                "kill -TERM $PPID; while :; do sleep 0.1; done"}});
  EXPECT_EQ(result.exit_code, 3) << result.err;
  EXPECT_THAT(result.err, HasSubstr("the job was ended; fibo_mpi-17.db has what is done"));
  EXPECT_EQ(calls(), "");
}

TEST_P(BatchScript, SaysWhatIsDoneWhateverTheLauncherMakesOfItsEnd) {
  const auto result = run_job(submit_folder(), {"7"},
                              {{"FIBO_MPI", program_},
                               {"PROGRAM",
                                "trap 'echo value >fibo_mpi-17.db; exit 1' TERM; "
                                "kill -TERM $PPID; while :; do sleep 0.1; done"}});
  EXPECT_EQ(result.exit_code, 1) << result.err;
  EXPECT_THAT(result.err, HasSubstr("the job was ended; fibo_mpi-17.db has what is done"));
  EXPECT_EQ(folder_.read("project/fibo_mpi-17.db"), "value\n");
}

TEST_P(BatchScript, RemovesItsOwnStoreOnceAllIsDone) {
  const auto result = run_job(submit_folder(), {"7"},
                              {{"FIBO_MPI", program_}, {"PROGRAM", "echo value >fibo_mpi-17.db"}});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_TRUE(std::filesystem::is_empty(submit_folder()));
}

// As where a rank was killed that has no lock, and rank 0 could still give its own back.
TEST_P(BatchScript, GoesBackToTheQueueWhereTheLauncherSaysThatARankWasKilled) {
  const auto result =
      run_job(submit_folder(), {"7", "--store", "mine.db"},
              {{"FIBO_MPI", program_}, {"PROGRAM", "echo value >>mine.db; exit 137"}});
  EXPECT_NE(result.exit_code, 0);
  EXPECT_THAT(result.err, HasSubstr("back to the queue for restart 1"));
  EXPECT_THAT(calls(), HasSubstr(GetParam().requeue_call));
}

// The lock of a run that is not there any more is beside the store itself, to which a link may
// lead.
TEST_P(BatchScript, GoesBackToTheQueueWhereTheProgramWasKilledWhateverTheLauncherMakesOfIt) {
  for (const auto* status : {"0", "1"}) {
    std::filesystem::remove(folder_.path() / "calls");
    const auto result = run_job(
        submit_folder(), {"7", "--store", "mine.db"},
        {{"FIBO_MPI", program_},
         {"PROGRAM", R"(echo value >>kept.db; ln -sf kept.db mine.db; touch kept.db.lock; exit )" +
                         std::string(status)}});
    EXPECT_NE(result.exit_code, 0);
    EXPECT_THAT(result.err, HasSubstr("back to the queue for restart"));
    EXPECT_THAT(calls(), HasSubstr(GetParam().requeue_call));
    const auto host_lost = HasSubstr("was a host lost?");
    if (status == std::string("0")) {
      EXPECT_THAT(result.err, host_lost);
    } else {
      EXPECT_THAT(result.err, testing::Not(host_lost));
    }
  }
}

// An earlier run's, which was killed, or that of one that goes on.
TEST_P(BatchScript, MakesNothingOfALockWhereTheProgramOpensNoStore) {
  folder_.write("project/mine.db", "value\n");
  folder_.write("project/mine.db.lock", "");
  folder_.write("project/mine.db.restarts", "4 16 0\n");
  for (const auto* option : {"--doctor", "--help", "--version", "-h", "-qh"}) {
    const auto result = run_job(submit_folder(), {"--store", "mine.db", option},
                                {{"FIBO_MPI", program_}, {"OUTPUT", folder_.path() / "output"}});
    EXPECT_EQ(result.exit_code, 0) << option << '\n' << result.err;
    EXPECT_EQ(result.err, "") << option;
    EXPECT_EQ(folder_.read("project/mine.db.restarts"), "4 16 0\n") << option;
  }
  // The file of results has that name.
  EXPECT_NE(run_job(submit_folder(), {"7", "--store", "mine.db", "-o", "--help"},
                    {{"FIBO_MPI", program_}})
                .exit_code,
            0);
}

TEST_P(BatchScript, KeepsItsOwnStoreWhereAHostIsLostBeforeTheProgramBegins) {
  folder_.write("project/fibo_mpi-17.db", "value\n");
  const auto result =
      run_job(submit_folder(), {"7"}, {{"FIBO_MPI", program_}, {"NEVER_BEGINS", "yes"}});
  EXPECT_EQ(result.exit_code, 137);
  EXPECT_THAT(result.err, HasSubstr("was a host lost?"));
  EXPECT_EQ(folder_.read("project/fibo_mpi-17.db"), "value\n");
}

TEST_P(BatchScript, LeavesNothingWhereTheProgramIsRefusedOrNotStarted) {
  for (const int status : {1, 2, 127}) {
    const auto result = run_job(submit_folder(), {"7"},
                                {{"FIBO_MPI", program_},
                                 {"NEVER_BEGINS", "yes"},
                                 {"PROGRAM", "exit " + std::to_string(status)}});
    EXPECT_EQ(result.exit_code, status);
    EXPECT_TRUE(std::filesystem::is_empty(submit_folder())) << status;
  }
}

TEST_P(BatchScript, KeepsItsOwnStoreWhereTheProgramWasKilled) {
  const auto result =
      run_job(submit_folder(), {"7"},
              {{"FIBO_MPI", program_},
               {"PROGRAM", "echo value >fibo_mpi-17.db; touch fibo_mpi-17.db.lock"}});
  EXPECT_THAT(result.err, HasSubstr("back to the queue for restart"));
  EXPECT_EQ(folder_.read("project/fibo_mpi-17.db"), "value\n");
}

TEST_P(BatchScript, GivesATaskOfAnArrayItsSlice) {
  if (GetParam().array_environment.empty()) GTEST_SKIP() << "no arrays in this scheduler";
  auto variables = GetParam().array_environment;
  variables["FIBO_MPI"] = program_;
  const auto result = run_job(submit_folder(), {"%a..90..10", "--store=%a.db"}, variables);
  EXPECT_THAT(result.out, testing::EndsWith("[" + program_ + "]\n[3..90..10]\n[--store=3.db]\n"));
}

TEST_P(BatchScript, TakesTheProgramOfThePath) {
  const auto program = folder_.write_script("bin/fibo_mpi", "");
  folder_.write_script("project/build/release/fibo_mpi", "");
  EXPECT_EQ(run_job(submit_folder(), {"7"}).out, launched(program, "[7]\n"));
}

TEST_P(BatchScript, TakesTheProgramBuiltWhereTheJobWasSubmitted) {
  folder_.write_script("project/build/release/fibo_mpi", "");
  EXPECT_EQ(run_job(submit_folder(), {"7"}).out, launched("./build/release/fibo_mpi", "[7]\n"));
}

TEST_P(BatchScript, TakesTheProgramBuiltOneFolderUp) {
  folder_.write_script("project/build/release/fibo_mpi", "");
  folder_.write("project/jobs/job.sh", "");
  EXPECT_EQ(run_job(submit_folder() / "jobs", {"7"}).out,
            launched("../build/release/fibo_mpi", "[7]\n"));
}

TEST_P(BatchScript, SaysWhatToDoWhereThereIsNoProgram) {
  const auto result = run_job(submit_folder(), {"7"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(result.err, "no fibo_mpi; install or build it, or set FIBO_MPI\n");
}

TEST_P(BatchScript, SaysWhichProgramIsNotThere) {
  const std::string jobs = std::filesystem::path(FIBO_SOURCE_DIR) / "jobs";
  for (const auto& folder : {jobs, std::string()}) {
    const auto result = run_job(submit_folder(), {"7"},
                                {{"FIBO_MPI", "/opt/typo/fibo_mpi"}, {"FIBO_JOBS", folder}});
    EXPECT_EQ(result.exit_code, 2);
    EXPECT_EQ(result.out, "");
    EXPECT_EQ(result.err,
              "no fibo_mpi at /opt/typo/fibo_mpi; install or build it, or set FIBO_MPI\n");
    EXPECT_TRUE(std::filesystem::is_empty(submit_folder()));
  }
}

TEST_P(BatchScript, SaysWhatToDoWhereNothingBelongsToTheProgram) {
  const std::string program = folder_.write_script("bin/fibo_mpi", "");
  const auto result = run_job(submit_folder(), {"7"}, {{"FIBO_JOBS", ""}});
  EXPECT_NE(result.exit_code, 0);
  EXPECT_EQ(result.out, "");
  EXPECT_THAT(result.err, HasSubstr("fibo_mpi is " + program +
                                    ", but its jobs/lib is not found; "
                                    "set FIBO_JOBS to the folder of this script\n"));
}

INSTANTIATE_TEST_SUITE_P(Schedulers, BatchScript, testing::ValuesIn(schedulers),
                         [](const auto& test) {
                           return std::filesystem::path(test.param.script).stem().string();
                         });

}  // namespace
}  // namespace fibo::test
