// SPDX-License-Identifier: MIT
#include "fibo/app/memory.hpp"

#include "support/sanitizers.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

namespace fibo {
namespace {

TEST(MemoryLimit, IsThatOfAMachine) {
  EXPECT_GT(memory_limit_bytes(), std::uint64_t{64} << 20);
  EXPECT_LT(memory_limit_bytes(), std::uint64_t{1} << 60);
}

TEST(MemoryLimit, IsForOneProcessThatOfItsAddressSpace) {
  if (test::with_sanitizers) GTEST_SKIP() << "sanitizers reserve terabytes";
  rlimit old{};
  ASSERT_EQ(::getrlimit(RLIMIT_AS, &old), 0);
  const auto found_bytes = [&](std::uint64_t limit_bytes) {
    const rlimit lower{.rlim_cur = limit_bytes, .rlim_max = old.rlim_max};
    EXPECT_EQ(::setrlimit(RLIMIT_AS, &lower), 0);
    const std::uint64_t bytes = free_address_space_bytes();
    ::setrlimit(RLIMIT_AS, &old);
    return bytes;
  };
  // What is mapped already is no longer free.
  constexpr std::uint64_t limit_bytes = std::uint64_t{1} << 36;
  EXPECT_LT(found_bytes(limit_bytes), limit_bytes - resident_bytes());
  EXPECT_GT(found_bytes(limit_bytes), limit_bytes / 2);
  EXPECT_EQ(found_bytes(std::uint64_t{1} << 20), 0U);
}

TEST(SizeText, HasOneDecimalAndAUnit) {
  EXPECT_EQ(size_text(0), "0 B");
  EXPECT_EQ(size_text(1023), "1023 B");
  EXPECT_EQ(size_text(1536), "1.5 KiB");
  EXPECT_EQ(size_text(std::uint64_t{3} << 30), "3.0 GiB");
  EXPECT_EQ(size_text(18446744073709551615U), "16.0 EiB");
}

}  // namespace
}  // namespace fibo
