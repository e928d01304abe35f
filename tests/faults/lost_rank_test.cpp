// SPDX-License-Identifier: MIT
//
// Ranks that fall silent in the midst of a run.
#include "faults/faulty_run.hpp"
#include "support/temp_folder.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fibo::test {
namespace {

using testing::ContainsRegex;

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
  EXPECT_EQ(folder.read("values.txt"), whole_map()) << result.err;
  EXPECT_THAT(
      result.err,
      ContainsRegex("warning: rank 1@[^ ?]+ was lost: it has been silent for [0-9]+ s; its keys "
                    "went to others"));
}

INSTANTIATE_TEST_SUITE_P(Ranks, SilentRank, testing::Values(2, 3));

}  // namespace
}  // namespace fibo::test
