// SPDX-License-Identifier: MIT
#include "fibo/arithmetic/decimal_text_sum.hpp"

#include "support/gmp_integer.hpp"
#include "support/instruction_sets.hpp"

#include <random>
#include <string>

#include <gtest/gtest.h>

namespace fibo::test {
namespace {

class DecimalTextSum : public testing::TestWithParam<InstructionSet> {
 protected:
  void SetUp() override {
    if (!is_available(GetParam())) GTEST_SKIP() << "not on this machine, or not built";
  }

  static std::string sum_of(std::string sum, const std::string& addend) {
    sum += '#';
    decimal::add_text_routine(GetParam())(sum.data(), addend.data(), addend.size());
    EXPECT_EQ(sum.back(), '#');
    sum.pop_back();
    return sum;
  }

  /// The sum, without a carry out of the first digit.
  static std::string expected(const std::string& a, const std::string& b) {
    const std::string digits = (GmpInteger{a} + GmpInteger{b}).text();
    const std::string padded = std::string(a.size() + 1, '0') + digits;
    return padded.substr(padded.size() - a.size());
  }

  /// Digits with long runs of nines and zeros, or whose places add up to nine.
  static std::string random_digits(std::mt19937_64& random, std::size_t size, unsigned kind) {
    std::string digits(size, '0');
    for (char& digit : digits) {
      digit = static_cast<char>('0' + random() % 10);
      if (kind == 1 && random() % 8 != 0) digit = '9';
      if (kind == 2 && random() % 8 != 0) digit = '0';
    }
    return digits;
  }
};

TEST_P(DecimalTextSum, AgreesWithGmp) {
  std::mt19937_64 random{1};
  for (std::size_t chunks = 1; chunks <= 6; ++chunks) {
    for (unsigned i = 0; i < 900; ++i) {
      const std::size_t size = chunks * decimal::text_sum_digits;
      const std::string a = random_digits(random, size, i % 3);
      std::string b = random_digits(random, size, i / 3 % 3);
      ASSERT_EQ(sum_of(a, b), expected(a, b)) << a << '\n' << b;
      for (std::size_t k = 0; k < size; ++k) {
        if (i % 2 == 0 && random() % 16 != 0) b[k] = static_cast<char>('0' + '9' - a[k]);
      }
      ASSERT_EQ(sum_of(a, b), expected(a, b)) << a << '\n' << b;
    }
  }
}

TEST_P(DecimalTextSum, ACarryRunsThroughFromAnyPlaceToAnyOther) {
  const std::size_t size = 3 * decimal::text_sum_digits;
  for (std::size_t from = 0; from < size; ++from) {
    std::string one(size, '0');
    one[from] = '1';
    for (std::size_t to = 0; to <= from; ++to) {
      std::string nines(size, '0');
      std::fill(nines.begin() + static_cast<std::ptrdiff_t>(to),
                nines.begin() + static_cast<std::ptrdiff_t>(from) + 1, '9');
      std::string sum(size, '0');
      if (to > 0) sum[to - 1] = '1';
      ASSERT_EQ(sum_of(nines, one), sum) << from << ' ' << to;
    }
  }
}

TEST_P(DecimalTextSum, EveryPairOfDigitsInEveryPlaceWithAndWithoutACarry) {
  const std::size_t size = decimal::text_sum_digits;
  for (std::size_t place = 0; place < size; ++place) {
    for (char first = '0'; first <= '9'; ++first) {
      for (char second = '0'; second <= '9'; ++second) {
        for (const char below : {'4', '5'}) {
          std::string a(size, '0');
          std::string b(size, '0');
          a[place] = first;
          b[place] = second;
          if (place + 1 < size) a[place + 1] = b[place + 1] = below;
          ASSERT_EQ(sum_of(a, b), expected(a, b));
        }
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(EveryInstructionSet, DecimalTextSum,
                         testing::ValuesIn(every_instruction_set), set_name);

}  // namespace
}  // namespace fibo::test
