// SPDX-License-Identifier: MIT
#include "fibo/app/meant_key.hpp"

#include <gtest/gtest.h>

namespace fibo {
namespace {

TEST(MeantForKey, KnowsRangesOfOtherPrograms) {
  EXPECT_EQ(meant_for_key("1-100"), "1..100");
  EXPECT_EQ(meant_for_key("1:100"), "1..100");
  EXPECT_EQ(meant_for_key("1:100:3"), "1..100..3");
  EXPECT_EQ(meant_for_key("1...100"), "1..100");
  EXPECT_EQ(meant_for_key("1..=100"), "1..100");
  EXPECT_EQ(meant_for_key("1 - 100"), "1..100");
  EXPECT_EQ(meant_for_key("1 .. 100"), "1..100");
  EXPECT_EQ(meant_for_key("1 to 100"), "1..100");
}

TEST(MeantForKey, KnowsOtherWaysToWriteNumbers) {
  EXPECT_EQ(meant_for_key("1,000,000"), "1000000");
  EXPECT_EQ(meant_for_key("1_000"), "1000");
  EXPECT_EQ(meant_for_key("1e6"), "1000000");
  EXPECT_EQ(meant_for_key("0e7"), "0");
  EXPECT_EQ(meant_for_key("10^9"), "1000000000");
  EXPECT_EQ(meant_for_key("2^10"), "1024");
  EXPECT_EQ(meant_for_key("2**63"), "9223372036854775808");
  EXPECT_EQ(meant_for_key("1^18446744073709551615"), "1");
  EXPECT_EQ(meant_for_key("F(12)"), "12");
  EXPECT_EQ(meant_for_key("1,2,30"), "1 2 30");
  EXPECT_EQ(meant_for_key("1 2"), "1 2");
  EXPECT_EQ(meant_for_key("1, 2;3..9  7"), "1 2 3..9 7");
  EXPECT_EQ(meant_for_key("1,"), "1");
  EXPECT_EQ(meant_for_key("1 000 000"), "1000000");
  EXPECT_EQ(meant_for_key("100 200"), "100 200");
}

TEST(MeantForKey, KnowsFilesAndOptions) {
  EXPECT_EQ(meant_for_key("keys.txt"), "--keys-file keys.txt");
  EXPECT_EQ(meant_for_key("./keys"), "--keys-file ./keys");
  EXPECT_EQ(meant_for_key("my keys.txt"), "--keys-file 'my keys.txt'");
  EXPECT_EQ(meant_for_key("help"), "--help");
}

TEST(MeantForKey, KnowsWhatWordProcessorsMakeOfDotsAndDashes) {
  EXPECT_EQ(meant_for_key("1\u2013100"), "1..100");
  EXPECT_EQ(meant_for_key("1 \u2013 100"), "1..100");
  EXPECT_EQ(meant_for_key("1\u2014100"), "1..100");
  EXPECT_EQ(meant_for_key("1\u2026100"), "1..100");
  EXPECT_EQ(meant_for_key("\u2014digits"), "--digits");
  EXPECT_EQ(meant_for_key("\u2013digits=5"), "--digits=5");
}

TEST(HintForWord, SaysHowToGiveIt) {
  EXPECT_EQ(hint_for_word("1-9"), ", here perhaps 1..9");
  EXPECT_EQ(hint_for_word("1,2"), ", here perhaps 1 2");
  EXPECT_EQ(hint_for_word("5 6"), ", here perhaps 5 6 without the quotes");
  EXPECT_EQ(hint_for_word("my keys.txt"), ", here perhaps --keys-file 'my keys.txt'");
  EXPECT_EQ(hint_for_word("ten"), "");
}

TEST(MeantForKey, SaysNothingWhereItDoesNotKnow) {
  for (const char* text : {"", "ten", "-5", "+5", "1.5", "1..", "..9", "0x10", "1e99", "2^64", "-",
                           "2^", "9-3", "99999999999999999999", "1,,2", ","})
    EXPECT_EQ(meant_for_key(text), "") << text;
}

}  // namespace
}  // namespace fibo
