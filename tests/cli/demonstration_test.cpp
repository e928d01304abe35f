// SPDX-License-Identifier: MIT
#include "cli/program.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// The run without arguments, and what else goes to stderr.

namespace fibo::test {
namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::Each;
using testing::ElementsAreArray;
using testing::Ge;
using testing::HasSubstr;
using testing::Le;
using testing::Not;
using testing::SizeIs;
using testing::UnorderedElementsAreArray;

/// The numbers in the first group of every line that `pattern` matches as a whole.
std::vector<std::size_t> numbers_in(const std::string& text, const std::string& pattern) {
  std::vector<std::size_t> numbers;
  const std::regex expression(pattern);
  for (const auto& line : lines_of(text)) {
    std::smatch match;
    if (std::regex_match(line, match, expression)) numbers.push_back(std::stoull(match[1]));
  }
  return numbers;
}

std::vector<std::size_t> producer_lines(const std::string& err) {
  return numbers_in(err, R"(Producer \[rank 0@[^\]@ ]+\] putting value \[(\d+)\] into queue\.\.)");
}

std::vector<std::size_t> consumer_lines(const std::string& err) {
  return numbers_in(err,
                    R"(consumer \[rank \d+@[^\]@ ]+\] getting value \[(\d+)\] from queue\.\.\.)");
}

std::vector<std::size_t> consumer_ranks(const std::string& err) {
  return numbers_in(err, R"(consumer \[rank (\d+)@[^\]@ ]+\] getting value .*)");
}

std::vector<std::size_t> keys_of_results(const std::string& out) {
  return numbers_in(out, R"(F\((\d+)\) = \d+)");
}

std::optional<std::string> seed_in(const std::string& err) {
  std::smatch match;
  if (!std::regex_search(err, match, std::regex(R"(\bseed (\d+)\b)"))) return std::nullopt;
  return match[1];
}

TEST(Demonstration, ShowsEveryKeyPutAndGotAndThenTheMap) {
  const auto result = run_program({{}});
  ASSERT_EQ(result.exit_code, 0) << result.err;

  const auto keys = keys_of_results(result.out);
  EXPECT_EQ(result.out, full_text(keys));
  EXPECT_THAT(keys, AllOf(SizeIs(Le(15U)), SizeIs(Ge(2U)), Each(Ge(1U)), Each(Le(20U))));
  EXPECT_TRUE(std::ranges::is_sorted(keys, std::less_equal{})) << result.out;
  EXPECT_THAT(producer_lines(result.err), UnorderedElementsAreArray(keys)) << result.err;
  EXPECT_THAT(consumer_lines(result.err), UnorderedElementsAreArray(keys)) << result.err;
  EXPECT_THAT(consumer_ranks(result.err), Each(Le(1U))) << result.err;
  EXPECT_THAT(result.err, HasSubstr("15 keys"));
}

TEST(Demonstration, ShowsTheMapAfterAllKeysWhereBothGoToOnePlace) {
  // Residues come in several messages, and their lines fit into what is kept for the end.
  const auto both =
      run_in_shell(R"("$@" 2>&1)", {{"-v", "--mod", "7", "1..9999"}, without_mpirun}).out;
  const std::size_t last_key = both.rfind("consumer [");
  const std::size_t first_result = both.find("\nF(1) mod 7 = 1\n");
  ASSERT_NE(first_result, std::string::npos) << both.substr(0, 1000);
  EXPECT_LT(last_key, first_result);
}

TEST(Demonstration, DrawsOtherKeysEachTime) {
  const auto one = seed_in(run_program({{}, without_mpirun}).err);
  const auto other = seed_in(run_program({{}, without_mpirun}).err);
  ASSERT_TRUE(one && other);
  EXPECT_NE(*one, *other);
}

TEST(Demonstration, IsRepeatedByItsSeedOnAnyNumberOfRanks) {
  const auto first = run_program({{}, 3});
  const auto seed = seed_in(first.err);
  ASSERT_TRUE(seed.has_value()) << first.err;
  for (const int ranks : launches) {
    const auto again = run_program({{"--verbose", "--seed", *seed}, ranks});
    EXPECT_EQ(again.out, first.out) << ranks;
    EXPECT_EQ(seed_in(again.err), seed) << ranks;
    EXPECT_THAT(producer_lines(again.err), ElementsAreArray(producer_lines(first.err))) << ranks;
  }
}

TEST(Diagnostics, TheSummaryCountsAndTimesTheRun) {
  const auto err = run_program({{"1..10", "5", "12"}, 2}).err;
  for (const auto* phrase :
       {"12 keys", "11 distinct", "17 digits", " s", "keys/s", "2 ranks", "1 host", "busy"}) {
    EXPECT_THAT(err, HasSubstr(phrase));
  }
  EXPECT_THAT(lines_of(err), SizeIs(1));
  EXPECT_THAT(err, Not(ContainsRegex("[Pp]roducer|consumer|seed")));
}

TEST(Diagnostics, VerboseShowsEveryKeyOfAnyRun) {
  const auto result = run_program({{"-v", "30..40", "7"}, 3});
  const auto keys = keys_of_results(result.out);
  EXPECT_THAT(keys, SizeIs(12));
  EXPECT_THAT(producer_lines(result.err), UnorderedElementsAreArray(keys));
  EXPECT_THAT(consumer_lines(result.err), UnorderedElementsAreArray(keys));
  EXPECT_THAT(consumer_ranks(result.err), Each(Le(2U)));
}

TEST(Diagnostics, EachSeedIsReportedAlsoWithoutTheDemonstration) {
  EXPECT_TRUE(seed_in(run_program({{"--count", "3"}}).err));
  EXPECT_EQ(seed_in(run_program({{"--seed", "0"}}).err), "0");
}

TEST(Diagnostics, QuietLeavesErrorsAlone) {
  EXPECT_EQ(run_program({{"-q"}}).err, "");
  EXPECT_EQ(run_program({{"--quiet", "10"}}).err, "");
  EXPECT_THAT(run_program({{"--quiet", "ten"}}).err, HasSubstr("'ten'"));
}

}  // namespace
}  // namespace fibo::test
