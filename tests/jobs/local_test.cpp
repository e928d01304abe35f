// SPDX-License-Identifier: MIT
#include "support/command.hpp"
#include "support/temp_folder.hpp"

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

// jobs/local.sh and tests/run.sh in a copy of the tree, on a machine whose package manager,
// compiler and MPI are stubs that write down how they were called.

namespace fibo::test {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class FreshMachine : public testing::Test {
 protected:
  FreshMachine() {
    const fs::path source = FIBO_SOURCE_DIR;
    for (const auto* script :
         {"jobs/local.sh", "jobs/lib/launch.sh", "jobs/lib/prepare.sh", "tests/run.sh"}) {
      fs::create_directories((folder_.path() / script).parent_path());
      fs::copy_file(source / script, folder_.path() / script);
    }
    // Nothing of the real machine is in PATH but what a minimal system has.
    fs::create_directories(folder_.path() / "bin");
    for (const auto* tool :
         {"bash", "cat", "comm", "dirname", "env", "mkdir", "mktemp", "rm", "sed", "sort"}) {
      fs::create_symlink(fs::path("/usr/bin") / tool, folder_.path() / "bin" / tool);
    }
    stub("nproc", "echo ${OMP_NUM_THREADS:-${OMP_THREAD_LIMIT:-6}}");
    stub("dpkg-query", R"(
for package in "${@:4}"; do
  case " $MISSING " in
    *" $package "*) echo "dpkg-query: no packages found matching $package" >&2 ;;
    *) echo "installed $package" ;;
  esac
done)");
    stub(
        "apt-get",
        R"(called "$@"; [[ " $* " != *" $APT_GET_FAILS "* ]] || { echo "E: no network" >&2; exit 100; })");
    stub("sudo", R"([[ $1 != -n ]] || shift; "$@")");
    stub("cmake", R"(
called "$@"
echo "many words of the build"
[[ " $* " != *" $CMAKE_FAILS "* ]] || { echo "error: bad code" >&2; exit 1; }
if [[ $1 == -S ]]; then mkdir -p "$4"; : >"$4/build.ninja"; fi)");
    stub("mpirun", R"(
called "$@"
echo "root allowed: ${OMPI_ALLOW_RUN_AS_ROOT-no} ${OMPI_ALLOW_RUN_AS_ROOT_CONFIRM-no}" >>"$CALLS"
echo "F(10) = 55"
exit "${PROGRAM_EXIT_CODE:-0}")");
    stub("ctest", R"(called "$@"; echo "100% tests passed"; exit "${PROGRAM_EXIT_CODE:-0}")");
  }

  void stub(const std::string& name, const std::string& body) const {
    folder_.write_script("bin/" + name,
                         "called() { printf '%s' \"${0##*/}\" >>\"$CALLS\"; printf ' <%s>' \"$@\" "
                         ">>\"$CALLS\"; echo >>\"$CALLS\"; }\n" +
                             body + "\n");
  }

  void forget_tool(const std::string& name) const { fs::remove(folder_.path() / "bin" / name); }

  [[nodiscard]] CommandResult run(const std::string& script,
                                  const std::vector<std::string>& arguments = {},
                                  std::map<std::string, std::string> variables = {}) const {
    Command command;
    command.argv = {(folder_.path() / script).string()};
    command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
    command.environment = std::move(variables);
    command.environment["PATH"] = folder_.path() / "bin";
    command.environment["CALLS"] = folder_.path() / "calls";
    command.environment.insert({{"MISSING", ""},
                                {"APT_GET_FAILS", "-"},
                                {"CMAKE_FAILS", "-"},
                                {"FIBO_SKIP_PACKAGES", ""}});
    command.folder = "/";
    return run_command(command);
  }

  /// The calls of the stubs, a line each, with the folder of the copy written as TREE.
  [[nodiscard]] std::string calls() const {
    std::string text = folder_.read("calls");
    const std::string tree = folder_.path();
    for (auto at = text.find(tree); at != std::string::npos; at = text.find(tree)) {
      text.replace(at, tree.size(), "TREE");
    }
    return text;
  }

  TempFolder folder_;
};

const std::string configured =
    "cmake <-S> <TREE> <-B> <TREE/build/release> <--preset> <release> <-DFIBO_BUILD_TESTS=OFF>\n";
const std::string built = "cmake <--build> <TREE/build/release> <--target> <fibo_mpi>\n";

TEST_F(FreshMachine, RunsTheProgramOnEveryCpuAndNothingElseIsOnStdout) {
  const auto result =
      run("jobs/local.sh", {"10", "--output", "two words"}, {{"PROGRAM_EXIT_CODE", "3"}});
  EXPECT_EQ(result.exit_code, 3) << result.err;
  EXPECT_EQ(result.out, "F(10) = 55\n");
  EXPECT_THAT(calls(), StartsWith(configured + built + "mpirun <-np> <6> "));
  EXPECT_THAT(calls(), HasSubstr("<TREE/build/release/fibo_mpi> <10> <--output> <two words>\n"));
}

// Which nproc goes by, too.
TEST_F(FreshMachine, RunsOnEveryCpuWhateverIsSetForOpenMp) {
  static_cast<void>(
      run("jobs/local.sh", {"10"}, {{"OMP_NUM_THREADS", "1"}, {"OMP_THREAD_LIMIT", "1"}}));
  EXPECT_THAT(calls(), HasSubstr("mpirun <-np> <6> "));
}

TEST_F(FreshMachine, LeavesAptGetAndTheConfigurationAloneWhereAllIsDone) {
  EXPECT_EQ(run("jobs/local.sh").exit_code, 0);
  fs::remove(folder_.path() / "calls");
  const auto result = run("jobs/local.sh");
  EXPECT_THAT(calls(), StartsWith(built + "mpirun"));
  EXPECT_THAT(result.err,
              AllOf(HasSubstr("packages: all"), Not(HasSubstr("many words of the build"))));
}

TEST_F(FreshMachine, InstallsJustWhatIsMissing) {
  const auto result =
      run("jobs/local.sh", {}, {{"MISSING", "cmake libboost-mpi-dev libgtest-dev"}});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(
      calls(),
      AllOf(HasSubstr("<update>\napt-get "),
            HasSubstr(" <install> <-y> <--no-install-recommends> <cmake> <libboost-mpi-dev>\n" +
                      configured)));
  EXPECT_THAT(result.err, HasSubstr("packages: installing cmake libboost-mpi-dev\n"));
  EXPECT_EQ(result.out, "F(10) = 55\n");
}

TEST_F(FreshMachine, InstallsFromTheOldListsWhereNewOnesCannotBeHad) {
  const auto result = run("jobs/local.sh", {}, {{"MISSING", "cmake"}, {"APT_GET_FAILS", "update"}});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("apt-get update failed"));
  EXPECT_THAT(calls(), HasSubstr("<install>"));
}

TEST_F(FreshMachine, StopsWhereAptGetFailsAndShowsItsWords) {
  const auto result =
      run("jobs/local.sh", {}, {{"MISSING", "cmake"}, {"APT_GET_FAILS", "install"}});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_EQ(result.out, "");
  EXPECT_THAT(result.err,
              AllOf(HasSubstr("E: no network"), HasSubstr("apt-get could not install: cmake")));
  EXPECT_THAT(calls(), Not(HasSubstr("<-S>")));
}

TEST_F(FreshMachine, NamesWhatItNeedsWhereThereIsNoAptGet) {
  forget_tool("apt-get");
  const auto result = run("jobs/local.sh");
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_EQ(result.out, "");
  EXPECT_THAT(result.err, AllOf(HasSubstr("libboost-mpi-dev"), HasSubstr("cmake"),
                                HasSubstr("FIBO_SKIP_PACKAGES=1")));
  EXPECT_EQ(calls(), "");
}

TEST_F(FreshMachine, TrustsTheMachineWhenToldTo) {
  forget_tool("apt-get");
  const auto result = run("jobs/local.sh", {}, {{"FIBO_SKIP_PACKAGES", "1"}});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out, "F(10) = 55\n");
}

TEST_F(FreshMachine, ShowsTheWordsOfABuildThatFailsAndRunsNothing) {
  for (const auto* step : {"-S", "--build"}) {
    const auto result = run("jobs/local.sh", {}, {{"CMAKE_FAILS", step}});
    EXPECT_EQ(result.exit_code, 1) << step;
    EXPECT_EQ(result.out, "") << step;
    EXPECT_THAT(result.err, AllOf(HasSubstr("error: bad code"), HasSubstr("failed"))) << step;
  }
  EXPECT_THAT(calls(), Not(HasSubstr("mpirun")));
}

TEST_F(FreshMachine, AllowsRootForRootAlone) {
  const auto result = run("jobs/local.sh");
  const bool root = geteuid() == 0;
  EXPECT_THAT(calls(), HasSubstr(root ? "root allowed: 1 1" : "root allowed: no no"));
  EXPECT_EQ(result.err.find("as root") != std::string::npos, root);
}

TEST_F(FreshMachine, TestsWithWarningsAsErrorsInAFolderOfTheirOwn) {
  const auto result = run("tests/run.sh", {"-L", "two words"}, {{"PROGRAM_EXIT_CODE", "8"}});
  EXPECT_EQ(result.exit_code, 8);
  EXPECT_EQ(result.out, "100% tests passed\n");
  EXPECT_EQ(
      calls(),
      "cmake <-S> <TREE> <-B> <TREE/build/tests> <--preset> <release> <-DFIBO_BUILD_TESTS=ON> "
      "<-DFIBO_WARNINGS_AS_ERRORS=ON>\n"
      "cmake <--build> <TREE/build/tests> <--target> <all>\n"
      "ctest <--test-dir> <TREE/build/tests> <--parallel> <6> <--schedule-random> "
      "<--output-on-failure> <--no-tests=error> <-L> <two words>\n");
}

TEST_F(FreshMachine, InstallsMoreForTheTestsThanForTheProgram) {
  EXPECT_EQ(run("tests/run.sh", {}, {{"MISSING", "libgtest-dev cmake"}}).exit_code, 0);
  EXPECT_THAT(calls(), HasSubstr("<cmake> <libgtest-dev>\n"));
  EXPECT_THAT(calls(), HasSubstr("<--label-exclude> <^(huge|long|cluster|browser|fresh_tree)$>\n"));
}

}  // namespace
}  // namespace fibo::test
