// SPDX-License-Identifier: MIT
#include "fibo/arithmetic/balanced_limbs.hpp"

#include "support/decimal_oracle.hpp"

#include <cmath>
#include <random>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace fibo::detail {
namespace {

using test::GmpInteger;

class BalancedLimbs : public testing::TestWithParam<int> {
 protected:
  [[nodiscard]] DecimalBase base() const { return decimal_base(GetParam()); }

  std::vector<double> random_limbs(std::size_t count) {
    std::uniform_int_distribution<std::int64_t> limb(-static_cast<std::int64_t>(base().limb_bound),
                                                     static_cast<std::int64_t>(base().limb_bound));
    std::vector<double> limbs(count);
    for (double& x : limbs) x = static_cast<double>(limb(random_));
    return limbs;
  }

  std::mt19937_64 random_{20240611};
};

INSTANTIATE_TEST_SUITE_P(AllBases, BalancedLimbs, testing::Range(10, 15));

TEST_P(BalancedLimbs, MostLimbsOfAFactorKeepCoefficientsWithinTheModulus) {
  const GmpInteger limit = GmpInteger(primes[0].value) * GmpInteger(primes[1].value);
  const GmpInteger bound(static_cast<std::uint64_t>(base().limb_bound) + 1);
  EXPECT_TRUE(GmpInteger(max_factor_limbs(GetParam())) * bound * bound * GmpInteger(5) <=
              limit * GmpInteger(2) + limit);
  EXPECT_TRUE(GmpInteger(max_factor_limbs(GetParam()) + 1) * bound * bound * GmpInteger(5) >
              limit * GmpInteger(2) - limit);
}

TEST_P(BalancedLimbs, CarriesRunAsFarAsTheyMust) {
  std::vector<double> limbs(50, base().base / 2);
  const GmpInteger before = test::value_of(limbs, base());
  limbs.resize(52, 0.0);
  add_at(limbs, 3, base().base, base());
  std::vector<double> addend(5, 0.0);
  addend[4] = 1;
  EXPECT_EQ(test::value_of(limbs, base()), before + test::value_of(addend, base()));
  for (const double limb : limbs) EXPECT_LE(std::abs(limb), base().limb_bound);
}

TEST_P(BalancedLimbs, WordsAndBack) {
  std::uniform_int_distribution<std::uint64_t> word(0, 999'999'999'999'999'999);
  for (std::size_t count = 1; count < 60; ++count) {
    std::vector<std::uint64_t> words(count);
    for (std::uint64_t& w : words) w = count % 3 == 0 ? 999'999'999'999'999'999 : word(random_);
    std::vector<double> limbs(limbs_for_digits(18 * count, GetParam()), 1.0);
    from_words(words, limbs, base());
    for (const double limb : limbs) ASSERT_LE(std::abs(limb), base().base / 2);
    std::vector<std::uint64_t> back(count + 2, 1);
    to_words(limbs, back, base());
    words.resize(count + 2, 0);
    ASSERT_EQ(back, words);
  }
}

TEST_P(BalancedLimbs, WordsAreRefusedThatCannotHoldTheNumber) {
  std::vector<std::uint64_t> words(2);
  const auto refuses = [&](std::vector<double> limbs) {
    EXPECT_THROW(to_words(limbs, words, base()), std::length_error);
  };
  refuses({-1});
  refuses({0, 0, 0, -1});
  refuses({1, 0, 0, 0, 0, 0, 1});
  refuses(std::vector<double>(4, base().base / 2 - 1));
  // 10^36 - 1, whose highest limb is owed to the lowest.
  std::vector<double> largest(40 / static_cast<std::size_t>(GetParam()) + 2, 0.0);
  largest[36 / static_cast<std::size_t>(GetParam())] =
      std::pow(10.0, static_cast<double>(36 % GetParam()));
  largest[0] = -1;
  to_words(largest, words, base());
  EXPECT_EQ(words, std::vector<std::uint64_t>(2, 999'999'999'999'999'999));
}

TEST_P(BalancedLimbs, SmallNumbersAndShortProducts) {
  for (std::size_t count = 1; count <= 24; ++count) {
    std::vector<double> x = random_limbs(count);
    std::vector<double> y = random_limbs(count);
    if (count % 4 == 0) {
      std::ranges::fill(x, base().limb_bound);
      std::ranges::fill(y, -base().limb_bound);
    }
    std::vector<double> out(2 * count + 1);
    multiply_short(x, y, out, base());
    ASSERT_EQ(test::value_of(out, base()), test::value_of(x, base()) * test::value_of(y, base()));
    for (const double limb : out) ASSERT_LE(std::abs(limb), base().limb_bound);
  }
  for (const std::uint64_t small :
       {std::uint64_t{0}, std::uint64_t{1}, ~std::uint64_t{0}, std::uint64_t{5'000'000'000'000}}) {
    std::vector<double> limbs(4);
    set_small(limbs, small, base());
    EXPECT_EQ(test::value_of(limbs, base()), GmpInteger(small));
  }
}

// (a x + b y)/5 by a run below `middle` and one from there on.
void fifth_in_two_runs(double a, std::span<const double> x, double b, std::span<const double> y,
                       std::span<double> out, std::size_t middle, const DecimalBase& base) {
  const double above = fifth_remainder(a * x[middle] + b * y[middle]);
  const double carry =
      fifth_of_run(a, x.first(middle), b, y.first(middle), out.first(middle), above, base);
  out.back() += base.base * fifth_of_run(a, x.subspan(middle), b, y.subspan(middle),
                                         out.subspan(middle), 0, base);
  add_at(out, middle, carry, base);
}

TEST_P(BalancedLimbs, FifthOfASumIsExactAndWithinTheLimbBound) {
  for (std::size_t count = 1; count < 1100; count += count < 30 ? 1 : 97) {
    // x = 2 u + v and y = u - 2 v make 2 x + y and 2 y - x... multiples of five: 2x + y = 5u, x -
    // 2y = 5v.
    std::vector<double> u = random_limbs(count);
    std::vector<double> v = random_limbs(count);
    for (double& limb : u) limb = std::trunc(limb / 3);
    for (double& limb : v) limb = std::trunc(limb / 3);
    std::vector<double> x(count + 1, 0.0);
    std::vector<double> y(count + 1, 0.0);
    for (std::size_t i = 0; i < count; ++i) {
      x[i] = 2 * u[i] + v[i];
      y[i] = u[i] - 2 * v[i];
    }
    std::vector<double> out(count + 1);
    fifth_in_two_runs(2, x, 1, y, out, count / 2, base());
    ASSERT_EQ(test::value_of(out, base()), test::value_of(u, base()));
    for (const double limb : out) ASSERT_LE(std::abs(limb), base().limb_bound);
    fifth_in_two_runs(1, x, -2, y, y, count / 3, base());
    ASSERT_EQ(test::value_of(y, base()), test::value_of(v, base()));
  }
}

TEST(DecimalBaseChoice, TakesTheMostDigitsThatAreExact) {
  for (const std::size_t digits :
       {std::size_t{10}, std::size_t{1000}, std::size_t{2500}, std::size_t{100'000},
        std::size_t{10'000'000}, std::size_t{104'493'821}, std::size_t{1'044'938'202}}) {
    const DecimalBase base = base_for_factors(digits);
    EXPECT_LE(limbs_for_digits(digits, base.digits), max_factor_limbs(base.digits));
    if (base.digits < max_limb_digits) {
      EXPECT_GT(limbs_for_digits(digits, base.digits + 1), max_factor_limbs(base.digits + 1));
    }
  }
  EXPECT_THROW(base_for_factors(std::size_t{1} << 50), std::length_error);
  EXPECT_THROW(decimal_base(9), std::invalid_argument);
  EXPECT_THROW(decimal_base(15), std::invalid_argument);
}

}  // namespace
}  // namespace fibo::detail
