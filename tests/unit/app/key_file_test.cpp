// SPDX-License-Identifier: MIT
#include "fibo/app/key_file.hpp"

#include "fibo/app/options.hpp"

#include "support/temp_folder.hpp"

#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fibo {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;

std::vector<KeyRange> read(const std::string& text) {
  std::istringstream in(text);
  return read_keys(in, "keys.txt");
}

std::string error_of(const auto& call) {
  try {
    call();
  } catch (const UsageError& error) {
    return error.what();
  }
  return "no error";
}

TEST(KeyFile, HoldsAKeyOrARangeALine) {
  EXPECT_THAT(read("5\n1..9\n2..10..2\n"),
              ElementsAre(KeyRange(5, 5), KeyRange(1, 9), KeyRange(2, 10, 2)));
}

TEST(KeyFile, MayHaveBlankLinesAndComments) {
  EXPECT_THAT(read("# keys\n\n  5  # five\n\t\n#6\n7"),
              ElementsAre(KeyRange(5, 5), KeyRange(7, 7)));
}

TEST(KeyFile, MayComeFromWindows) {
  EXPECT_THAT(read("\xEF\xBB\xBF"
                   "5\r\n\r\n6\r\n"),
              ElementsAre(KeyRange(5, 5), KeyRange(6, 6)));
}

TEST(KeyFile, MayBeEmpty) {
  EXPECT_THAT(read(""), IsEmpty());
}

TEST(KeyFile, NamesTheBadLine) {
  EXPECT_THAT(error_of([] { read("5\n\n# x\nseven\n8\n"); }),
              StartsWith("keys.txt:4: 'seven' is not a key; a key is an integer"));
  EXPECT_THAT(error_of([] { read("5 6\n"); }), StartsWith("keys.txt:1: '5 6' is not a key"));
  EXPECT_THAT(error_of([] { read("9..1\n"); }), StartsWith("keys.txt:1: '9..1' is reversed"));
}

TEST(KeyFile, IsAskedWhatWasMeant) {
  const std::string form =
      "is not a key; a key is an integer from 0 to 18446744073709551615 or a range A..B or "
      "A..B..STEP";
  EXPECT_EQ(error_of([] { read("1-10\n"); }),
            "keys.txt:1: '1-10' " + form + ", here perhaps 1..10");
  EXPECT_EQ(error_of([] { read("1e6 # many\n"); }),
            "keys.txt:1: '1e6' " + form + ", here perhaps 1000000");
  EXPECT_EQ(error_of([] { read("7\n1, 2, 3\n"); }),
            "keys.txt:2: '1, 2, 3' " + form + ", here perhaps 1 2 3, one a line");
  EXPECT_EQ(error_of([] { read("1 2 3\n"); }),
            "keys.txt:1: '1 2 3' " + form + ", here perhaps 1 2 3, one a line");
  EXPECT_EQ(error_of([] { read("other.txt\n"); }), "keys.txt:1: 'other.txt' " + form);
}

TEST(KeyFile, IsText) {
  const std::string message =
      ": this is not a text file of keys; give one, and save it as UTF-8 if it is UTF-16";
  using namespace std::string_literals;
  for (const std::string& bytes : {"\xff\xfe\x31\0\n\0"s, "\xfe\xff\0\x31\0\n"s, "1\0\r\0\n\0"s,
                                   "\x7f"
                                   "ELF\x02\x01\x01\0\0"s,
                                   "\xff\xfe#\0 \0x\0\n\0"s})
    EXPECT_EQ(error_of([&] { read(bytes); }), "keys.txt:1" + message);
  EXPECT_EQ(error_of([&] { read("5\n6\0\n"s); }), "keys.txt:2" + message);
}

TEST(KeyFile, IsShownAsFarAsAMessageGoes) {
  EXPECT_THAT(error_of([] { read("\x1b[31mred\a\n"); }),
              StartsWith(R"(keys.txt:1: '\x1b[31mred\x07' is not a key; )"));
  EXPECT_LT(error_of([] { read(std::string(300'000, 'x')); }).size(), 250U);
  std::string many_keys;
  for (int i = 0; i < 10'000; ++i) many_keys += "1 ";
  EXPECT_LT(error_of([&] { read(many_keys); }).size(), 400U);
}

TEST(KeyFile, IsNotReadIntoMemoryLineByLineHoweverLong) {
  constexpr std::size_t most = std::size_t{1} << 20;
  EXPECT_THAT(read("5 #" + std::string(most - 3, 'x') + "\n6"),
              ElementsAre(KeyRange(5, 5), KeyRange(6, 6)));
  for (const std::string& line :
       {std::string(most + 1, ' '), std::string(most + 1, '7'), "7 #" + std::string(2 * most, 'x')})
    EXPECT_EQ(error_of([&] { read("5\n" + line + "\n6\n"); }),
              "keys.txt:2: the line is longer than 1 MiB; give one key or range a line");
}

TEST(KeyFile, MayBeEndlessWithoutAnEndOfLine) {
  EXPECT_THAT(error_of([] { read_keys_file("/dev/zero"); }),
              StartsWith("/dev/zero:1: this is not a text file of keys; give one"));
}

TEST(KeyFile, MustBeReadable) {
  const test::TempFolder folder;
  EXPECT_EQ(error_of([&] { read_keys_file((folder.path() / "none").string()); }),
            "--keys-file: " + (folder.path() / "none").string() +
                ": No such file or directory; give a file that can be read, or - for stdin");
  EXPECT_EQ(error_of([&] { read_keys_file(folder.path().string()); }),
            "--keys-file: " + folder.path().string() +
                ": Is a directory; give a file that can be read, or - for stdin");
}

}  // namespace
}  // namespace fibo
