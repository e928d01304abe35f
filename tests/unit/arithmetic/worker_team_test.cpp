// SPDX-License-Identifier: MIT
#include "fibo/arithmetic/worker_team.hpp"

#include "support/sanitizers.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <fstream>

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

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

TEST(WorkerTeam, DoesWithTheThreadsThatTheSystemGives) {
  if (test::with_sanitizers) GTEST_SKIP() << "sanitizers reserve terabytes";
  rlimit old{};
  ASSERT_EQ(::getrlimit(RLIMIT_AS, &old), 0);
  // More than their stacks may take, what the system keeps of earlier threads' included.
  constexpr unsigned threads = 64;
  std::uint64_t mapped_pages = 0;
  std::ifstream("/proc/self/statm") >> mapped_pages;
  const auto page_bytes = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  const rlimit lower{.rlim_cur = mapped_pages * page_bytes + (std::uint64_t{64} << 20),
                     .rlim_max = old.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_AS, &lower), 0);
  std::array<std::atomic<int>, threads> calls{};
  unsigned size = 0;
  {
    WorkerTeam team(threads);
    size = team.size();
    team.run([&](unsigned thread) { ++calls.at(thread); });
  }
  ::setrlimit(RLIMIT_AS, &old);
  EXPECT_LT(size, threads);
  for (unsigned thread = 0; thread < threads; ++thread)
    EXPECT_EQ(calls.at(thread), thread < size ? 1 : 0);
}

}  // namespace
}  // namespace fibo::detail
