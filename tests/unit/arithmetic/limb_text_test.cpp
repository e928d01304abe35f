// SPDX-License-Identifier: MIT
#include "fibo/arithmetic/limb_text.hpp"

#include "fibo/arithmetic/transform_kernels.hpp"

#include "support/decimal_oracle.hpp"

#include <cmath>
#include <limits>
#include <random>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

namespace fibo::detail {
namespace {

// The text of a number whose limbs are written in `parts` ranges, the last range first.
std::string text_of(std::span<const double> limbs, const DecimalBase& base, LimbWriter writer,
                    std::size_t parts) {
  const DigitCount count = count_digits(limbs, base);
  std::string text(count.digits, '?');
  for (std::size_t part = parts; part-- > 0;) {
    write_digits(limbs, base, count, limbs.size() * part / parts, limbs.size() * (part + 1) / parts,
                 writer, text);
  }
  return text;
}

class LimbText : public testing::TestWithParam<std::tuple<int, InstructionSet>> {
 protected:
  void expect_digits(std::span<const double> limbs) {
    const std::string expected = test::value_of(limbs, base_).text();
    for (const std::size_t parts : {1UL, 2UL, 5UL}) {
      ASSERT_EQ(
          text_of(limbs, base_, transform_kernels(std::get<1>(GetParam())).write_limbs, parts),
          expected);
    }
  }

  DecimalBase base_ = decimal_base(std::get<0>(GetParam()));
  std::mt19937_64 random_{20240611};
};

INSTANTIATE_TEST_SUITE_P(EveryBaseAndInstructionSet, LimbText,
                         testing::Combine(testing::Range(10, 15),
                                          testing::ValuesIn(available_instruction_sets())));

TEST_P(LimbText, WritesTheDigitsOfAnyFormOfANumber) {
  const auto bound = static_cast<std::int64_t>(base_.limb_bound);
  std::uniform_int_distribution<std::int64_t> any(-bound, bound);
  std::uniform_int_distribution<std::int64_t> tiny(-1, 1);
  for (std::size_t count = 1; count < 60; ++count) {
    for (int repeat = 0; repeat < 12; ++repeat) {
      std::vector<double> limbs(count);
      for (double& limb : limbs) {
        limb = static_cast<double>(repeat % 2 == 0 || random_() % 8 == 0 ? any(random_)
                                                                         : tiny(random_));
      }
      limbs.push_back(repeat % 3 == 0 ? 1 : static_cast<double>(std::abs(any(random_)) + 1));
      if (repeat % 4 == 0) limbs.push_back(0);
      expect_digits(limbs);
    }
  }
}

TEST_P(LimbText, TopLimbVanishesWhenEverythingBelowBorrowsFromIt) {
  for (std::size_t zeros = 0; zeros < 20; ++zeros) {
    std::vector<double> limbs(zeros + 2, 0.0);
    limbs.front() = -7;
    limbs.back() = 1;
    expect_digits(limbs);
  }
}

TEST_P(LimbText, DigitsNextToPowersOfTen) {
  std::vector<double> limbs;
  for (double power = 1; power <= base_.base / 2; power *= 10) {
    for (const double step : {-1, 0, 1}) {
      limbs.push_back(power + step);
      limbs.push_back(-power + step);
    }
  }
  for (int i = 0; i < 4; ++i) {
    limbs.push_back(1);
    expect_digits(limbs);
  }
}

TEST(LimbTextErrors, OnlyNumbersAboveZeroHaveDigits) {
  const DecimalBase base = decimal_base(12);
  const double infinity = std::numeric_limits<double>::infinity();
  const std::vector<std::vector<double>> refused{
      {},
      {0, 0, 0},
      {-base.base, 1},
      {0, -1},
      {7, base.base},
      {7, 1e300},
      {7, infinity},
      {7, -infinity},
      {7, std::numeric_limits<double>::quiet_NaN()},
  };
  for (const std::vector<double>& limbs : refused) {
    EXPECT_THROW(count_digits(limbs, base), std::length_error) << testing::PrintToString(limbs);
  }
}

}  // namespace
}  // namespace fibo::detail
