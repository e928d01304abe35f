// SPDX-License-Identifier: MIT
#include "cli/program.hpp"
#include "support/temp_folder.hpp"

#include <ostream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// Where keys come from: arguments, files, stdin, the generator.

namespace fibo::test {
namespace {

using testing::Each;
using testing::SizeIs;
using testing::StartsWith;

struct NamedKeys {
  std::string name;
  std::vector<std::string> arguments;
  std::string input;
  std::vector<std::size_t> keys;  // in the order of the output

  friend std::ostream& operator<<(std::ostream& out, const NamedKeys& named) {
    return out << named.name;
  }
};

const std::vector<NamedKeys> named_keys = {
    {"OneKey", {"10"}, "", {10}},
    {"TheFirstThree", {"0", "1", "2"}, "", {0, 1, 2}},
    {"LeadingZeros", {"007"}, "", {7}},
    {"InAnyOrder", {"30", "2", "17"}, "", {2, 17, 30}},
    {"Twice", {"5", "5", "5"}, "", {5}},
    {"Range", {"95..103"}, "", keys_from_to(95, 103)},
    {"RangeOfOne", {"8..8"}, "", {8}},
    {"StepThatMeetsTheEnd", {"1..10..3"}, "", {1, 4, 7, 10}},
    {"StepThatMissesTheEnd", {"1..9..3"}, "", {1, 4, 7}},
    {"StepPastTheEnd", {"3..9..100"}, "", {3}},
    {"OverlappingRanges", {"1..9..2", "4..8", "5"}, "", {1, 3, 4, 5, 6, 7, 8, 9}},
    {"InterleavedRanges", {"0..20..4", "2..20..4"}, "", {0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20}},
    {"File", {"--keys-file", "keys.txt"}, "", {7, 10, 20, 22, 24}},
    {"FileOfWindows", {"-k", "windows.txt"}, "", {7, 10, 20, 22, 24}},
    {"EmptyFile", {"-k", "empty.txt"}, "", {}},
    {"FileOfComments", {"-k", "comments.txt"}, "", {}},
    {"FileWithASpaceInItsName", {"-k", "more keys.txt"}, "", {3}},
    {"TwoFiles", {"-k", "keys.txt", "-k", "more keys.txt"}, "", {3, 7, 10, 20, 22, 24}},
    {"FileAndKeys", {"21", "-k", "keys.txt", "7"}, "", {7, 10, 20, 21, 22, 24}},
    {"Stdin", {"-k", "-"}, "12\n3..5\n", {3, 4, 5, 12}},
    {"StdinWithoutALastNewline", {"--keys-file", "-"}, "12\n13", {12, 13}},
    {"EmptyStdin", {"-k", "-"}, "", {}},
};

class NamedKeysTest : public testing::TestWithParam<NamedKeys> {
 protected:
  NamedKeysTest() {
    folder_.write("keys.txt", "# my keys\n10\n\n  20..24..2\t# even\n7\n");
    folder_.write("windows.txt", "\xEF\xBB\xBF# my keys\r\n10\r\n\r\n  20..24..2\t# even\r\n7");
    folder_.write("empty.txt", "");
    folder_.write("comments.txt", "# nothing\n\n   # here\n");
    folder_.write("more keys.txt", "3\n");
  }
  TempFolder folder_;
};

TEST_P(NamedKeysTest, GiveOneResultForEachDistinctKeyInAscendingOrder) {
  const auto& named = GetParam();
  const auto result = run_program({named.arguments, 2, named.input, folder_.path()});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out, full_text(named.keys));
}

INSTANTIATE_TEST_SUITE_P(Contract, NamedKeysTest, testing::ValuesIn(named_keys),
                         [](const auto& test) { return test.param.name; });

TEST(Keys, TheLargestOfAllEndsARange) {
  const auto result = run_program(
      {{"18446744073709551609..18446744073709551615..3", "18446744073709551615", "--mod", "10"}});
  // F(n) mod 10 has the period 60, and 2^64 - 1 is 15 modulo 60: F(9), F(12) and F(15) are 34, 144
  // and 610.
  EXPECT_EQ(result.out,
            "F(18446744073709551609) mod 10 = 4\n"
            "F(18446744073709551612) mod 10 = 4\n"
            "F(18446744073709551615) mod 10 = 0\n")
      << result.err;
}

TEST(Keys, ARangeOfAllKeysIsNotExpanded) {
  const auto result = run_program({{"0..18446744073709551615..9223372036854775807", "--mod", "2"}});
  // Of three keys in a row the first, F(0), F(3), F(6)..., is even; 2^63 - 1 is 1 modulo 3.
  EXPECT_EQ(result.out,
            "F(0) mod 2 = 0\n"
            "F(9223372036854775807) mod 2 = 1\n"
            "F(18446744073709551614) mod 2 = 1\n")
      << result.err;
}

TEST(Keys, MoreRanksThanKeysIsNoTrouble) {
  EXPECT_EQ(run_program({{"11..13"}, 8}).out, full_text({11, 12, 13}));
  EXPECT_EQ(run_program({{"-k", "-"}, 8}).out, "");
}

TEST(Keys, OfAStdinThatCannotBeReadAreNotTakenForNone) {
  const TempFolder folder;
  const auto result =
      run_in_shell("\"$@\" <.", {{"-k", "-", "-o", "out"}, without_mpirun, "", folder.path()});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_EQ(result.err,
            "fibo_mpi: --keys-file: stdin: Is a directory; give a file that can be read, or - for "
            "stdin\n");
  EXPECT_TRUE(folder.names().empty());
}

TEST(Keys, TwentyThousandComeBackWhole) {
  const TempFolder folder;
  const auto result = run_program({{"0..20000", "--output", "values"}, 3, "", folder.path()});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  // Not EXPECT_EQ, which would print 42 MB.
  EXPECT_TRUE(folder.read("values") == full_text(keys_from_to(0, 20000)));
}

TEST(RandomKeys, AreAsManyAsAskedForAndWithinTheirBounds) {
  const auto out = run_program({{"--count", "200", "--min", "41", "--max", "43"}}).out;
  EXPECT_EQ(out, full_text({41, 42, 43}));
  EXPECT_EQ(run_program({{"--count", "1", "--min", "77", "--max", "77"}}).out, full_text({77}));
  EXPECT_EQ(run_program({{"--count", "0"}}).out, "");
}

TEST(RandomKeys, SpanAllKeys) {
  const auto result =
      run_program({{"--count", "40", "--min", "0", "--max", "18446744073709551615", "--mod", "1"}});
  const auto lines = lines_of(result.out);
  EXPECT_THAT(lines, SizeIs(40)) << result.err;
  EXPECT_THAT(lines, Each(testing::EndsWith(" mod 1 = 0")));
}

TEST(RandomKeys, DependOnTheSeedAlone) {
  const std::vector<std::string> request = {"-q", "-c", "60", "--max", "1000", "--seed", "2026"};
  const auto expected = run_program({request, without_mpirun}).out;
  EXPECT_THAT(expected, StartsWith("F("));
  for (const int ranks : launches) EXPECT_EQ(run_program({request, ranks}).out, expected) << ranks;
  EXPECT_NE(run_program({{"-q", "-c", "60", "--max", "1000", "--seed", "2027"}}).out, expected);
}

}  // namespace
}  // namespace fibo::test
