// SPDX-License-Identifier: MIT
#include "support/command.hpp"
#include "support/temp_folder.hpp"

#include <filesystem>
#include <map>
#include <ostream>
#include <string>
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
  std::string launch;  // the launcher's arguments, one in brackets a line

  friend std::ostream& operator<<(std::ostream& out, const Scheduler& scheduler) {
    return out << scheduler.script;
  }
};

// Where a variable or an argument names the file of the hosts.
const std::string host_file = "HOST_FILE";

const std::vector<Scheduler> schedulers = {
    {"slurm.sbatch",
     "SLURM_SUBMIT_DIR",
     {{"SLURM_NTASKS", "6"}},
     "[srun]\n[--mpi=pmix]\n[--ntasks=6]\n"},
    {"pbs.sh",
     "PBS_O_WORKDIR",
     {{"PBS_NODEFILE", host_file}},
     "[mpirun]\n[-np]\n[6]\n[--hostfile]\n[HOST_FILE]\n"},
    {"lsf.sh",
     "LS_SUBCWD",
     {{"LSB_DJOB_NUMPROC", "6"}, {"LSB_DJOB_HOSTFILE", host_file}},
     "[mpirun]\n[-np]\n[6]\n[--hostfile]\n[HOST_FILE]\n"},
    {"sge.sh", "SGE_O_WORKDIR", {{"NSLOTS", "6"}}, "[mpirun]\n[-np]\n[6]\n"},
    {"flux.sh", "", {}, "[flux]\n[run]\n[--ntasks=6]\n"},
};

std::string replaced(std::string text, const std::string& word, const std::string& by) {
  if (const auto at = text.find(word); at != std::string::npos) text.replace(at, word.size(), by);
  return text;
}

class BatchScript : public testing::TestWithParam<Scheduler> {
 protected:
  BatchScript() {
    const std::string launcher = R"(
if [[ "$1 $2" == "resource list" ]]; then echo 6; exit; fi
printf '[%s]\n' "${0##*/}" "$@"
exit "${LAUNCHER_EXIT_CODE:-0}"
)";
    for (const auto* name : {"srun", "mpirun", "flux"}) {
      folder_.write_script("bin/" + std::string(name), launcher);
    }
    folder_.write("hosts", "a\na\na\nb\nb\nb\n");
    std::filesystem::create_directories(submit_folder());
    // Schedulers run a copy, so a script must not look for anything beside itself.
    std::filesystem::create_directories(folder_.path() / "spool");
    std::filesystem::copy_file(std::filesystem::path(FIBO_SOURCE_DIR) / "jobs" / GetParam().script,
                               folder_.path() / "spool/job_script");
  }

  [[nodiscard]] std::filesystem::path submit_folder() const { return folder_.path() / "project"; }

  /// Runs the script as a job submitted from `folder`.
  [[nodiscard]] CommandResult run_job(const std::filesystem::path& folder,
                                      const std::vector<std::string>& arguments,
                                      std::map<std::string, std::string> variables = {}) const {
    const auto& scheduler = GetParam();
    Command command;
    command.argv = {(folder_.path() / "spool/job_script").string()};
    command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
    command.environment = std::move(variables);
    for (const auto& [name, value] : scheduler.environment) {
      command.environment[name] = replaced(value, host_file, hosts());
    }
    command.environment.emplace("PATH", path());
    if (scheduler.submit_folder_variable.empty()) {
      command.folder = folder;
    } else {
      command.environment[scheduler.submit_folder_variable] = folder;
      command.folder = "/";
    }
    return run_command(command);
  }

  /// What the launcher says when it is called with `program` and `arguments`, one in brackets a
  /// line.
  [[nodiscard]] std::string launched(const std::string& program,
                                     const std::string& arguments) const {
    return replaced(GetParam().launch, host_file, hosts()) + "[" + program + "]\n" + arguments;
  }

  [[nodiscard]] std::string hosts() const { return folder_.path() / "hosts"; }
  [[nodiscard]] std::string path() const {
    return (folder_.path() / "bin").string() + ":/usr/bin:/bin";
  }

  TempFolder folder_;
};

TEST_P(BatchScript, StartsOneRankASlotAndKeepsEveryArgumentWhole) {
  const auto result = run_job(submit_folder(), {"1..10", "--output", "two words", "", "a*"},
                              {{"FIBO_MPI", "/opt/fibo/bin/fibo_mpi"}});
  EXPECT_EQ(result.out,
            launched("/opt/fibo/bin/fibo_mpi", "[1..10]\n[--output]\n[two words]\n[]\n[a*]\n"));
  EXPECT_EQ(result.err, "");
  EXPECT_EQ(result.exit_code, 0);
}

TEST_P(BatchScript, PassesOnTheExitCode) {
  const auto result =
      run_job(submit_folder(), {}, {{"FIBO_MPI", "/p"}, {"LAUNCHER_EXIT_CODE", "3"}});
  EXPECT_EQ(result.exit_code, 3);
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
  EXPECT_NE(result.exit_code, 0);
  EXPECT_EQ(result.out, "");
  EXPECT_THAT(result.err, HasSubstr("no fibo_mpi; build it with jobs/local.sh, or set FIBO_MPI"));
}

INSTANTIATE_TEST_SUITE_P(Schedulers, BatchScript, testing::ValuesIn(schedulers),
                         [](const auto& test) {
                           return std::filesystem::path(test.param.script).stem().string();
                         });

}  // namespace
}  // namespace fibo::test
