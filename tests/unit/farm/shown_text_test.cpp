// SPDX-License-Identifier: MIT
#include "fibo/farm/shown_text.hpp"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace fibo {
namespace {

using namespace std::string_view_literals;

TEST(ShownText, HasNothingThatATerminalObeys) {
  EXPECT_EQ(printable("\x1b[31mred\a\n"), R"(\x1b[31mred\x07\x0a)");
  EXPECT_EQ(printable("\0\x7f"sv), R"(\x00\x7f)");
  // U+009B begins a control sequence as well.
  EXPECT_EQ(printable("a\xc2\x9b"
                      "b"),
            R"(a\xc2\x9bb)");
}

TEST(ShownText, HasNothingButUtf8) {
  EXPECT_EQ(printable("\xff\xfe"
                      "1"),
            R"(\xff\xfe1)");
  EXPECT_EQ(printable("caf\xe9"), R"(caf\xe9)");
  EXPECT_EQ(printable("\xe2\x82"), R"(\xe2\x82)");
  EXPECT_EQ(printable("größer, 斐波那契"), "größer, 斐波那契");
}

TEST(ShownText, IsCutAfterSixtyCharacters) {
  std::string sixty;
  for (int i = 0; i < 60; ++i) sixty += "ü";
  EXPECT_EQ(shown(sixty), sixty);
  EXPECT_EQ(shown(sixty + "!"), sixty + "…");
  EXPECT_EQ(printable(sixty + "!"), sixty + "!");
  EXPECT_LT(shown(std::string(300'000, '\0')).size(), 250U);
  EXPECT_EQ(shown(""), "");
}

}  // namespace
}  // namespace fibo
