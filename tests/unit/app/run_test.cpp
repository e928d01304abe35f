// SPDX-License-Identifier: MIT
#include "fibo/app/run.hpp"

#include "support/placements.hpp"

#include <array>
#include <cstdint>
#include <sstream>
#include <variant>

#include <gtest/gtest.h>

namespace fibo {
namespace {

constexpr std::uint64_t mib = std::uint64_t{1} << 20;

// Of rank 0, one of four on a machine of 4 GiB, where the program takes 100 MiB.
std::uint64_t room_bytes(std::uint64_t address_space_bytes) {
  constexpr std::array arguments{"fibo_mpi", "1..10", "-o", "/dev/null"};
  const auto request =
      std::get<RunRequest>(parse_options(static_cast<int>(arguments.size()), arguments.data()));
  std::ostringstream err;
  const Surroundings around{.host = "a",
                            .err = err,
                            .now_s = [] { return 0.0; },
                            .memory_bytes = 4096 * mib,
                            .address_space_bytes = address_space_bytes,
                            .process_bytes = 100 * mib,
                            .random_seed = 1,
                            .placements = test::one_each("a", 4, 4)};
  return prepare(request, {.host = "a", .command = "", .version = "", .build = "", .ranks = 4},
                 around)
      .room_bytes;
}

TEST(Run, SharesTheMachineWithOtherRanksButNotItsAddressSpace) {
  const std::uint64_t shared_bytes = room_bytes(~std::uint64_t{0});
  EXPECT_GT(shared_bytes, 1500 * mib);
  EXPECT_LT(shared_bytes, 1700 * mib);
  EXPECT_EQ(room_bytes(4096 * mib), shared_bytes);
  EXPECT_GT(room_bytes(1024 * mib), 350 * mib);
  EXPECT_LT(room_bytes(1024 * mib), 412 * mib);
}

}  // namespace
}  // namespace fibo
