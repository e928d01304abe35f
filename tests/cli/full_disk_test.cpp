// SPDX-License-Identifier: MIT
#include "cli/program.hpp"
#include "support/command.hpp"
#include "support/temp_folder.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

// File systems that are full, and that are others: a small one in memory, mounted where only the
// test sees it.

namespace fibo::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

class SmallDisk : public testing::Test {
 protected:
  void SetUp() override {
    if (run_apart("mount -t tmpfs tmpfs /mnt").exit_code != 0)
      GTEST_SKIP()
          << "file systems cannot be mounted here: that takes root, or namespaces of users";
  }

  // Lines of bash where mounts are its own, with the program as $fibo_mpi.
  [[nodiscard]] CommandResult run_apart(const std::string& script) const {
    Command command = program_command({{}, without_mpirun, "", folder_.path()});
    command.environment["fibo_mpi"] = FIBO_MPI_PROGRAM;
    command.argv = {
        "unshare", geteuid() == 0 ? "--mount" : "--map-root-user", "--mount", "bash", "-c", script};
    auto result = run_command(command);
    EXPECT_FALSE(result.timed_out) << "it hangs; stderr: " << result.err;
    return result;
  }

  TempFolder folder_;
};

constexpr const char* small_disk = "mkdir disk; mount -t tmpfs -o size=4m tmpfs disk\n";

TEST_F(SmallDisk, FullLeavesTheOldOutputAlone) {
  const auto result = run_apart(std::string(small_disk) + R"(
    echo old >disk/out
    "$fibo_mpi" 0..20000 -o disk/out; echo $?
    cat disk/out; ls -A disk)");
  EXPECT_EQ(result.out, "1\nold\nout\n");
  EXPECT_THAT(result.err, StartsWith("fibo_mpi: disk/out: No space left on device; "));
}

TEST_F(SmallDisk, FullLeavesOldRecordsAlone) {
  const auto result = run_apart(std::string(small_disk) + R"(
    for record in stats timeline trace report; do echo old >disk/$record; done
    cat /dev/zero >disk/filler 2>/dev/null
    for record in stats timeline trace report; do
      "$fibo_mpi" -q 10 --$record disk/$record; echo $?
      cat disk/$record
    done
    ls -A disk)");
  std::string expected;
  for (int i = 0; i < 4; ++i) expected += "F(10) = 55\n1\nold\n";
  EXPECT_EQ(result.out, expected + "filler\nreport\nstats\ntimeline\ntrace\n");
  EXPECT_THAT(result.err, HasSubstr("fibo_mpi: --stats: disk/stats: No space left on device; the "
                                    "results are complete, this record is not\n"));
}

TEST_F(SmallDisk, FullKeepsWhatTheStoreHas) {
  const auto result = run_apart(std::string(small_disk) + R"(
    "$fibo_mpi" -q 200000..200049 -o /dev/null --store disk/store; echo $?
    "$fibo_mpi" -q 200000..201000 -o /dev/null --store disk/store; echo $?
    mount -o remount,size=64m disk
    "$fibo_mpi" --store disk/store --verify-store >verdict; echo $?
    "$fibo_mpi" 200000..201000 -o out --store disk/store; echo $?
    "$fibo_mpi" -q 200000..201000 -o expected
    cmp out expected && echo same)");
  EXPECT_EQ(result.out, "0\n1\n0\n0\nsame\n");
  EXPECT_THAT(folder_.read("verdict"), HasSubstr(" values checked, 0 wrong\n"));
  EXPECT_THAT(result.err,
              AllOf(StartsWith("fibo_mpi: disk/store: the disk is full"),
                    HasSubstr("make room, then run the same command again"),
                    HasSubstr("(1,001 distinct, "), testing::Not(HasSubstr(", 0 from the store"))));
}

TEST_F(SmallDisk, ReadAloneHasItsStoreCheckedAndNotRepaired) {
  const auto result = run_apart(std::string(small_disk) + R"(
    "$fibo_mpi" -q 1..100 -o /dev/null --store disk/store
    mount -o remount,ro disk
    "$fibo_mpi" --store disk/store --verify-store; echo $?
    "$fibo_mpi" --store disk/store --repair-store; echo $?)");
  EXPECT_EQ(result.out, "disk/store: 100 values checked, 0 wrong\n0\n2\n");
  EXPECT_THAT(result.err, AllOf(StartsWith("fibo_mpi: --repair-store: disk/store: the store cannot "
                                           "be opened for writing ("),
                                HasSubstr("/store.lock: Read-only file system)")));
}

TEST_F(SmallDisk, FullRefusesANewStoreAndLeavesNothingOfIt) {
  const auto result = run_apart(std::string(small_disk) + R"(
    cat /dev/zero >disk/filler 2>/dev/null
    "$fibo_mpi" 10 --store disk/store; echo $?
    ls -A disk)");
  EXPECT_EQ(result.out, "2\nfiller\n");
  EXPECT_THAT(result.err,
              AllOf(StartsWith("fibo_mpi: --store: disk/store: the store cannot be opened for "
                               "writing"),
                    HasSubstr("No space left on device")));
}

TEST_F(SmallDisk, OtherThanTheLinkToItIsWrittenToAsWell) {
  const auto result = run_apart(std::string(small_disk) + R"(
    ln -s disk/target link
    "$fibo_mpi" -q 10 -o link; echo $?
    test -L link && cat disk/target; ls -A disk)");
  EXPECT_EQ(result.out, "0\nF(10) = 55\ntarget\n");
}

TEST_F(SmallDisk, FileThatAnotherIsMountedOnIsRefusedBeforeTheWork) {
  const auto result = run_apart(R"(
    echo old >out; echo other >other
    mount --bind other out
    "$fibo_mpi" 10 -o out; echo $?
    cat out; ls -A)");
  EXPECT_EQ(result.out, "2\nother\nother\nout\n");
  EXPECT_THAT(result.err, StartsWith("fibo_mpi: --output: out: Device or resource busy; "));
}

}  // namespace
}  // namespace fibo::test
