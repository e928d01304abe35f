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
