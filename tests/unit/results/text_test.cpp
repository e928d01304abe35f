// SPDX-License-Identifier: MIT
#include "fibo/results/text.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace fibo {
namespace {

TEST(Text, IsQuotedForJson) {
  EXPECT_EQ(json_quoted("plain"), "\"plain\"");
  EXPECT_EQ(json_quoted("a\"b\\c\nd"), "\"a\\\"b\\\\c\\u000ad\"");
  EXPECT_EQ(json_quoted("\xc3\xa9\xff"), "\"\xc3\xa9\xef\xbf\xbd\"");
}

TEST(Text, IsEscapedForXml) {
  EXPECT_EQ(xml_escaped("<a href=\"x\">&'"), "&lt;a href=&quot;x&quot;&gt;&amp;&#39;");
  EXPECT_EQ(xml_escaped(std::string("\x01")), "\xef\xbf\xbd");
}

TEST(Text, HoldsNothingButUtf8) {
  for (const char* good : {"", "a", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80"})
    EXPECT_EQ(valid_utf8(good), good);
  const std::string bad = "\xef\xbf\xbd";
  EXPECT_EQ(valid_utf8("\xc3"), bad);
  EXPECT_EQ(valid_utf8("\xc0\x80"), bad + bad);
  EXPECT_EQ(valid_utf8("\xed\xa0\x80"), bad + bad + bad);
  EXPECT_EQ(valid_utf8("a\x80z"), "a" + bad + "z");
}

TEST(Text, GroupsTheDigitsOfLargeNumbers) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1000), "1,000");
  EXPECT_EQ(grouped(18446744073709551615U), "18,446,744,073,709,551,615");
}

TEST(Text, SaysHowManyThereAreOfAThing) {
  EXPECT_EQ(counted(0, "key"), "0 keys");
  EXPECT_EQ(counted(1, "key"), "1 key");
  EXPECT_EQ(counted(12345, "key"), "12,345 keys");
}

TEST(Text, SaysRatesWithTwoFiguresAtLeast) {
  EXPECT_EQ(rate_text(0), "0");
  EXPECT_EQ(rate_text(0.2179), "0.22");
  EXPECT_EQ(rate_text(0.00001), "0.000010");
  EXPECT_EQ(rate_text(1.0), "1.0");
  EXPECT_EQ(rate_text(9.94), "9.9");
  EXPECT_EQ(rate_text(9.96), "10");
  EXPECT_EQ(rate_text(7190.6), "7,191");
}

TEST(Text, SaysDurationsAsPeopleDo) {
  EXPECT_EQ(duration_text(0), "0.00 s");
  EXPECT_EQ(duration_text(1.5e-9), "1.50 ns");
  EXPECT_EQ(duration_text(12.34e-3), "12.3 ms");
  EXPECT_EQ(duration_text(1), "1.00 s");
  EXPECT_EQ(duration_text(125), "2 min 5 s");
  EXPECT_EQ(duration_text(3 * 3600 + 240), "3 h 4 min");
  EXPECT_EQ(duration_text(100 * 3600), "4 d 4 h");
}

TEST(Text, IsQuotedForTheShellWhereItMustBe) {
  EXPECT_EQ(shell_quoted("--max=10"), "--max=10");
  EXPECT_EQ(shell_quoted(""), "''");
  EXPECT_EQ(shell_quoted("my file"), "'my file'");
  EXPECT_EQ(shell_quoted("it's"), "'it'\\''s'");
}

TEST(ShellCommand, QuotesEachWord) {
  EXPECT_EQ(shell_command(std::vector<std::string>{"fibo_mpi", "5", "-o", "my file"}),
            "fibo_mpi 5 -o 'my file'");
}

}  // namespace
}  // namespace fibo
