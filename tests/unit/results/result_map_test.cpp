// SPDX-License-Identifier: MIT
#include "fibo/results/result_map.hpp"

#include <cstddef>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace fibo {
namespace {

struct Text final : Output {
  void write(std::string_view bytes) override { text += bytes; }
  void commit() override { FAIL() << "the result map does not own the output"; }
  std::string text;
};

TEST(ResultMap, WritesEachResultOnceNoSmallerOneCanCome) {
  Text out;
  ResultMap map(FullDigits{}, Format::text, out);
  map.accept(3, std::string("2"));
  map.accept(1, std::string("1"));
  EXPECT_EQ(out.text, "");
  map.settled_below(3);
  EXPECT_EQ(out.text, "F(1) = 1\n");
  map.accept(4, std::string("3"));
  map.settled_below(5);
  EXPECT_EQ(out.text, "F(1) = 1\nF(3) = 2\nF(4) = 3\n");
}

TEST(ResultMap, KeepsAFewLinesForTheEndIfThatIsAsked) {
  Text out;
  ResultMap map(FullDigits{}, Format::text, out, nullptr, ResultMap::Pace::late);
  map.accept(1, std::string("1"));
  map.settled_below(2);
  EXPECT_EQ(out.text, "");
  map.accept(2, std::string(300'000, '1'));
  map.settled_below(3);
  EXPECT_EQ(out.text.size(), 9 + 300'008);
  map.accept(3, std::string("2"));
  map.settled_below(4);
  map.flush();
  EXPECT_TRUE(out.text.ends_with("1\nF(3) = 2\n"));
}

TEST(ResultMap, WritesTheLargestKeyWhenAllIsSettled) {
  constexpr Key max_key = std::numeric_limits<Key>::max();
  Text out;
  ResultMap map(Residue{2}, Format::csv, out);
  map.accept(max_key, std::uint64_t{0});
  map.settled_below(max_key);
  map.settled();
  EXPECT_EQ(out.text, "n,residue\n18446744073709551615,0\n");
}

class EarlierMap final : public EarlierValues {
 public:
  explicit EarlierMap(std::map<Key, Value> values) : values_(std::move(values)) {}

  std::optional<std::pair<Key, Value>> take_below(std::optional<Key> bound) override {
    if (values_.empty() || (bound && values_.begin()->first >= *bound)) return std::nullopt;
    const auto first = values_.extract(values_.begin());
    return std::pair(first.key(), first.mapped());
  }

 private:
  std::map<Key, Value> values_;
};

TEST(ResultMap, WritesEarlierValuesWhereTheyBelong) {
  EarlierMap earlier({{1, "1"}, {4, "3"}, {5, "5"}, {8, "21"}});
  Text out;
  ResultMap map(FullDigits{}, Format::text, out, &earlier);
  map.accept(7, std::string("13"));
  map.accept(3, std::string("2"));
  map.settled_below(5);
  EXPECT_EQ(out.text, "F(1) = 1\nF(3) = 2\nF(4) = 3\n");
  map.settled();
  EXPECT_EQ(out.text, "F(1) = 1\nF(3) = 2\nF(4) = 3\nF(5) = 5\nF(7) = 13\nF(8) = 21\n");
  EXPECT_EQ(map.keys(), 6U);
  EXPECT_EQ(map.earlier_keys(), 4U);
  EXPECT_EQ(map.digits(), 8U);
}

TEST(ResultMap, WritesEarlierValuesOfAnyLengthAsOthers) {
  const std::map<Key, Value> values{
      {1, "1"}, {2, std::string(200'000, '2')}, {3, std::string(70'000, '3')}, {5, "5"}};
  for (const Format format : {Format::text, Format::csv, Format::jsonl}) {
    EarlierMap earlier(values);
    Text earlier_out;
    ResultMap of_earlier(FullDigits{}, format, earlier_out, &earlier);
    of_earlier.accept(4, std::string("4"));
    of_earlier.settled();
    Text out;
    ResultMap map(FullDigits{}, format, out);
    for (const auto& [key, value] : values) map.accept(key, view_of(value));
    map.accept(4, std::string("4"));
    map.settled();
    EXPECT_TRUE(earlier_out.text == out.text) << static_cast<int>(format);
  }
}

// To an output that keeps nobody waiting, as a file on standard output.
TEST(ResultMap, WritesNoMoreEarlierValuesOnceTheRunIsInterrupted) {
  struct Endless final : EarlierValues {
    std::optional<std::pair<Key, Value>> take_below(std::optional<Key> /*bound*/) override {
      if (++taken == 1000) return std::nullopt;
      return std::pair(taken, Value(std::string(100'000, '1')));
    }
    Key taken = 0;
  } earlier;
  const auto out = open_output_file("/dev/null", [&] { return earlier.taken > 10; });
  ResultMap map(FullDigits{}, Format::text, *out, &earlier);
  map.settled();
  EXPECT_TRUE(out->cut_short());
  EXPECT_LT(map.earlier_keys(), 20U);
}

TEST(ResultMap, WritesTheHeaderAlsoWithoutResults) {
  Text out;
  ResultMap map(FullDigits{}, Format::csv, out);
  map.settled();
  EXPECT_EQ(out.text, "n,value\n");
}

TEST(ResultMap, WritesALongValueLikeAShortOne) {
  const std::string digits(3'000'000, '7');
  for (const Format format : {Format::text, Format::csv, Format::jsonl}) {
    Text out;
    ResultMap map(FullDigits{}, format, out);
    std::string expected(header(format, FullDigits{}));
    for (const Key key : {Key{1}, Key{2}}) {
      append_result(expected, format, FullDigits{}, key, digits);
      map.accept(key, digits);
    }
    map.settled();
    EXPECT_EQ(out.text, expected);
  }
}

TEST(ResultMap, MergesRunsOfKeysThatLieBetweenEachOther) {
  Text out;
  ResultMap map(Residue{100}, Format::csv, out);
  for (const Key first : {3U, 1U, 4U, 2U, 0U})
    for (Key key = first; key < 50; key += 5) map.accept(key, std::uint64_t{key});
  map.settled_below(23);
  std::string expected = "n,residue\n";
  for (Key key = 0; key < 50; ++key) {
    if (key == 23) {
      EXPECT_EQ(out.text, expected);
    }
    expected += std::to_string(key) + "," + std::to_string(key) + "\n";
  }
  map.settled();
  EXPECT_EQ(out.text, expected);
  EXPECT_EQ(map.held_bytes(), 0U);
}

TEST(ResultMap, WritesThePiecesOfTheNextValueAsTheyCome) {
  Text out;
  ResultMap map(FullDigits{}, Format::text, out);
  map.accept(3, "2");
  map.accept(8, "21");
  map.accept_part(7, 6, 0, "11");
  EXPECT_EQ(out.text, "");
  map.settled_below(7);
  EXPECT_EQ(out.text, "F(3) = 2\nF(7) = 11");
  map.accept_part(7, 6, 2, "22");
  EXPECT_EQ(out.text, "F(3) = 2\nF(7) = 1122");
  map.accept_part(7, 6, 4, "33");
  map.settled_below(8);
  EXPECT_EQ(out.text, "F(3) = 2\nF(7) = 112233\n");
  map.settled();
  EXPECT_EQ(out.text, "F(3) = 2\nF(7) = 112233\nF(8) = 21\n");
  EXPECT_EQ(map.held_bytes(), 0U);
  EXPECT_EQ(map.keys(), 3U);
  EXPECT_EQ(map.digits(), 9U);
}

TEST(ResultMap, TakesAValueThatBeginsAgain) {
  for (const bool is_next : {false, true}) {
    Text out;
    ResultMap map(FullDigits{}, Format::text, out);
    if (is_next) map.settled_below(7);
    map.accept_part(7, 6, 0, "111");
    map.accept_part(7, 6, 0, "11");
    map.accept_part(7, 6, 2, "12");
    map.accept_part(7, 6, 4, "34");
    EXPECT_EQ(out.text, is_next ? "F(7) = 111234" : "");
    map.settled();
    EXPECT_EQ(out.text, "F(7) = 111234\n");
    EXPECT_EQ(map.held_bytes(), 0U);
    EXPECT_EQ(map.keys(), 1U);
  }
}

TEST(ResultMap, LeavesOutAValueWhoseRestNeverComes) {
  Text out;
  ResultMap map(FullDigits{}, Format::text, out);
  map.accept(3, std::string("2"));
  map.accept_part(7, 6, 0, "11");
  map.accept(8, std::string("21"));
  map.settled_below(4);
  map.settled();
  EXPECT_EQ(out.text, "F(3) = 2\nF(8) = 21\n");
  EXPECT_EQ(map.keys(), 2U);
  EXPECT_EQ(map.held_bytes(), 0U);
}

TEST(ResultMap, WritesNothingAfterAValueThatIsBrokenOff) {
  Text out;
  ResultMap map(FullDigits{}, Format::text, out);
  map.settled_below(7);
  map.accept_part(7, 6, 0, "11");
  map.accept(8, std::string("21"));
  map.settled();
  EXPECT_EQ(out.text, "F(7) = 11");
  EXPECT_EQ(map.held_bytes(), 0U);
}

TEST(ResultMap, LeavesLongDigitsInTheirMessageUntilTheyAreWritten) {
  for (const Format format : {Format::text, Format::csv, Format::jsonl}) {
    Text out;
    ResultMap map(FullDigits{}, format, out);
    std::string expected(header(format, FullDigits{}));
    // Each message holds three values, all of one length; the last message comes first.
    constexpr std::size_t digit_count = 2000;
    std::vector<SharedBytes> messages;
    for (const char digit : {'1', '2', '3'}) {
      messages.push_back(std::make_shared<const Bytes>(3 * digit_count, digit));
      for (const Key key : {Key{0}, Key{1}, Key{2}})
        append_result(expected, format, FullDigits{}, 3 * messages.size() + key,
                      std::string(digit_count, digit));
    }
    const auto take = [&](std::size_t number) {
      const SharedBytes& message = messages[number - 1];
      for (const Key key : {Key{0}, Key{1}, Key{2}})
        map.accept_in(message, 3 * number + key,
                      std::string_view(message->data() + key * digit_count, digit_count));
    };
    take(3);
    take(1);
    EXPECT_EQ(messages[0].use_count(), 2);
    EXPECT_GE(map.held_bytes(), 6 * 3 * digit_count / 3);
    // In the midst of a message.
    map.settled_below(5);
    EXPECT_EQ(messages[0].use_count(), 2);
    EXPECT_EQ(out.text, expected.substr(0, out.text.size()));
    take(2);
    map.settled_below(9);
    EXPECT_EQ(messages[0].use_count(), 1);
    EXPECT_EQ(messages[2].use_count(), 2);
    map.settled();
    EXPECT_EQ(out.text, expected);
    EXPECT_EQ(messages[2].use_count(), 1);
    EXPECT_EQ(map.held_bytes(), 0U);
    EXPECT_EQ(map.keys(), 9U);
    EXPECT_EQ(map.digits(), 9 * digit_count);
  }
}

TEST(ResultMap, CountsWhatItHoldsAndWhatItHad) {
  Text out;
  ResultMap map(FullDigits{}, Format::text, out);
  EXPECT_EQ(map.held_bytes(), 0U);
  map.accept(2, std::string(1000, '7'));
  EXPECT_GE(map.held_bytes(), 1000U);
  EXPECT_LT(map.held_bytes(), 2500U);
  map.accept(7, std::string("13"));
  map.settled();
  EXPECT_EQ(map.held_bytes(), 0U);
  EXPECT_EQ(map.keys(), 2U);
  EXPECT_EQ(map.digits(), 1002U);
}

}  // namespace
}  // namespace fibo
