// SPDX-License-Identifier: MIT
#include "fibo/results/packed_digits.hpp"

#include <string>

#include <gtest/gtest.h>

namespace fibo {
namespace {

std::string unpacked(std::string_view packed) {
  std::string digits;
  append_unpacked(digits, packed);
  return digits;
}

TEST(PackedDigits, ReadAsTheyAreInHexadecimal) {
  EXPECT_EQ(pack_digits("1234"), "\x12\x34");
  EXPECT_EQ(pack_digits("905"), "\x09\x05");
  EXPECT_EQ(pack_digits("0"), std::string(1, '\0'));
  EXPECT_EQ(pack_digits(""), "");
}

TEST(PackedDigits, ComeBackWithAZeroBeforeAnOddNumberOfThem) {
  std::string digits;
  for (int length = 1; length < 300; ++length) {
    digits += static_cast<char>('0' + length * 7 % 10);
    EXPECT_EQ(unpacked(pack_digits(digits)), (length % 2 != 0 ? "0" : "") + digits);
  }
}

TEST(PackedDigits, BecomeNoDigitsWhereABitWasFlipped) {
  EXPECT_EQ(unpacked("\x1a").find_first_not_of("0123456789"), 1U);
}

TEST(PackedDigits, AreAppended) {
  std::string digits = "12";
  append_unpacked(digits, "\x34");
  EXPECT_EQ(digits, "1234");
}

}  // namespace
}  // namespace fibo
