// SPDX-License-Identifier: MIT
#include "cli/program.hpp"
#include "support/gmp_integer.hpp"

#include <cstdint>
#include <functional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// Every quantity in every format, against values of an independent kind, byte by byte for every
// number of ranks.

namespace fibo::test {
namespace {

using testing::HasSubstr;

constexpr std::size_t last_key = 400;
constexpr std::size_t digit_count = 12;
constexpr std::uint64_t modulus = 1'000'003;

std::uint64_t fibonacci_mod(std::size_t n, std::uint64_t m) {
  std::uint64_t current = 0;
  std::uint64_t next = 1 % m;
  for (; n > 0; --n) current = std::exchange(next, (current + next) % m);
  return current;
}

/// A format of a quantity: its option, its first line and the line for key n and its value.
struct Layout {
  std::string name;
  std::vector<std::string> options;
  std::string header;
  std::function<std::string(const std::string& n, const std::string& value)> line;

  friend std::ostream& operator<<(std::ostream& out, const Layout& layout) {
    return out << layout.name;
  }
};

std::string residue(const std::string& n) {
  return std::to_string(fibonacci_mod(std::stoull(n), modulus));
}

bool given_in_full(const std::string& value) {
  return value.size() <= 2 * digit_count;
}

std::string leading(const std::string& value) {
  return value.substr(0, digit_count);
}

std::string trailing(const std::string& value) {
  return value.substr(value.size() - digit_count);
}

std::string count_of_digits(const std::string& value) {
  return std::to_string(value.size());
}

const std::vector<Layout> layouts = {
    {"FullText", {}, "", [](auto& n, auto& value) { return "F(" + n + ") = " + value; }},
    {"FullCsv",
     {"--format", "csv"},
     "n,value\n",
     [](auto& n, auto& value) { return n + "," + value; }},
    {"FullJsonl",
     {"--format", "jsonl", "--digits", "all"},
     "",
     [](auto& n, auto& value) { return R"({"n":)" + n + R"(,"value":")" + value + R"("})"; }},
    {"DigitsText",
     {"--digits", std::to_string(digit_count), "--format", "text"},
     "",
     [](auto& n, auto& value) {
       const std::string shown =
           given_in_full(value) ? value : leading(value) + "..." + trailing(value);
       return "F(" + n + ") = " + shown + " (" + count_of_digits(value) +
              (value.size() == 1 ? " digit)" : " digits)");
     }},
    {"DigitsCsv",
     {"--digits", std::to_string(digit_count), "--format", "csv"},
     "n,digits,leading,trailing\n",
     [](auto& n, auto& value) {
       return n + "," + count_of_digits(value) + "," +
              (given_in_full(value) ? value + "," : leading(value) + "," + trailing(value));
     }},
    {"DigitsJsonl",
     {"--digits", std::to_string(digit_count), "--format", "jsonl"},
     "",
     [](auto& n, auto& value) {
       const std::string ends = given_in_full(value) ? R"("value":")" + value
                                                     : R"("leading":")" + leading(value) +
                                                           R"(","trailing":")" + trailing(value);
       return R"({"n":)" + n + R"(,"digits":)" + count_of_digits(value) + "," + ends + R"("})";
     }},
    {"ModText",
     {"--mod", std::to_string(modulus)},
     "",
     [](auto& n, auto&) {
       return "F(" + n + ") mod " + std::to_string(modulus) + " = " + residue(n);
     }},
    {"ModCsv",
     {"--mod", std::to_string(modulus), "--format", "csv"},
     "n,residue\n",
     [](auto& n, auto&) { return n + "," + residue(n); }},
    {"ModJsonl",
     {"--mod", std::to_string(modulus), "--format", "jsonl"},
     "",
     [](auto& n, auto&) { return R"({"n":)" + n + R"(,"residue":")" + residue(n) + R"("})"; }},
};

class LayoutTest : public testing::TestWithParam<Layout> {};

TEST_P(LayoutTest, IsTheSameForEveryNumberOfRanks) {
  const auto& layout = GetParam();
  std::string expected = layout.header;
  const auto values = fibonacci_by_addition(last_key);
  for (std::size_t n = 0; n <= last_key; ++n) {
    expected += layout.line(std::to_string(n), values[n]) + "\n";
  }

  std::vector<std::string> arguments = {"-q", "0.." + std::to_string(last_key)};
  arguments.insert(arguments.end(), layout.options.begin(), layout.options.end());
  for (const int ranks : launches) {
    const auto result = run_program({arguments, ranks});
    EXPECT_EQ(result.exit_code, 0) << ranks;
    EXPECT_EQ(result.out, expected) << ranks;
    EXPECT_EQ(result.err, "") << ranks;
  }
}

INSTANTIATE_TEST_SUITE_P(Contract, LayoutTest, testing::ValuesIn(layouts),
                         [](const auto& test) { return test.param.name; });

TEST(Values, OfAMillionDigitsArriveWhole) {
  // Two large ones among small ones, so that they come back out of order.
  const std::vector<unsigned long> keys = {9, 10, 999'999, 5'000'000};
  std::string expected;
  for (const auto key : keys) {
    expected += "F(" + std::to_string(key) + ") = " + fibonacci_by_gmp(key) + "\n";
  }
  for (const int ranks : launches) {
    const auto result = run_program({{"5000000", "999999", "9..10"}, ranks});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_TRUE(result.out == expected) << ranks;  // not EXPECT_EQ, which would print them
  }
}

TEST(Values, OfHugeKeysHaveTheirDigitsAtBothEnds) {
  // n log10(phi) - log10(sqrt 5) to 60 digits, and F(n) modulo 10^10, by Python's decimal and int.
  EXPECT_EQ(run_program({{"1000000000000000000", "--digits", "10"}}).out,
            "F(1000000000000000000) = 2628978818...9560546875 (208987640249978734 digits)\n");
  EXPECT_THAT(run_program({{"18446744073709551615", "--digits", "3"}}).out,
              HasSubstr("(3855141514259838963 digits)"));
}

TEST(Values, OfTheLargestKeyHaveResidues) {
  // By fast doubling in Python.
  EXPECT_EQ(run_program({{"18446744073709551615", "--mod", "18446744073709551615"}}).out,
            "F(18446744073709551615) mod 18446744073709551615 = 4093298358055684510\n");
}

TEST(Values, AreGivenInFullUpToTwiceTheDigitsAskedFor) {
  // F(44) and F(45), of 9 and 10 digits, and F(49), of 10, F(50), of 11.
  EXPECT_EQ(run_program({{"44", "45", "49", "50", "--digits", "5"}}).out,
            "F(44) = 701408733 (9 digits)\n"
            "F(45) = 1134903170 (10 digits)\n"
            "F(49) = 7778742049 (10 digits)\n"
            "F(50) = 12586...69025 (11 digits)\n");
}

}  // namespace
}  // namespace fibo::test
