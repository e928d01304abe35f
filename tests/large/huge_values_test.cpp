// SPDX-License-Identifier: MIT
//
// F(10^10), two thousand million digits, on two threads: 7 GiB of memory, and about a minute.
//
//   tests/run.sh -L huge
#include "fibo/fibonacci/engine.hpp"

#include "large/digest.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <gtest/gtest.h>
#include <unistd.h>

namespace fibo {
namespace {

// Made by FLINT 3.7.0-dev (commit d4c3e3724917), built for AVX2, with the doubling of Lucas numbers
// and the last product of tests/bench/flint_peers.cpp (radix_integer_mul, radix_get_str_decimal)
// and flint_set_num_threads(2); the digest is that of digest.hpp.
constexpr std::uint64_t n = 10'000'000'000;
constexpr std::uint64_t digest_by_flint = 0xeb16e479295c9dd1;
constexpr std::size_t digits = 2'089'876'403;

std::uint64_t available_bytes() {
  return static_cast<std::uint64_t>(::sysconf(_SC_AVPHYS_PAGES)) *
         static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

TEST(HugeValues, AreThoseOfFlint) {
  EngineOptions options;
  options.threads = 2;
  const std::uint64_t needed = Engine::memory_bytes(n, options.threads);
  if (available_bytes() < needed) GTEST_SKIP() << "F(10^10) takes " << needed << " bytes";
  Engine engine(options);
  const std::string_view text = engine.digits(n);
  EXPECT_EQ(text.size(), digits);
  EXPECT_EQ(test::digest(text), digest_by_flint);
  EXPECT_LE(engine.held_bytes(), needed);
}

}  // namespace
}  // namespace fibo
