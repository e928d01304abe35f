// SPDX-License-Identifier: MIT
#include "fibo/results/format.hpp"

#include <limits>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace fibo {
namespace {

std::string line(Format format, const Quantity& quantity, std::uint64_t n, const Value& value) {
  std::string out;
  append_result(out, format, quantity, n, view_of(value));
  return out;
}

TEST(Format, WritesFullValues) {
  const Value value = std::string("55");
  EXPECT_EQ(line(Format::text, FullDigits{}, 10, value), "F(10) = 55\n");
  EXPECT_EQ(line(Format::csv, FullDigits{}, 10, value), "10,55\n");
  EXPECT_EQ(line(Format::jsonl, FullDigits{}, 10, value), "{\"n\":10,\"value\":\"55\"}\n");
}

TEST(Format, WritesTheEndsOfLongValues) {
  const Value value = Ends{209, "43466", "28875"};
  EXPECT_EQ(line(Format::text, EndDigits{5}, 1000, value),
            "F(1000) = 43466...28875 (209 digits)\n");
  EXPECT_EQ(line(Format::csv, EndDigits{5}, 1000, value), "1000,209,43466,28875\n");
  EXPECT_EQ(line(Format::jsonl, EndDigits{5}, 1000, value),
            "{\"n\":1000,\"digits\":209,\"leading\":\"43466\",\"trailing\":\"28875\"}\n");
}

TEST(Format, WritesShortValuesInFullInsteadOfTheirEnds) {
  const Value value = Ends{2, "55", ""};
  EXPECT_EQ(line(Format::text, EndDigits{5}, 10, value), "F(10) = 55 (2 digits)\n");
  EXPECT_EQ(line(Format::text, EndDigits{5}, 5, Ends{1, "5", ""}), "F(5) = 5 (1 digit)\n");
  EXPECT_EQ(line(Format::csv, EndDigits{5}, 10, value), "10,2,55,\n");
  EXPECT_EQ(line(Format::jsonl, EndDigits{5}, 10, value),
            "{\"n\":10,\"digits\":2,\"value\":\"55\"}\n");
}

TEST(Format, WritesResidues) {
  const Value value = std::uint64_t{6};
  EXPECT_EQ(line(Format::text, Residue{7}, 10, value), "F(10) mod 7 = 6\n");
  EXPECT_EQ(line(Format::csv, Residue{7}, 10, value), "10,6\n");
  EXPECT_EQ(line(Format::jsonl, Residue{7}, 10, value), "{\"n\":10,\"residue\":\"6\"}\n");
}

TEST(Format, WritesJsonThatAParserReads) {
  using nlohmann::json;
  EXPECT_EQ(json::parse(line(Format::jsonl, FullDigits{}, 10, std::string("55"))),
            json({{"n", 10}, {"value", "55"}}));
  EXPECT_EQ(json::parse(line(Format::jsonl, EndDigits{2}, 1000, Ends{209, "43", "75"})),
            json({{"n", 1000}, {"digits", 209}, {"leading", "43"}, {"trailing", "75"}}));
  EXPECT_EQ(json::parse(line(Format::jsonl, EndDigits{2}, 10, Ends{2, "55", ""})),
            json({{"n", 10}, {"digits", 2}, {"value", "55"}}));
  constexpr std::uint64_t max_n = std::numeric_limits<std::uint64_t>::max();
  EXPECT_EQ(json::parse(line(Format::jsonl, Residue{7}, max_n, std::uint64_t{6})),
            json({{"n", max_n}, {"residue", "6"}}));
}

TEST(Format, HasAHeaderInCsvAlone) {
  EXPECT_EQ(header(Format::csv, FullDigits{}), "n,value\n");
  EXPECT_EQ(header(Format::csv, EndDigits{5}), "n,digits,leading,trailing\n");
  EXPECT_EQ(header(Format::csv, Residue{7}), "n,residue\n");
  for (const Format format : {Format::text, Format::jsonl})
    EXPECT_EQ(header(format, FullDigits{}), "");
}

}  // namespace
}  // namespace fibo
