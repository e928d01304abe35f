// SPDX-License-Identifier: MIT
#include "support/command.hpp"
#include "support/temp_folder.hpp"

#include <chrono>
#include <filesystem>
#include <regex>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// What `cmake --install` and `cpack` make of this build, used as their users use it.

namespace fibo::test {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

CommandResult run(std::vector<std::string> argv, const fs::path& folder = {}) {
  return run_command({.argv = std::move(argv),
                      .input = "",
                      .environment = {},
                      .folder = folder,
                      .time_limit = std::chrono::seconds(100)});
}

CommandResult run_in_bash(const std::string& script) {
  return run({"bash", "--norc", "-c", script});
}

class Installed : public testing::Test {
 protected:
  void SetUp() override {
    const auto result = run({FIBO_CMAKE, "--install", FIBO_BINARY_DIR, "--prefix", prefix()});
    ASSERT_EQ(result.exit_code, 0) << result.err;
  }

  [[nodiscard]] std::string prefix() const { return folder_.path() / "prefix"; }

  [[nodiscard]] std::string program() const { return prefix() + "/bin/fibo_mpi"; }

  // --count, --digits, ...: as the program itself names them.
  [[nodiscard]] std::set<std::string> options() const {
    const auto help = run_command(mpi_command(1, {program(), "--help"}));
    EXPECT_EQ(help.exit_code, 0);
    const std::regex option("\n {2}(?:-[a-z], | {4})(--[a-z-]+)");
    std::set<std::string> names;
    for (std::sregex_iterator at(help.out.begin(), help.out.end(), option), end; at != end; ++at) {
      names.insert((*at)[1]);
    }
    return names;
  }

  TempFolder folder_;
};

TEST_F(Installed, TheProgramRuns) {
  const auto result = run_command(mpi_command(2, {program(), "-q", "10"}));
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.out, "F(10) = 55\n");
}

TEST_F(Installed, TheManualPageNamesEveryOptionAndRendersWithoutAWarning) {
  const fs::path page = prefix() + "/share/man/man1/fibo_mpi.1.gz";
  if (!fs::exists(page)) GTEST_SKIP() << "this build makes no manual page";
  const auto result = run_in_bash("MANWIDTH=100 man --warnings -P cat -l " + page.string());
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.err, "");
  for (const auto* part : {"SYNOPSIS", "EXIT STATUS", "EXAMPLES"}) {
    EXPECT_THAT(result.out, HasSubstr(part));
  }
  const auto names = options();
  EXPECT_THAT(names, AllOf(Contains("--count"), Contains("--version")));
  for (const auto& name : names) EXPECT_THAT(result.out, HasSubstr(name));
}

TEST_F(Installed, TheDocumentsFindEachOther) {
  const fs::path documents = "prefix/share/doc/fibo-mpi";
  EXPECT_TRUE(fs::exists(folder_.path() / documents / "changelog.gz"));
  std::size_t links = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder_.path() / documents)) {
    const fs::path& page = entry.path();
    if (page.extension() != ".md") continue;
    const std::string text = folder_.read(page);
    const std::regex link("\\]\\(([^)#:]+)(?:#[^)]*)?\\)");
    for (std::sregex_iterator at(text.begin(), text.end(), link), end; at != end; ++at) {
      const fs::path to = (*at)[1].str();
      EXPECT_TRUE(fs::exists(page.parent_path() / to)) << page << ": " << to;
      ++links;
    }
  }
  EXPECT_GT(links, 10U);
}

class Completion : public Installed {
 protected:
  // What Tab offers after `line`.
  [[nodiscard]] std::set<std::string> offers(const std::string& line) const {
    const auto result = run_in_bash(R"(
      . /usr/share/bash-completion/bash_completion
      . )" + prefix() + R"(/share/bash-completion/completions/fibo_mpi
      COMP_LINE=')" + line + R"('
      COMP_POINT=${#COMP_LINE}
      read -ra COMP_WORDS <<<"$COMP_LINE"
      [[ $COMP_LINE != *' ' ]] || COMP_WORDS+=('')
      COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
      _fibo_mpi
      printf '%s\n' "${COMPREPLY[@]}")");
    EXPECT_EQ(result.err, "");
    const auto lines = lines_of(result.out);
    return {lines.begin(), lines.end()};
  }
};

TEST_F(Completion, OffersEveryOption) {
  EXPECT_EQ(offers("fibo_mpi --"), options());
}

TEST_F(Completion, FinishesAnOption) {
  EXPECT_THAT(offers("fibo_mpi --dig"), ElementsAre("--digits"));
}

TEST_F(Completion, KnowsTheFormats) {
  EXPECT_THAT(offers("fibo_mpi 10 --format "), UnorderedElementsAre("text", "csv", "jsonl"));
  EXPECT_THAT(offers("fibo_mpi --format=js"), ElementsAre("jsonl"));
}

TEST_F(Completion, OffersFilesWhereAFileIsMeant) {
  const auto file = folder_.write("keys.txt", "1\n");
  EXPECT_THAT(offers("fibo_mpi -k " + (folder_.path() / "ke").string()), ElementsAre(file));
}

TEST_F(Installed, TheProgramLooksForNoLibrariesWhereTheSystemDoes) {
  const auto elsewhere =
      run_in_bash("ldd " + program() + " | sed -n 's/.*=> //p' | grep -vE '^(/usr)?/lib'").out;
  if (!elsewhere.empty()) GTEST_SKIP() << "libraries that are not the system's: " << elsewhere;
  const auto result = run({"readelf", "-d", program()});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, AllOf(HasSubstr("(NEEDED)"), Not(HasSubstr("PATH)"))));
}

TEST_F(Installed, TheModuleFileFindsItsOwnInstallation) {
  if (!fs::exists("/usr/share/modules/init/bash")) GTEST_SKIP() << "no environment-modules";
  const auto result = run_in_bash(R"(
    . /usr/share/modules/init/bash
    module use )" + prefix() + R"(/share/modulefiles
    module load fibo_mpi
    command -v fibo_mpi
    printf '%s\n' "$MANPATH" "$CMAKE_PREFIX_PATH"
    module help fibo_mpi 2>&1 | grep -c mpirun
    module help fibo_mpi 2>&1 | grep -c 'sbatch --ntasks=64 $FIBO_JOBS/slurm.sbatch 1..1000'
    ls "$FIBO_JOBS/slurm.sbatch"
    module unload fibo_mpi
    command -v fibo_mpi || echo gone)");
  const auto lines = lines_of(result.out);
  ASSERT_EQ(lines.size(), 7U) << result.out << result.err;
  EXPECT_EQ(lines[0], program());
  EXPECT_THAT(lines[1], HasSubstr(prefix() + "/share/man"));
  EXPECT_THAT(lines[2], HasSubstr(prefix()));
  EXPECT_EQ(lines[3], "1");
  EXPECT_EQ(lines[4], "1");
  EXPECT_EQ(lines[5], prefix() + "/share/fibo_mpi/jobs/slurm.sbatch");
  EXPECT_THAT(lines[6], Not(HasSubstr(prefix())));
}

TEST_F(Installed, TheLibrariesServeAProjectOutsideTheTree) {
  if (!std::string_view(FIBO_SANITIZE).empty()) GTEST_SKIP() << "the libraries need sanitizers";
  const std::string build = folder_.path() / "build";
  const auto configured =
      run({FIBO_CMAKE, "-S", FIBO_CONSUMER_DIR, "-B", build, "-DCMAKE_PREFIX_PATH=" + prefix(),
           "-DCMAKE_CXX_COMPILER=" FIBO_COMPILER});
  ASSERT_EQ(configured.exit_code, 0) << configured.out << configured.err;
  const auto built = run({FIBO_CMAKE, "--build", build});
  ASSERT_EQ(built.exit_code, 0) << built.out << built.err;

  EXPECT_EQ(run({build + "/one_value"}).out,
            "222232244629420445529739893461909967206666939096499764990979600\n");
  const auto ranks = run_command(mpi_command(2, {build + "/one_rank"}));
  EXPECT_THAT(lines_of(ranks.out), UnorderedElementsAre("0 of 2", "1 of 2"));
}

TEST(DebianPackage, HoldsTheProgramAndNothingForDevelopers) {
  if (!fs::exists("/usr/bin/dpkg-shlibdeps")) GTEST_SKIP() << "no dpkg-dev";
  const TempFolder folder;
  const auto packed =
      run({FIBO_CPACK, "--config", FIBO_BINARY_DIR "/CPackConfig.cmake", "-B", folder.path()},
          folder.path());
  ASSERT_EQ(packed.exit_code, 0) << packed.out << packed.err;
  const std::regex name("fibo-mpi_" FIBO_VERSION "_[a-z0-9]+[.]deb");
  std::string package;
  for (const auto& found : folder.names()) {
    if (std::regex_match(found, name)) package = folder.path() / found;
  }
  ASSERT_NE(package, "") << packed.out;

  const auto listed = run({"dpkg-deb", "--contents", package});
  for (const auto* path :
       {"./usr/bin/fibo_mpi", "./usr/share/bash-completion/completions/fibo_mpi",
        "./usr/share/fibo_mpi/jobs/slurm.sbatch", "./usr/share/fibo_mpi/jobs/lib/batch.sh",
        "./usr/share/doc/fibo-mpi/copyright"}) {
    EXPECT_THAT(listed.out, HasSubstr(path));
  }
  EXPECT_THAT(listed.out, Not(HasSubstr("/include/")));
  EXPECT_THAT(listed.out, Not(HasSubstr(".a\n")));

  const auto depends = run({"dpkg-deb", "--field", package, "Depends"});
  EXPECT_THAT(depends.out, AllOf(HasSubstr("openmpi-bin"), HasSubstr("libboost-mpi")));
}

}  // namespace
}  // namespace fibo::test
