// SPDX-License-Identifier: MIT
#include "cli/program.hpp"
#include "support/sanitizers.hpp"
#include "support/temp_folder.hpp"

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

// What those who run machines for others ask of a program: it writes nothing where it was not told
// to, talks to nobody, and lives with the limits that they set.

namespace fibo::test {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

/// The first groups of all matches.
std::vector<std::string> all_in(const std::string& text, const std::string& pattern) {
  const std::regex expression(pattern);
  std::vector<std::string> found;
  for (std::sregex_iterator at(text.begin(), text.end(), expression), end; at != end; ++at)
    found.push_back((*at)[1]);
  return found;
}

/// A run of two ranks, and of mpirun, that strace listens to.
class Traced : public testing::Test {
 protected:
  void SetUp() override {
    if (with_sanitizers) GTEST_SKIP() << "LeakSanitizer needs ptrace itself";
    if (run_command({.argv = {"bash", "-c", "command -v strace"},
                     .input = "",
                     .environment = {},
                     .folder = {}})
            .exit_code != 0)
      GTEST_SKIP() << "there is no strace";
    fs::create_directories(folder_.path() / "tmp");
    fs::create_directories(folder_.path() / "work");
    Command command = mpi_command(2, {FIBO_MPI_PROGRAM, "0..2000", "--store", "kept.db", "-o",
                                      "map", "--report", "report.html", "--stats", "stats.json"});
    command.argv.insert(command.argv.begin(),
                        {"strace", "--quiet=all", "-f", "-e",
                         "trace=open,openat,creat,mkdir,mkdirat,rename,renameat,renameat2,link,"
                         "linkat,symlink,symlinkat,mknod,mknodat,connect,sendto,sendmsg",
                         "-o", log_.string()});
    command.folder = folder_.path() / "work";
    command.environment["TMPDIR"] = folder_.path() / "tmp";
    const auto result = run_command(command);
    if (result.err.find("ptrace") != std::string::npos) GTEST_SKIP() << result.err;
    ASSERT_EQ(result.exit_code, 0) << result.err;
    trace_ = folder_.read("log");
    ASSERT_THAT(trace_, HasSubstr("fibo"));
  }

  TempFolder folder_;
  fs::path log_ = folder_.path() / "log";
  std::string trace_;
};

TEST_F(Traced, WritesNothingOutsideOfItsFolderAndTmpdir) {
  std::vector<std::string> elsewhere;
  const std::vector<std::string> opened =
      all_in(trace_, R"re((?:open|openat|creat)\((?:AT_FDCWD, )?"([^"]+)", [^)\n]*O_CREAT)re");
  const std::vector<std::string> made = all_in(
      trace_, R"re((?:mkdir|link|symlink|mknod|rename)(?:at2?)?\([^\n]*"([^"]+)"[^"\n]*\) = 0)re");
  ASSERT_FALSE(opened.empty());
  for (const auto& files : {opened, made}) {
    for (const std::string& file : files) {
      // Ranks of one machine talk through /dev/shm; that is MPI's, and goes with the run.
      if (file[0] == '/' && !file.starts_with(folder_.path().string()) &&
          !file.starts_with("/dev/"))
        elsewhere.push_back(file);
    }
  }
  EXPECT_THAT(elsewhere, IsEmpty());
  EXPECT_EQ(folder_.names(), (std::set<std::string>{"log", "tmp", "work"}));
  std::set<std::string> written;
  for (const auto& entry : fs::directory_iterator(folder_.path() / "work"))
    written.insert(entry.path().filename());
  EXPECT_EQ(written, (std::set<std::string>{"kept.db", "map", "report.html", "stats.json"}));
}

TEST_F(Traced, TalksToNobodyOnTheNetwork) {
  // Ranks and mpirun talk to each other, by the addresses of this machine, whose name they may have
  // to look up (port 53).
  const std::string own =
      " 127.0.0.1 ::1 " +
      run_command({.argv = {"hostname", "-I"}, .input = "", .environment = {}, .folder = {}}).out;
  const std::string call = R"re((?:connect|sendto|sendmsg)\([^\n]*)re";
  const std::vector<std::string> with_ipv4 = all_in(
      trace_, call + R"re(sin_port=htons\((?!53\))\d+\), sin_addr=inet_addr\("([^"]+)"\))re");
  const std::vector<std::string> with_ipv6 = all_in(
      trace_,
      call +
          R"re(sin6_port=htons\((?!53\))\d+\)[^\n]*inet_pton\(AF_INET6, "(?:::ffff:)?([^"]+)")re");
  for (const auto& addresses : {with_ipv4, with_ipv6})
    for (const std::string& address : addresses) EXPECT_THAT(own, HasSubstr(" " + address + " "));
}

/// Runs bash with `setup` and then the program in its place.
CommandResult run_after(const std::string& setup, const std::vector<std::string>& arguments) {
  return run_in_shell(setup + "; exec \"$@\"", {arguments, without_mpirun});
}

TEST(Limits, OfTheAddressSpaceBoundWhatIsTaken) {
  if (with_sanitizers) GTEST_SKIP() << "sanitizers reserve terabytes";
  const std::string limit = "ulimit -v 1500000";
  const auto large = run_after(limit, {"3000000000"});
  EXPECT_EQ(large.exit_code, 2);
  EXPECT_THAT(large.err,
              AllOf(ContainsRegex("there are 1,[0-9]{3},[0-9]{3},[0-9]{3} bytes"),
                    Not(HasSubstr("there are 1,536,000,000 bytes")), HasSubstr("--digits K")));
  const auto small = run_after(limit, {"-q", "0..1000", "10000000"});
  EXPECT_EQ(small.exit_code, 0) << small.err;
}

/// A memory cgroup of 256 MiB, if there can be one.
class MemoryGroup {
 public:
  MemoryGroup() {
    const std::string name = "fibo-test-" + std::to_string(::getpid());
    for (const auto& [root, file] :
         {std::pair<fs::path, const char*>{"/sys/fs/cgroup/memory", "memory.limit_in_bytes"},
          std::pair<fs::path, const char*>{"/sys/fs/cgroup", "memory.max"}}) {
      std::error_code failed;
      if (!fs::exists(root / "cgroup.procs", failed)) continue;
      if (!fs::create_directory(root / name, failed)) continue;
      folder_ = root / name;
      std::ofstream limit(folder_ / file);
      limit << bytes << std::flush;
      if (limit) return;
      remove();
    }
  }
  ~MemoryGroup() { remove(); }
  MemoryGroup(const MemoryGroup&) = delete;
  MemoryGroup& operator=(const MemoryGroup&) = delete;

  static constexpr std::uint64_t bytes = std::uint64_t{256} << 20;
  [[nodiscard]] const fs::path& folder() const { return folder_; }

 private:
  void remove() {
    if (!folder_.empty()) ::rmdir(folder_.c_str());
    folder_.clear();
  }
  fs::path folder_;
};

TEST(Limits, OfACgroupBoundWhatIsTaken) {
  const MemoryGroup group;
  if (with_sanitizers) GTEST_SKIP() << "sanitizers take more than that";
  if (group.folder().empty()) GTEST_SKIP() << "no memory cgroup can be made here";
  const std::string enter = "echo $$ >" + (group.folder() / "cgroup.procs").string();
  const auto large = run_after(enter, {"1000000000"});
  EXPECT_EQ(large.exit_code, 2);
  static_assert(MemoryGroup::bytes == 268'435'456);
  EXPECT_THAT(large.err, HasSubstr("there are 268,435,456 bytes"));
  // 500 MB of digits pass through half of that.
  const auto small = run_after(enter, {"-q", "2000000..2001200", "-o", "/dev/null"});
  EXPECT_EQ(small.exit_code, 0) << small.err;
}

}  // namespace
}  // namespace fibo::test
