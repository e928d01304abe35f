// SPDX-License-Identifier: MIT
#include "fibo/arithmetic/decimal_text.hpp"

#include "support/decimal_oracle.hpp"
#include "support/instruction_sets.hpp"

#include <string>

#include <gtest/gtest.h>

namespace fibo::test {
namespace {

using decimal::Limb;

class DecimalText : public testing::TestWithParam<InstructionSet> {
 protected:
  void SetUp() override {
    if (!is_available(GetParam())) GTEST_SKIP() << "not on this machine, or not built";
  }

  static std::string text_of(const Limbs& limbs) {
    std::string text(limbs.size() * decimal::digits_per_limb + 1, '#');
    decimal::to_text_routine(GetParam())(limbs.data(), limbs.size(), text.data());
    EXPECT_EQ(text.back(), '#');
    text.pop_back();
    return text;
  }

  static std::string padded(Limb limb) {
    const std::string digits = std::to_string(limb);
    return std::string(decimal::digits_per_limb - digits.size(), '0') + digits;
  }
};

TEST_P(DecimalText, WritesEveryFieldOfALimbExactly) {
  // Each of the 2 + 8 + 8 digits is cut by reciprocals: try all values of a field's upper and lower
  // four digits, next to others at their extremes.
  for (Limb part = 0; part < 10'000; ++part) {
    for (const Limb rest : {Limb{0}, Limb{9'999}}) {
      const Limb eight_high = part * 10'000 + rest;
      const Limb eight_low = rest * 10'000 + part;
      const Limb a = part % 100 * 10'000'000'000'000'000 + eight_high * 100'000'000 + eight_low;
      const Limb b = eight_low * 100'000'000 + eight_high;
      ASSERT_EQ(text_of({a}), padded(a));
      ASSERT_EQ(text_of({a, b}), padded(b) + padded(a));
    }
  }
}

TEST_P(DecimalText, WritesLimbsOfEverySize) {
  std::mt19937_64 random{1};
  for (std::size_t size = 0; size <= 40; ++size) {
    const Limbs limbs = random_limbs(random, size);
    std::string expected;
    for (std::size_t i = size; i-- > 0;) expected += padded(limbs[i]);
    EXPECT_EQ(text_of(limbs), expected);
  }
}

TEST_P(DecimalText, WritesRandomLimbs) {
  std::mt19937_64 random{2};
  for (int i = 0; i < 100'000; ++i) {
    const Limb limb = (random() % decimal::base) >> random() % 60;
    ASSERT_EQ(text_of({limb}), padded(limb));
  }
}

INSTANTIATE_TEST_SUITE_P(EveryInstructionSet, DecimalText, testing::ValuesIn(every_instruction_set),
                         set_name);

}  // namespace
}  // namespace fibo::test
