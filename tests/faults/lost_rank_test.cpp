// SPDX-License-Identifier: MIT
//
// Ranks that fall silent or die in the midst of a run. Death is for an MPI with ULFM: others end
// the job with the first rank that dies, and kill_runs.py is about what is left then.
#include "faults/faulty_run.hpp"
#include "support/temp_folder.hpp"

#include <chrono>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fibo::test {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

constexpr std::size_t first_key = 2000;
constexpr std::size_t last_key = 2199;
const std::string range = "2000..2199";

std::string whole_map() {
  std::vector<std::size_t> keys;
  for (std::size_t key = first_key; key <= last_key; ++key) keys.push_back(key);
  return full_text(keys);
}

class SilentRank : public testing::TestWithParam<int> {};

TEST_P(SilentRank, LosesItsKeysToOthersAndIsNotWaitedFor) {
  const TempFolder folder;
  const auto result =
      run_with_faults("stop 1 *", {{range, "-o", "values.txt"}, GetParam(), "", folder.path()},
                      {{"FIBO_SILENCE_S", "3"}});
  // mpirun of Open MPI 4.1 has an exit status of its own for a rank that does not finalize MPI.
  if (mpi_has_ulfm()) {
    EXPECT_EQ(result.exit_code, 0) << result.err;
  }
  EXPECT_EQ(folder.read("values.txt"), whole_map()) << result.err;
  EXPECT_THAT(
      result.err,
      ContainsRegex("warning: rank 1@[^ ?]+ was lost: it has been silent for [0-9]+ s; its keys "
                    "went to others"));
}

INSTANTIATE_TEST_SUITE_P(Ranks, SilentRank, testing::Values(2, 3));

// What it computes meanwhile keeps nobody waiting.
TEST(RankWithoutMpi, SaysSoInTheMidstOfAKeyAndLeaves) {
  if (mpi_has_ulfm()) GTEST_SKIP() << "with ULFM, mpirun may end before the other rank does";
  using std::chrono::steady_clock;
  const auto begin = steady_clock::now();
  const auto result = run_with_faults("mpi 1 *", {{range, "-o", "/dev/null"}, 2});
  EXPECT_THAT(result.err, HasSubstr("fibo_mpi: MPI_Improbe: "));
  EXPECT_LT(steady_clock::now() - begin, std::chrono::seconds(30));
}

class DeadRank : public testing::Test {
 protected:
  void SetUp() override {
    if (!mpi_has_ulfm())
      GTEST_SKIP() << "this MPI ends a job with the first rank that dies (no ULFM)";
  }
};

TEST_F(DeadRank, LosesItsKeysToOthersAndIsNamed) {
  for (const int ranks : {2, 3, 5}) {
    const TempFolder folder;
    const auto result =
        run_with_faults("die 1 *", {{range, "-o", "values.txt"}, ranks, "", folder.path()});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_EQ(folder.read("values.txt"), whole_map());
    EXPECT_THAT(result.err,
                ContainsRegex("warning: rank 1@[^ ?]+ was lost: its process died; its keys went to "
                              "others"));
  }
}

TEST_F(DeadRank, MayBeEveryOneButRank0) {
  for (const int ranks : {3, 5}) {
    const TempFolder folder;
    const auto result = run_with_faults("die 1 *, die 2 *, die 3 *, die 4 *",
                                        {{range, "-o", "values.txt"}, ranks, "", folder.path()});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_EQ(folder.read("values.txt"), whole_map());
    // The keys of the first that dies are for the others, as long as there are any.
    for (int rank = 1; rank < ranks; ++rank)
      EXPECT_THAT(result.err, HasSubstr("warning: rank " + std::to_string(rank) + "@"));
  }
}

TEST_F(DeadRank, ThreeTimesOfOneKeyEndsWithExitCode3AndTheRestIsKept) {
  const TempFolder folder;
  const Invocation invocation{
      {range, "--store", "store.db", "-o", "values.txt"}, 5, "", folder.path()};
  const auto result = run_with_faults("die * 2000", invocation);
  EXPECT_EQ(result.exit_code, 3) << result.err;
  EXPECT_THAT(result.err,
              ContainsRegex("fibo_mpi: F\\(2000\\) is not computed: it was with each of rank "
                            "[1-4]@[^ ]+, rank [1-4]@[^ ]+, rank [1-4]@[^ ]+ when they were lost"));
  EXPECT_THAT(folder.names(), Not(testing::Contains("values.txt")));

  const auto again = run_with_faults("", invocation);
  EXPECT_EQ(again.exit_code, 0);
  EXPECT_THAT(again.err, HasSubstr("200 keys (200 distinct, 199 from the store)"));
  EXPECT_EQ(folder.read("values.txt"), whole_map());
}

TEST_F(DeadRank, ThatIsRank0LeavesNobodyBehind) {
  const TempFolder folder;
  const Invocation invocation{
      {range, "--store", "store.db", "-o", "values.txt"}, 3, "", folder.path()};
  run_with_faults("die 0 *", invocation);
  EXPECT_THAT(folder.names(), Not(testing::Contains("values.txt")));
  const auto again = run_with_faults("", invocation);
  EXPECT_EQ(again.exit_code, 0);
  EXPECT_EQ(folder.read("values.txt"), whole_map());
}

}  // namespace
}  // namespace fibo::test
