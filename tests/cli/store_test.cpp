// SPDX-License-Identifier: MIT
#include "cli/program.hpp"
#include "support/command.hpp"
#include "support/temp_folder.hpp"

#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

// Results that outlive their run: what is kept is not computed again, and the output is the same to
// the byte.

namespace fibo::test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class StoreProgram : public testing::Test {
 protected:
  CommandResult run(std::vector<std::string> arguments, int ranks = 2) const {
    return run_program(
        {.arguments = std::move(arguments), .ranks = ranks, .folder = folder_.path()});
  }

  // Lines of bash, with the program as $fibo_mpi, started as it is.
  [[nodiscard]] CommandResult run_script(const std::string& script) const {
    return run_command({.argv = {"bash", "-c", script},
                        .input = "",
                        .environment = {{"fibo_mpi", FIBO_MPI_PROGRAM}},
                        .folder = folder_.path()});
  }

  TempFolder folder_;
};

TEST_F(StoreProgram, IsMadeByNobodyWhoOnlyLooksAtIt) {
  for (const std::vector<std::string>& request :
       std::vector<std::vector<std::string>>{{"--store", "none", "--verify-store"},
                                             {"--store", "none", "--repair-store"},
                                             {"--store", "s", "--merge-store", "none"}}) {
    const auto result = run(request);
    EXPECT_EQ(result.exit_code, 2);
    EXPECT_THAT(result.err, HasSubstr("none: there is no such store; give another file"));
  }
  EXPECT_TRUE(folder_.names().empty());
}

TEST_F(StoreProgram, NotesInItsHistoryThatARunFailed) {
  EXPECT_EQ(run({"1..50", "--store", "s", "-o", "/dev/full"}).exit_code, 1);
  EXPECT_EQ(run({"1..50", "--store", "s", "-o", "out"}).exit_code, 0);
  EXPECT_EQ(run_script("sqlite3 s 'SELECT outcome FROM runs'").out, "failed\ncomplete\n");
}

TEST_F(StoreProgram, LeavesAStoreThatIsNamedForAnotherFileToo) {
  ASSERT_EQ(run({"1..100", "--store", "s"}).exit_code, 0);
  for (const std::vector<std::string>& request : std::vector<std::vector<std::string>>{
           {"101", "--store", "s", "-o", "s"},
           {"101", "--store", "s", "-o", "./s"},
           {"101", "--store", "s", "--report", folder_.path() / "s"},
           {"101", "--store", "t", "--merge-store", "s", "-o", "s"},
           {"--store", "s", "--merge-store", "s"}}) {
    const auto result = run(request);
    EXPECT_EQ(result.exit_code, 2) << result.err;
    EXPECT_THAT(result.err, HasSubstr(" already; give another"));
    EXPECT_EQ(result.out, "");
  }
  EXPECT_THAT(run({"1..100", "--store", "s"}).err, HasSubstr("100 from the store"));
}

TEST_F(StoreProgram, WritesTheSameBytesWithAStoreAtAnyNumberOfRanks) {
  const std::vector<std::pair<std::string, int>> runs{
      {"text", without_mpirun}, {"csv", 2}, {"jsonl", 3}};
  for (const auto& [format, ranks] : runs) {
    const std::vector<std::string> request{"0..300..3", "100..200", "5000", "--format", format};
    const std::string expected = run(request).out;
    // Nothing is kept at first, then a part, then all.
    EXPECT_EQ(run({"50..150", "--store", format}, ranks).exit_code, 0);
    std::vector<std::string> with_store = request;
    with_store.insert(with_store.end(), {"--store", format});
    for (int i = 0; i < 2; ++i) {
      const CommandResult result = run(with_store, ranks);
      EXPECT_EQ(result.exit_code, 0) << result.err;
      EXPECT_EQ(result.out, expected);
    }
  }
}

TEST_F(StoreProgram, SaysHowManyValuesItDidNotCompute) {
  EXPECT_THAT(run({"1..50", "--store", "s"}).err, HasSubstr("(50 distinct, 0 from the store)"));
  EXPECT_THAT(run({"25..75", "--store", "s"}).err, HasSubstr("(51 distinct, 26 from the store)"));
  EXPECT_THAT(run({"1..75", "--store", "s"}).err, HasSubstr("(75 distinct, 75 from the store)"));
  EXPECT_THAT(run({"1..75", "--mod", "9", "--store", "s"}).err, HasSubstr("0 from the store"));
  EXPECT_THAT(folder_.names(), ElementsAre("s"));
}

TEST_F(StoreProgram, GoesOnWhereItWasKilled) {
  // Killed once the first values are kept, and once there are more; then to the end.
  const CommandResult result = run_script(R"(
    keys='1000000000..1000003000 --digits 3000'
    for run in 1 2; do
      before=$(stat -c %s s 2>/dev/null || echo 0)
      "$fibo_mpi" -q $keys -o out --store s &
      until (($(stat -c %s s 2>/dev/null || echo 0) > before + 300000)) && [[ ! -e s-journal ]]; do
        sleep 0.001
      done
      kill -KILL $!
      wait $! 2>/dev/null
      echo $?
    done
    "$fibo_mpi" $keys -o out --store s
    "$fibo_mpi" -q $keys -o expected
    cmp out expected && echo same)");
  EXPECT_EQ(result.out, "137\n137\nsame\n");
  EXPECT_THAT(result.err, AllOf(HasSubstr("3,001 distinct"), Not(HasSubstr(" 0 from the store"))));
}

// For a script: a run whose results nobody takes until another program reads its store "s", which
// it does until there is a file "leave".
constexpr const char* read_run = R"(
  "$fibo_mpi" 1000000..1000050 --store s 2>err \
    > >(until [[ -e reading ]]; do sleep 0.05; done; cat >/dev/null) & run=$!
  until [[ $(sqlite3 -readonly s 'SELECT kept FROM runs' 2>/dev/null) > 0 ]]; do sleep 0.05; done
  (
    echo '.timeout 5000'
    echo 'BEGIN; SELECT count(*) FROM full_values;'
    echo '.shell touch reading'
    until [[ -e leave ]]; do sleep 0.05; done
  ) | sqlite3 s >/dev/null & reader=$!
)";

TEST_F(StoreProgram, WaitsForAReader) {
  const CommandResult result = run_script(std::string(read_run) + R"(
    until grep -q waits err; do sleep 0.1; done
    touch leave
    wait $run; echo $?
    sqlite3 s 'SELECT kept, outcome FROM runs')");
  EXPECT_EQ(result.out, "0\n51|complete\n");
  EXPECT_THAT(folder_.read("err"),
              StartsWith("fibo_mpi: warning: s: another program reads or writes the store; what is "
                         "done is kept once that has ended, and the run waits for it\n"));
}

TEST_F(StoreProgram, EndsBySignalThoughAReaderStays) {
  const CommandResult result = run_script(std::string(read_run) + R"(
    until [[ -e reading && -e s-journal ]]; do sleep 0.01; done
    sleep 0.5
    SECONDS=0
    kill -TERM $run
    wait $run; echo $?
    ((SECONDS < 20)) && echo soon
    touch leave
    wait $reader
    "$fibo_mpi" 1000000..1000050 -o out --store s)");
  EXPECT_EQ(result.out, "1\nsoon\n");
  EXPECT_THAT(folder_.read("err"),
              AllOf(StartsWith("fibo_mpi: s: another program keeps reading or writing the store; "
                               "the last "),
                    EndsWith(" not kept; what was kept before is there: end that program, then "
                             "run the same command again\n")));
  EXPECT_THAT(result.err, AllOf(HasSubstr("(51 distinct"), Not(HasSubstr(" 0 from the store"))));
}

TEST_F(StoreProgram, RefusesASecondRunAtOnceButNotAfterTheFirstWasKilled) {
  const CommandResult result = run_script(R"(
    "$fibo_mpi" -q 3000000..3009000 -o /dev/null --store s &
    until [[ -s s.lock ]]; do sleep 0.01; done
    "$fibo_mpi" 5 --store s
    echo "second: $?"
    kill -KILL $!
    wait $! 2>/dev/null
    "$fibo_mpi" 5 --store s 2>/dev/null
    echo "third: $?")");
  EXPECT_EQ(result.out, "second: 2\nF(5) = 5\nthird: 0\n");
  EXPECT_THAT(result.err,
              AllOf(StartsWith("fibo_mpi: --store: s: the store is in use by "),
                    HasSubstr(": fibo_mpi -q 3000000..3009000 -o /dev/null --store s; wait")));
}

TEST_F(StoreProgram, MakesOneMapOfTheStoresOfThreeSlices) {
  const CommandResult result = run_script(R"(
    "$fibo_mpi" -q 0..120 -o /dev/null --store a
    "$fibo_mpi" -q 100..220 -o /dev/null --store b
    "$fibo_mpi" -q 200..300 -o /dev/null --store c
    "$fibo_mpi" --store all --merge-store a --merge-store b
    "$fibo_mpi" --store all --merge-store c 0..300 -o out
    "$fibo_mpi" -q 0..300 -o expected
    cmp out expected && "$fibo_mpi" --store all --verify-store)");
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.out, "all: 301 values checked, 0 wrong\n");
  EXPECT_THAT(result.err, AllOf(HasSubstr("fibo_mpi: a: 121 of 121 values taken over into all\n"
                                          "fibo_mpi: b: 100 of 121 values taken over into all\n"
                                          "fibo_mpi: c: 80 of 101 values taken over into all\n"),
                                HasSubstr("(301 distinct, 301 from the store)")));
}

// F(20) = 6765 is in the file as 0x6765.
TEST_F(StoreProgram, ComputesAWrongValueAgainAndReplacesIt) {
  const CommandResult result = run_script(R"(
    "$fibo_mpi" -q 0..20 -o expected --store s
    LC_ALL=C sed -i 's/\x67\x65/\x67\x66/' s
    "$fibo_mpi" 0..20 -o out --store s; echo "run: $?"
    cmp out expected && "$fibo_mpi" --store s --verify-store)");
  EXPECT_EQ(result.out, "run: 0\ns: 21 values checked, 0 wrong\n");
  EXPECT_THAT(result.err,
              HasSubstr("fibo_mpi: warning: s had 1 value that was damaged, F(20) first; "
                        "computed again and replaced"));
}

TEST_F(StoreProgram, GroupsHowManyValuesItTookOverAndChecked) {
  const CommandResult result = run_script(R"(
    "$fibo_mpi" -q 0..1233 --mod 7 -o /dev/null --store s
    "$fibo_mpi" --store all --merge-store s --verify-store
    sqlite3 all 'UPDATE residues SET residue = residue + 1'
    "$fibo_mpi" --store all --verify-store --color always)");
  EXPECT_EQ(result.exit_code, 4);
  EXPECT_THAT(result.out, AllOf(StartsWith("all: 1,234 values checked, 0 wrong\n"),
                                HasSubstr("all: 1,234 values checked, 1,234 wrong; ")));
  EXPECT_THAT(result.err,
              AllOf(HasSubstr("fibo_mpi: s: 1,234 of 1,234 values taken over into all\n"),
                    HasSubstr("\x1b[1;31mfibo_mpi: \x1b[0mall: F(0) mod 7 is wrong: ")));
}

TEST_F(StoreProgram, SaysForReadingHowManyValuesWereDamaged) {
  const CommandResult result = run_script(R"(
    "$fibo_mpi" -q 0..1233 --mod 7 -o /dev/null --store s
    sqlite3 s 'UPDATE residues SET residue = residue + 1'
    "$fibo_mpi" 0..1233 --mod 7 -o /dev/null --store s)");
  EXPECT_THAT(result.err, HasSubstr("s had 1,234 values that were damaged, F(0) first; "));
}

TEST_F(StoreProgram, NamesWrongValuesAndRemovesThemIfAsked) {
  const CommandResult result = run_script(R"(
    "$fibo_mpi" -q 0..20 -o /dev/null --store s
    LC_ALL=C sed -i 's/\x67\x65/\x67\x66/' s
    "$fibo_mpi" --store s --verify-store; echo "verify: $?"
    "$fibo_mpi" --store s --repair-store; echo "repair: $?"
    "$fibo_mpi" 20 --store s; echo "run: $?")");
  EXPECT_EQ(
      result.out,
      "s: 21 values checked, 1 wrong; --repair-store removes them, to be computed again\n"
      "verify: 4\n"
      "s: 21 values checked, 1 wrong and removed; run the same command again to compute them\n"
      "repair: 0\nF(20) = 6765\nrun: 0\n");
  EXPECT_THAT(result.err, HasSubstr("fibo_mpi: s: F(20) is wrong: "));
}

TEST_F(StoreProgram, SaysThatAStoreIsDamagedBeyondRepair) {
  const CommandResult result = run_script(R"(
    "$fibo_mpi" -q 0..5000 -o /dev/null --store s
    dd if=/dev/zero of=s bs=32768 count=1 seek=$(($(stat -c %s s) / 32768 - 1)) conv=notrunc 2>dd
    "$fibo_mpi" --store s --verify-store; echo "verify: $?"
    "$fibo_mpi" --store s --repair-store; echo "repair: $?")");
  EXPECT_EQ(result.out, "verify: 4\nrepair: 1\n");
  const std::vector<std::string> lines = lines_of(result.err);
  ASSERT_EQ(lines.size(), 2U) << result.err;
  for (const std::string& line : lines)
    EXPECT_THAT(line, AllOf(StartsWith("fibo_mpi: s: the store is damaged ("),
                            HasSubstr("; put it aside and take a copy of it, or begin a new one")));
}

// The limit of a file's size stands for a disk that fills up.
TEST_F(StoreProgram, KeepsWhatFittedOnAFullDisk) {
  const CommandResult result = run_script(R"(
    (ulimit -f 30000; "$fibo_mpi" 200000..202000 -o /dev/null --store s)
    echo "full: $?"
    "$fibo_mpi" 200000..202000 -o out --store s
    echo "with room: $?"
    sqlite3 s 'SELECT outcome FROM runs ORDER BY id')");
  EXPECT_EQ(result.out, "full: 1\nwith room: 0\nfailed\ncomplete\n");
  EXPECT_THAT(result.err, AllOf(StartsWith("fibo_mpi: s: the store cannot be read or written"),
                                HasSubstr("File too large"), HasSubstr("(2,001 distinct")));
  EXPECT_EQ(lines_of(folder_.read("out")).size(), 2001U);
}

TEST_F(StoreProgram, RefusesAStoreThatCannotBeWritten) {
  run({"1..9", "--store", "s"});
  // Root may write everywhere: become nobody.
  const std::string somebody =
      geteuid() == 0 ? "setpriv --reuid=65534 --regid=65534 --clear-groups " : "";
  const CommandResult result = run_script(
      "chmod 755 .; chmod 444 s; cp s before\n" + somebody +
      R"(env HOME=/ "$fibo_mpi" 5 --store s; echo "file: $?"; cmp s before
         mkdir sub; cp s sub; chmod 555 sub; )" +
      somebody +
      R"(env HOME=/ "$fibo_mpi" 5 --store sub/s; echo "folder: $?"; cmp sub/s before; chmod 755 sub)");
  EXPECT_EQ(result.out, "file: 2\nfolder: 2\n") << result.err;
  EXPECT_THAT(result.err, AllOf(HasSubstr("fibo_mpi: --store: s: the store cannot be opened for "
                                          "writing"),
                                HasSubstr("fibo_mpi: --store: sub/s: the store cannot be opened "
                                          "for writing")));
}

}  // namespace
}  // namespace fibo::test
