// SPDX-License-Identifier: MIT
#include "fibo/arithmetic/arena.hpp"

#include "support/sanitizers.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include <gtest/gtest.h>
#include <sys/resource.h>

namespace fibo::detail {
namespace {

constexpr std::size_t doubles_per_mib = (std::size_t{1} << 20) / sizeof(double);

void fill(double* memory, std::size_t count) {
  ASSERT_EQ(reinterpret_cast<std::uintptr_t>(memory) % 64, 0U);
  std::fill_n(memory, count, 1.0);
  EXPECT_EQ(memory[count - 1], 1.0);
}

TEST(Arena, HoldsWhatItSaysItWill) {
  for (const std::size_t count : {std::size_t{1}, std::size_t{10'000}, doubles_per_mib,
                                  3 * doubles_per_mib, 100 * doubles_per_mib}) {
    Arena arena;
    fill(arena.reserve(count), count);
    EXPECT_EQ(arena.size_bytes(), Arena::bytes_for(count));
    EXPECT_GE(arena.size_bytes(), count * sizeof(double));
  }
}

TEST(Arena, GrowsWhereItIsWhileItIsSmall) {
  Arena arena;
  double* const memory = arena.reserve(1000);
  for (std::size_t count = 1000; count < 50 * doubles_per_mib; count += count / 2) {
    EXPECT_EQ(arena.reserve(count), memory);
    fill(memory, count);
    EXPECT_EQ(arena.size_bytes(), Arena::bytes_for(count));
  }
  fill(arena.reserve(80 * doubles_per_mib), 80 * doubles_per_mib);
}

TEST(Arena, NeverShrinks) {
  Arena arena;
  double* const memory = arena.reserve(3 * doubles_per_mib);
  const std::size_t bytes = arena.size_bytes();
  EXPECT_EQ(arena.reserve(1), memory);
  EXPECT_EQ(arena.size_bytes(), bytes);
}

// What a run of the program under `ulimit -v` meets.
TEST(Arena, TakesNoMoreAddressesThanItNeedsWhereTheyAreLimited) {
  if (test::with_sanitizers) GTEST_SKIP() << "sanitizers reserve terabytes";
  EXPECT_EXIT(
      {
        rlimit limit{};
        ::getrlimit(RLIMIT_AS, &limit);
        limit.rlim_cur = std::size_t{1} << 40;
        ::setrlimit(RLIMIT_AS, &limit);
        Arena arena;
        double* const small = arena.reserve(1000);
        std::fill_n(small, 1000, 1.0);
        double* const large = arena.reserve(3 * doubles_per_mib);
        std::fill_n(large, 3 * doubles_per_mib, 1.0);
        std::exit(arena.size_bytes() == Arena::bytes_for(3 * doubles_per_mib) ? 0 : 1);
      },
      testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace fibo::detail
