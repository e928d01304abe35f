// SPDX-License-Identifier: MIT
#include "cli/program.hpp"
#include "support/sanitizers.hpp"
#include "support/temp_folder.hpp"

#include <algorithm>
#include <ostream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// Every request that cannot be meant ends with exit code 2 and one line on stderr, from rank 0,
// that names the argument or the line, says what is wrong and then what to do; nothing is on
// stdout, and nothing is written.

namespace fibo::test {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::StartsWith;

struct BadRequest {
  std::string name;
  std::vector<std::string> arguments;
  std::string place;                 // what the message names first
  std::vector<std::string> phrases;  // what else it says
  std::string input{};

  friend std::ostream& operator<<(std::ostream& out, const BadRequest& request) {
    return out << request.name;
  }
};

const std::string key_form =
    "a key is an integer from 0 to 18446744073709551615 or a range A..B or A..B..STEP";

const std::vector<BadRequest> bad_requests = {
    {"UnknownLongOption", {"--frobnicate", "10"}, "--frobnicate", {"--help"}, ""},
    {"UnknownShortOption", {"-z"}, "-z", {"--help"}, ""},
    {"MisspeltOption", {"--digit", "5", "100"}, "--digit", {"did you mean --digits?"}, ""},
    {"MisspeltOptionWithItsValue", {"--outptu=x", "10"}, "--outptu=x", {"--output?"}, ""},
    {"LongOptionWithOneDash", {"-output", "5"}, "-output", {"did you mean --output?"}, ""},
    {"RanksGivenToTheProgram", {"-np", "4", "10"}, "-np", {"mpirun -np RANKS fibo_mpi"}, ""},
    {"OptionOfAnotherProgram", {"--threads", "4", "10"}, "--threads", {"--help"}, ""},
    {"QuietAndVerbose", {"10", "-q", "-v"}, "--verbose", {"--quiet"}, ""},
    {"ProgressAndVerbose", {"-v", "--progress", "always"}, "--progress", {"--verbose"}, ""},
    {"UnknownProgress", {"10", "--progress", "yes"}, "--progress", {"'yes'", "always"}, ""},
    {"UnknownColor", {"10", "--color", "red"}, "--color", {"'red'", "never"}, ""},
    {"OptionWithoutItsValue", {"--count"}, "--count", {}, ""},
    {"OptionGivenTwice", {"--count", "3", "--count", "4"}, "--count", {}, ""},

    {"NegativeKey", {"-5"}, "KEYS", {"'-5'", key_form}, ""},
    {"NegativeKeyAfterTheOptions", {"--", "-5"}, "KEYS", {"'-5'", key_form}, ""},
    {"FractionalKey", {"1.5"}, "KEYS", {"'1.5'", key_form}, ""},
    {"HexadecimalKey", {"0x10"}, "KEYS", {"'0x10'", key_form}, ""},
    {"ExponentialKey", {"1e3"}, "KEYS", {"'1e3'", key_form}, ""},
    {"KeyWithASign", {"+5"}, "KEYS", {"'+5'", key_form}, ""},
    {"KeyWithASpace", {"1 2"}, "KEYS", {"'1 2'", key_form, "without the quotes"}, ""},
    {"WordForAKey", {"10", "ten", "20"}, "KEYS", {"'ten'", key_form}, ""},
    {"EmptyKey", {""}, "KEYS", {"''", key_form}, ""},
    {"RangeWithAHyphen", {"1-100"}, "KEYS", {"'1-100'", key_form, "perhaps 1..100"}, ""},
    {"RangeWithAColon", {"1:100"}, "KEYS", {"'1:100'", key_form, "perhaps 1..100"}, ""},
    {"KeyWithCommas", {"1,000"}, "KEYS", {"'1,000'", key_form, "perhaps 1000"}, ""},
    {"KeysWithCommas", {"1,2,3"}, "KEYS", {"'1,2,3'", key_form, "perhaps 1 2 3"}, ""},
    {"PowerForAKey", {"10^6"}, "KEYS", {"'10^6'", key_form, "perhaps 1000000"}, ""},
    {"FileForAKey", {"keys.txt"}, "KEYS", {"'keys.txt'", key_form, "--keys-file keys.txt"}, ""},
    {"WordForAnOption", {"help"}, "KEYS", {"'help'", key_form, "perhaps --help"}, ""},
    {"KeyOf2To64",
     {"18446744073709551616"},
     "KEYS",
     {"'18446744073709551616'", "large", key_form},
     ""},

    {"ReversedRange", {"9..3"}, "KEYS", {"'9..3'", "3..9"}, ""},
    {"ReversedRangeWithAStep", {"9..3..2"}, "KEYS", {"'9..3..2'", "3..9..2"}, ""},
    {"RangeWithStepZero", {"1..9..0"}, "KEYS", {"'1..9..0'", "step"}, ""},
    {"RangeWithANegativeStep", {"1..9..-1"}, "KEYS", {"'1..9..-1'", key_form}, ""},
    {"RangeWithoutAnEnd", {"1.."}, "KEYS", {"'1..'", key_form}, ""},
    {"RangeWithoutABegin", {"..9"}, "KEYS", {"'..9'", key_form}, ""},
    {"RangeWithFourParts", {"1..9..2..3"}, "KEYS", {"'1..9..2..3'", key_form}, ""},
    {"RangeWithThreeDots", {"1...9"}, "KEYS", {"'1...9'", key_form}, ""},
    {"RangeToKeyOf2To64",
     {"1..18446744073709551616"},
     "KEYS",
     {"18446744073709551616", key_form},
     ""},

    {"KeysAndACount", {"10", "--count", "3"}, "--count", {"KEYS"}, ""},
    {"KeysAndAMin", {"10", "--min", "3"}, "--min", {"KEYS"}, ""},
    {"KeysAndAMax", {"10", "--max", "3"}, "--max", {"KEYS"}, ""},
    {"KeysAndASeed", {"10", "--seed", "3"}, "--seed", {"KEYS"}, ""},
    {"KeysFileAndASeed", {"--keys-file", "good.txt", "-s", "3"}, "--seed", {"--keys-file"}, ""},
    {"MinOverMax", {"--min", "9", "--max", "3"}, "--min", {"9", "3"}, ""},
    {"MinOverTheDefaultMax", {"--min", "30"}, "--min", {"30", "20", "--max"}, ""},

    {"CountThatIsAWord", {"--count", "many"}, "--count", {"'many'", "integer"}, ""},
    {"NegativeCount", {"--count", "-1"}, "--count", {"'-1'", "integer"}, ""},
    {"FractionalCount", {"--count", "1.5"}, "--count", {"'1.5'", "integer"}, ""},
    {"CountOf2To64", {"--count", "18446744073709551616"}, "--count", {"18446744073709551615"}, ""},
    {"MinThatIsAWord", {"--min", "few"}, "--min", {"'few'", "integer"}, ""},
    {"MaxThatIsAWord", {"--max", "all"}, "--max", {"'all'", "integer"}, ""},
    {"SeedThatIsAWord", {"--seed", "apple"}, "--seed", {"'apple'", "integer"}, ""},

    {"MissingKeysFile",
     {"--keys-file", "nowhere.txt"},
     "--keys-file",
     {"nowhere.txt", "No such file"},
     ""},
    {"KeysFileThatIsAFolder",
     {"--keys-file", "folder"},
     "--keys-file",
     {"folder", "directory"},
     ""},
    {"KeysFileThatCannotBeRead",
     {"--keys-file", "/proc/self/mem"},
     "--keys-file",
     {"/proc/self/mem", "Input/output error"},
     ""},
    {"WordInAKeysFile", {"--keys-file", "word.txt"}, "word.txt:4", {"'twelve'", key_form}, ""},
    {"NegativeKeyInAKeysFile",
     {"--keys-file", "negative.txt"},
     "negative.txt:1",
     {"'-5'", key_form},
     ""},
    {"TwoKeysOnALine", {"--keys-file", "pair.txt"}, "pair.txt:2", {"'1 2'", key_form}, ""},
    {"ReversedRangeInAFileOfWindows",
     {"--keys-file", "windows.txt"},
     "windows.txt:3",
     {"'9..3'", "3..9"},
     ""},
    {"BadLineInTheSecondFile",
     {"--keys-file", "good.txt", "--keys-file", "word.txt"},
     "word.txt:4",
     {"'twelve'"},
     ""},
    {"RangeWithAHyphenInAKeysFile",
     {"--keys-file", "-"},
     "stdin:1",
     {"'1-100'", key_form, "perhaps 1..100"},
     "1-100\n"},
    {"KeysFileOfWindowsInUtf16",
     {"--keys-file", "-"},
     "stdin:1",
     {"not a text file", "UTF-16"},
     std::string("\xff\xfe\x31\0\n\0", 6)},
    {"ProgramForAKeysFile", {"--keys-file", "/bin/ls"}, "/bin/ls:1", {"not a text file"}, ""},
    {"BadLineOnStdin", {"--keys-file", "-"}, "stdin:2", {"'x'", key_form}, "10\nx\n"},

    {"FormatOfAnotherName", {"10", "--format", "json"}, "--format", {"'json'", "jsonl"}, ""},
    {"FormatInCapitals", {"10", "--format", "CSV"}, "--format", {"'CSV'", "csv"}, ""},
    {"StoreThatIsAFolder", {"10", "--store", "folder"}, "--store", {"folder"}, ""},
    {"StoreThatIsATextFile", {"10", "--store", "good.txt"}, "--store", {"good.txt", "store"}, ""},
    {"MemoryInOtherUnits", {"10", "--memory", "8 GB"}, "--memory", {"'8 GB'", "512M or 8G"}, ""},
    {"MemoryOfAFewBytes", {"10", "--memory", "8"}, "--memory", {"give more"}, ""},
    {"UnknownFormat", {"10", "--format", "xml"}, "--format", {"'xml'", "text, csv or jsonl"}, ""},
    {"OutputInAFolderThatIsNotThere",
     {"10", "--output", "nowhere/out.txt"},
     "--output",
     {"nowhere/out.txt", "No such file"},
     ""},
    {"OutputInAFolderThatTakesNoFiles",
     {"10", "--output", "/proc/out.txt"},
     "--output",
     {"/proc/out.txt", "a folder that can be written"},
     ""},
    {"OutputWithoutAName", {"10", "--output", ""}, "--output", {"name is empty"}, ""},
    {"OutputThatIsAFolder", {"10", "--output", "folder"}, "--output", {"folder", "directory"}, ""},
    {"OutputAndABadKey", {"ten", "--output", "out.txt"}, "KEYS", {"'ten'"}, ""},

    {"NoDigits", {"10", "--digits", "0"}, "--digits", {"'0'", "all"}, ""},
    {"NegativeDigits", {"10", "--digits", "-3"}, "--digits", {"'-3'", "all"}, ""},
    {"DigitsThatAreAWord", {"10", "--digits", "some"}, "--digits", {"'some'", "all"}, ""},
    {"ModZero", {"10", "--mod", "0"}, "--mod", {"'0'", "1"}, ""},
    {"NegativeMod", {"10", "--mod", "-7"}, "--mod", {"'-7'"}, ""},
    {"Mod2To64", {"10", "--mod", "18446744073709551616"}, "--mod", {"18446744073709551615"}, ""},
    {"DigitsAndMod", {"10", "--digits", "5", "--mod", "7"}, "--mod", {"--digits"}, ""},

    {"ValuePastMemory",
     {"1000000000000000000"},
     "KEYS",
     {"1000000000000000000", "bytes", "--digits K"},
     ""},
    {"RangePastMemory",
     {"1..18446744073709551615"},
     "KEYS",
     {"takes at least 9,223,372,036,854,775,808 bytes", "--digits K"},
     ""},
    {"RandomKeysPastMemory",
     {"--max", "18446744073709551615"},
     "--max",
     {"bytes", "--digits K"},
     ""},
    {"KeysFilePastMemory",
     {"--keys-file", "-"},
     "--keys-file",
     {"bytes", "--digits K"},
     "5\n1000000000000000000\n"},
};

class BadRequestTest : public testing::TestWithParam<BadRequest> {
 protected:
  BadRequestTest() {
    std::filesystem::create_directory(folder_.path() / "folder");
    folder_.write("good.txt", "10\n");
    folder_.write("word.txt", "# keys\n10\n\ntwelve\n");
    folder_.write("negative.txt", "-5\n");
    folder_.write("pair.txt", "7\n1 2\n");
    folder_.write("windows.txt",
                  "\xEF\xBB\xBF"
                  "1\r\n\r\n9..3\r\n");
  }

  /// Runs the request; says whether it was refused as it should be.
  void expect_refusal(int ranks) const {
    const auto& request = GetParam();
    const auto before = folder_.names();
    const auto result = run_program({request.arguments, ranks, request.input, folder_.path()});

    EXPECT_EQ(result.exit_code, 2);
    EXPECT_EQ(result.out, "");
    EXPECT_EQ(std::ranges::count(result.err, '\n'), 1) << result.err;
    EXPECT_THAT(result.err, StartsWith("fibo_mpi: " + request.place + ": "));
    EXPECT_THAT(result.err, ContainsRegex(": [^;]+; [^;]+\n$"));
    for (const auto& phrase : request.phrases) EXPECT_THAT(result.err, HasSubstr(phrase));
    EXPECT_EQ(folder_.names(), before);
  }

  TempFolder folder_;
};

TEST_P(BadRequestTest, IsRefusedWithOneMessage) {
  expect_refusal(2);
}

INSTANTIATE_TEST_SUITE_P(Contract, BadRequestTest, testing::ValuesIn(bad_requests),
                         [](const auto& test) { return test.param.name; });

// With other numbers of ranks the way to the exit is another one, the same for all that is refused.
class RefusalTest : public testing::TestWithParam<int> {};

TEST_P(RefusalTest, IsTheSameForEveryNumberOfRanks) {
  const auto result = run_program({{"10", "ten"}, GetParam()});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(result.err, "fibo_mpi: KEYS: 'ten' is not a key; " + key_form + "\n");
}

INSTANTIATE_TEST_SUITE_P(Ranks, RefusalTest, testing::Values(without_mpirun, 1, 3, 8),
                         testing::PrintToStringParamName());

// The memory there is: what the shell lets the program map, less what it has mapped already.
TEST(MemoryLimit, IsNamedInTheRefusal) {
  if (with_sanitizers) GTEST_SKIP() << "sanitizers reserve terabytes";
  const auto result =
      run_in_shell(R"(ulimit -v 2000000; exec "$@")", {{"10000000000"}, without_mpirun});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, ContainsRegex("there are 1,[0-9]{3},[0-9]{3},[0-9]{3} bytes"));
}

}  // namespace
}  // namespace fibo::test
