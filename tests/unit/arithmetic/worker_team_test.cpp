// SPDX-License-Identifier: MIT
#include "fibo/arithmetic/worker_team.hpp"

#include <array>
#include <atomic>

#include <gtest/gtest.h>

namespace fibo::detail {
namespace {

TEST(WorkerTeam, CallsEveryThreadOnceInEveryRound) {
  for (const unsigned threads : {0U, 1U, 2U, 5U}) {
    WorkerTeam team(threads);
    ASSERT_EQ(team.size(), threads == 0 ? 1 : threads);
    std::array<std::atomic<int>, 5> calls{};
    for (int round = 1; round <= 200; ++round) {
      team.run([&](unsigned thread) { ++calls.at(thread); });
      for (unsigned thread = 0; thread < team.size(); ++thread) {
        ASSERT_EQ(calls.at(thread), round);
      }
    }
  }
}

}  // namespace
}  // namespace fibo::detail
