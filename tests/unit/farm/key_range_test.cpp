// SPDX-License-Identifier: MIT
#include "fibo/farm/key_range.hpp"

#include <limits>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fibo {
namespace {

using testing::HasSubstr;

constexpr Key max_key = std::numeric_limits<Key>::max();

std::string error_of(const std::string& text) {
  try {
    parse_key_range(text);
  } catch (const KeySyntaxError& error) {
    return error.what();
  }
  return "no error";
}

TEST(KeyRange, EndsAtOneOfItsKeys) {
  const KeyRange range(1, 10, 4);
  EXPECT_EQ(range.last(), 9U);
  EXPECT_EQ(range.count_less_one(), 2U);
}

TEST(KeyRange, HoldsEvery64BitKey) {
  const KeyRange range(0, max_key);
  EXPECT_EQ(range.count_less_one(), max_key);
}

TEST(KeyRange, RefusesReversedEndsAndAZeroStep) {
  EXPECT_THROW(KeyRange(2, 1), std::invalid_argument);
  EXPECT_THROW(KeyRange(1, 2, 0), std::invalid_argument);
}

TEST(ParseKeyRange, ReadsKeysRangesAndSteps) {
  EXPECT_EQ(parse_key_range("0"), KeyRange(0, 0));
  EXPECT_EQ(parse_key_range("18446744073709551615"), KeyRange(max_key, max_key));
  EXPECT_EQ(parse_key_range("007"), KeyRange(7, 7));
  EXPECT_EQ(parse_key_range("3..8"), KeyRange(3, 8));
  EXPECT_EQ(parse_key_range("3..3"), KeyRange(3, 3));
  EXPECT_EQ(parse_key_range("10..100..7"), KeyRange(10, 100, 7));
  EXPECT_EQ(parse_key_range("0..18446744073709551615..18446744073709551615"),
            KeyRange(0, max_key, max_key));
}

TEST(ParseKeyRange, SaysWhatIsWrong) {
  for (const char* text :
       {"", " ", "x", "-1", "+1", "1.5", "0x10", "1e3", "1_000", "1,000", "..", "1..", "..5",
        "1...5", "1..2..", "1..2..3..4", "1 .. 2", "1..x", "1..2..-1"})
    EXPECT_THAT(error_of(text), HasSubstr("is not a key; a key is an integer from 0 to")) << text;
  for (const char* text :
       {"18446744073709551616", "99999999999999999999999", "1..18446744073709551616"})
    EXPECT_THAT(error_of(text), HasSubstr("is too large; a key is an integer from 0 to")) << text;
  EXPECT_EQ(error_of("9..3"), "'9..3' is reversed; write the smaller key first: 3..9");
  EXPECT_EQ(error_of("9..3..2"), "'9..3..2' is reversed; write the smaller key first: 3..9..2");
  EXPECT_THAT(error_of(std::string("1\0\x1b", 3)), HasSubstr(R"('1\x00\x1b' is not a key; )"));
  EXPECT_LT(error_of("9..3.." + std::string(1000, '0') + "2").size(), 150U);
  EXPECT_EQ(error_of("3..9..0"), "'3..9..0' has step 0; a step is 1 or more");
}

}  // namespace
}  // namespace fibo
