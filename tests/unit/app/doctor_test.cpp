// SPDX-License-Identifier: MIT
#include "fibo/app/doctor.hpp"

#include "support/placements.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// Launches that are wrong in one thing each, and what is said of it.

namespace fibo {
namespace {

using test::cpus;
using test::joined;
using test::one_each;
using test::placed;
using testing::AllOf;
using testing::Contains;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using Level = Finding::Level;

// Four ranks on a machine of four cores, all well.
LaunchFacts good_launch() {
  return {.ranks = one_each("a", 4, 4),
          .launch = {Launcher::mpirun, 4},
          .mpi = {"Open MPI v5.0.7", "Open MPI v5.0.7", true, true},
          .instruction_set = "avx2",
          .store = {"/home", "xfs", std::uint64_t{1} << 40, true, true}};
}

std::vector<Finding> problems(const LaunchFacts& facts) {
  std::vector<Finding> found = examine(facts);
  std::erase_if(found, [](const Finding& finding) { return finding.level != Level::problem; });
  return found;
}

// The only problem with this launch. It has a fix, as all problems have.
Finding problem(const LaunchFacts& facts) {
  const auto found = problems(facts);
  EXPECT_THAT(found, SizeIs(1));
  if (found.empty()) return {};
  EXPECT_THAT(found[0].fix, Not(IsEmpty()));
  return found[0];
}

auto notes(const std::string& subject, const std::string& text) {
  return Contains(AllOf(Field(&Finding::level, Level::note), Field(&Finding::subject, subject),
                        Field(&Finding::says, HasSubstr(text))));
}

TEST(Doctor, FindsNothingWrongWithAGoodLaunch) {
  const auto found = examine(good_launch());
  EXPECT_THAT(found, Each(Field(&Finding::level, Level::good)));
  const std::string page = doctor_page(good_launch(), found);
  EXPECT_THAT(page, AllOf(HasSubstr("Nothing here would slow or stop a run."),
                          HasSubstr("  a: 4 ranks, 0-3, on CPUs 0-3, one each\n")));
  for (const char* subject : {"launch", "slots", "binding", "user", "shared memory", "MPI",
                              "lost ranks", "memory", "processor", "store"})
    EXPECT_THAT(page, HasSubstr(std::string("ok       ") + subject));
}

TEST(Doctor, PutsTheFixBelowTheProblem) {
  LaunchFacts facts = good_launch();
  facts.ranks = one_each("a", 2, 4);
  EXPECT_THAT(
      doctor_page(facts, examine(facts)),
      AllOf(HasSubstr("PROBLEM  slots"), HasSubstr("\n                        -> mpirun -np 4\n"),
            HasSubstr("1 problem that would slow or stop a run.")));
}

TEST(Doctor, SeesIdleCores) {
  LaunchFacts facts = good_launch();
  facts.ranks = one_each("a", 3, 8);
  EXPECT_EQ(problem(facts).subject, "slots");
  EXPECT_THAT(problem(facts).says,
              HasSubstr("a: 3 ranks, and there are 8 cores: the others are idle"));
  EXPECT_EQ(problem(facts).fix, "mpirun -np 8");
}

TEST(Doctor, TakesItThatTheJobHasNoMoreSlots) {
  LaunchFacts facts = good_launch();
  facts.ranks = one_each("a", 3, 8);
  facts.slots = 3;
  EXPECT_THAT(problems(facts), IsEmpty());
  EXPECT_THAT(examine(facts),
              notes("slots", "there are 8 cores, of which mpirun was given no more"));
  facts.slots = 4;
  EXPECT_EQ(problem(facts).fix, "mpirun -np 8");
  facts.slots = 3;
  facts.launch.launcher = Launcher::none;
  EXPECT_EQ(problem(facts).subject, "slots");
}

TEST(Doctor, CountsOneCoreAsOne) {
  LaunchFacts facts = good_launch();
  facts.ranks = one_each("a", 1, 1);
  facts.launch.processes = 1;
  EXPECT_THAT(doctor_page(facts, examine(facts)), HasSubstr("a: 1 rank, and there is 1 core\n"));
}

TEST(Doctor, SeesMoreRanksThanCores) {
  LaunchFacts facts = good_launch();
  facts.ranks = std::vector(6, placed("a", cpus(0, 3), 4));
  EXPECT_THAT(problem(facts).says, HasSubstr("ranks take turns"));
  EXPECT_EQ(problem(facts).fix, "mpirun -np 4");
  EXPECT_THAT(examine(facts), notes("binding", "no binding helps"));
}

TEST(Doctor, CountsHardwareThreadsAsRoom) {
  LaunchFacts facts = good_launch();
  for (Placement& rank : facts.ranks) {
    // CPUs 0 and 1 are one core, 2 and 3 the other.
    rank.available_cores = 2;
    rank.cores = rank.cpus[0] || rank.cpus[1] ? cpus(0, 0) : cpus(2, 2);
  }
  EXPECT_THAT(problems(facts), IsEmpty());
  EXPECT_THAT(examine(facts), notes("binding", "a hardware thread of its own"));
  facts.ranks.resize(1);
  facts.launch.processes = 1;
  EXPECT_EQ(problem(facts).fix, "mpirun -np 4 --use-hwthread-cpus");
}

TEST(Doctor, HeedsTheQuotaOfAContainer) {
  LaunchFacts facts = good_launch();
  for (Placement& rank : facts.ranks) rank.cpu_quota = 2;
  EXPECT_THAT(problem(facts).says, HasSubstr("its cgroup may use 2 of 4 hardware threads"));
  EXPECT_EQ(problem(facts).fix, "mpirun -np 2");
}

TEST(Doctor, NamesTheHostThatIsNotLikeTheOthers) {
  LaunchFacts facts = good_launch();
  facts.ranks = joined({one_each("a", 4, 4), one_each("b", 2, 4), one_each("c", 4, 4)});
  EXPECT_THAT(problem(facts).says, HasSubstr("b: 2 ranks"));
  EXPECT_THAT(problem(facts).fix, AllOf(HasSubstr("slots=4"), HasSubstr("--ntasks-per-node=4")));
}

TEST(Doctor, SeesRanksThatShareACore) {
  LaunchFacts facts = good_launch();
  facts.ranks = std::vector(4, placed("a", cpus(2, 2), 4));
  EXPECT_EQ(problem(facts).subject, "binding");
  EXPECT_THAT(problem(facts).says, HasSubstr("4 ranks may run on CPUs 2 of 0-3"));
  EXPECT_THAT(problem(facts).fix, HasSubstr("mpirun --bind-to core"));
  facts.launch.launcher = Launcher::srun;
  EXPECT_THAT(problem(facts).fix, HasSubstr("srun --cpu-bind=cores"));
}

TEST(Doctor, SeesProcessesThatDoNotFindEachOther) {
  LaunchFacts facts = good_launch();
  facts.ranks = one_each("a", 1, 1);
  facts.launch.launcher = Launcher::srun;
  EXPECT_EQ(problem(facts).subject, "launch");
  EXPECT_THAT(problem(facts).fix, HasSubstr("--mpi=pmix"));
  facts.launch.launcher = Launcher::other;
  EXPECT_THAT(problem(facts).fix, HasSubstr("the mpirun of Open MPI v5.0.7"));
}

TEST(Doctor, KnowsTheMpirunThatMixesStreams) {
  LaunchFacts facts = good_launch();
  facts.launch.mixes_streams = true;
  EXPECT_THAT(problems(facts), IsEmpty());
  EXPECT_THAT(examine(facts), notes("MPI", "a long line of stdout on to stderr"));
}

TEST(Doctor, SeesRootWhoWouldBeRefused) {
  LaunchFacts facts = good_launch();
  facts.ranks = one_each("a", 1, 1);
  facts.launch.launcher = Launcher::none;
  facts.launch.processes = 1;
  facts.root = true;
  EXPECT_THAT(problem(facts).fix, HasSubstr("OMPI_ALLOW_RUN_AS_ROOT=1"));
  facts.root_allowed = true;
  EXPECT_THAT(examine(facts), notes("user", "root"));
  facts.container = true;
  EXPECT_THAT(examine(facts), Not(notes("user", "root")));
}

TEST(Doctor, SeesTheSmallSharedMemoryOfAContainer) {
  LaunchFacts facts = good_launch();
  for (Placement& rank : facts.ranks) rank.shared_memory_bytes = std::uint64_t{60} << 20;
  EXPECT_THAT(problem(facts).says, HasSubstr("/dev/shm has 60.0 MiB free"));
  EXPECT_THAT(problem(facts).fix, HasSubstr("remount,size=128m /dev/shm"));
  facts.container = true;
  EXPECT_THAT(problem(facts).fix, HasSubstr("--shm-size=128m"));
  // One rank alone shares nothing.
  facts.launch.processes = 1;
  facts.ranks = one_each("a", 1, 1);
  facts.ranks[0].shared_memory_bytes = 0;
  EXPECT_THAT(problems(facts), IsEmpty());
}

TEST(Doctor, SeesAnotherMpiThanThatOfTheBuild) {
  LaunchFacts facts = good_launch();
  facts.mpi.built_with = "Open MPI v4.1.4";
  EXPECT_THAT(problem(facts).says,
              HasSubstr("built with Open MPI v4.1.4, and runs with Open MPI v5.0.7"));
  facts.mpi.built_with = "Open MPI v5.0.3";
  EXPECT_THAT(problems(facts), IsEmpty());
  EXPECT_THAT(examine(facts), notes("MPI", "built with Open MPI v5.0.3"));
}

TEST(Doctor, SeesHostsThatDiffer) {
  LaunchFacts facts = good_launch();
  facts.ranks = joined({one_each("a", 4, 4), one_each("b", 4, 4)});
  facts.ranks[5].mpi_library = ShortText<64>("Open MPI v4.1.6");
  EXPECT_THAT(problem(facts).says, HasSubstr("Open MPI v4.1.4, Open MPI v4.1.6"));
  facts.ranks[5].mpi_library = facts.ranks[4].mpi_library;
  facts.ranks[5].commit = ShortText<48>("def");
  EXPECT_THAT(problem(facts).says, HasSubstr("abc, def"));
}

TEST(Doctor, TellsWhetherARunOutlivesItsRanks) {
  LaunchFacts facts = good_launch();
  facts.mpi.uses_ulfm = false;
  EXPECT_THAT(examine(facts), notes("lost ranks", "not on"));
  facts.mpi.has_ulfm = false;
  EXPECT_THAT(examine(facts), notes("lost ranks", "no ULFM"));
  EXPECT_THAT(problems(facts), IsEmpty());
}

TEST(Doctor, SeesTooLittleMemory) {
  LaunchFacts facts = good_launch();
  for (Placement& rank : facts.ranks) rank.memory_bytes = std::uint64_t{4} << 30;
  EXPECT_THAT(examine(facts), notes("memory", "4.0 GiB of the machine's 64.0 GiB"));
  EXPECT_THAT(problems(facts), IsEmpty());
  for (Placement& rank : facts.ranks) rank.memory_bytes = std::uint64_t{256} << 20;
  EXPECT_THAT(problem(facts).says, HasSubstr("256.0 MiB for 4 ranks, by a cgroup"));
  EXPECT_THAT(problem(facts).fix, HasSubstr("--mem=0"));
}

TEST(Doctor, SharesOutTheMachineButNotTheAddressSpace) {
  LaunchFacts facts = good_launch();
  const auto limit = [&](std::uint64_t bytes) {
    for (Placement& rank : facts.ranks) rank.address_space_bytes = bytes;
  };
  // Four ranks have as much as this each, and of the machine 16 GiB.
  limit(std::uint64_t{20} << 30);
  EXPECT_THAT(examine(facts), Each(Field(&Finding::level, Level::good)));
  limit(std::uint64_t{200} << 20);
  EXPECT_THAT(examine(facts),
              notes("memory", "a: 200.0 MiB for each rank, by ulimit -v, enough for keys up to "));
  EXPECT_THAT(problems(facts), IsEmpty());
  limit(std::uint64_t{100} << 20);
  EXPECT_THAT(problem(facts).fix, HasSubstr("ulimit -v unlimited"));
}

TEST(Doctor, LooksAtTheAddressSpaceOfEachHost) {
  LaunchFacts facts = good_launch();
  facts.ranks.back().host = ShortText<64>("b");
  facts.ranks.back().address_space_bytes = std::uint64_t{100} << 20;
  const std::vector<Finding> found = examine(facts);
  EXPECT_THAT(found, Contains(AllOf(
                         Field(&Finding::level, Level::problem), Field(&Finding::subject, "memory"),
                         Field(&Finding::says, HasSubstr("b: 100.0 MiB for each rank")))));
  EXPECT_THAT(found, Not(Contains(Field(&Finding::says, HasSubstr("a: 100.0 MiB")))));
}

TEST(Doctor, NamesTheLargestKeyThatFits) {
  // 16 GiB a rank: more than 10^10 takes, less than the largest key of all.
  EXPECT_THAT(
      examine(good_launch()),
      Contains(Field(&Finding::says, HasSubstr("16.0 GiB a rank: enough for keys up to 1."))));
}

TEST(Doctor, SeesASlowProcessor) {
  LaunchFacts facts = good_launch();
  facts.instruction_set = "portable";
  EXPECT_THAT(examine(facts), notes("processor", "no AVX2"));
}

TEST(Doctor, SeesAFolderThatIsNotThere) {
  LaunchFacts facts = good_launch();
  facts.store = {.folder = "/no\x1b where", .file_system = "unknown", .is_there = false};
  EXPECT_EQ(problem(facts).says, R"(/no\x1b where: there is no such folder)");
  EXPECT_EQ(problem(facts).fix, R"(mkdir -p '/no\x1b where', or give --store FILE elsewhere)");
}

TEST(Doctor, SeesAFolderThatCannotKeepAStore) {
  LaunchFacts facts = good_launch();
  facts.store.writable = false;
  EXPECT_THAT(problem(facts).says, HasSubstr("/home (xfs, 1.0 TiB free) cannot be written to"));
  facts = good_launch();
  facts.store.file_system = "lustre";
  facts.store.has_locks = false;
  EXPECT_THAT(problem(facts).fix, HasSubstr("-o flock"));
  facts = good_launch();
  facts.store.free_bytes = 1000;
  EXPECT_THAT(problem(facts).says, HasSubstr("nearly full"));
  facts = good_launch();
  facts.store.file_system = "tmpfs";
  EXPECT_THAT(examine(facts), notes("store", "in memory"));
  facts.store.file_system = "overlay";
  EXPECT_THAT(examine(facts), notes("store", "goes with the container"));
}

}  // namespace
}  // namespace fibo
