// SPDX-License-Identifier: MIT
#include "fibo/arithmetic/decimal_limbs.hpp"

#include "support/decimal_oracle.hpp"
#include "support/gmp_integer.hpp"

#include <gtest/gtest.h>

namespace fibo::test {
namespace {

using decimal::base;
using decimal::Limb;

void expect_division(Uint128 x) {
  const auto [quotient, remainder] = decimal::divide_by_base(x);
  EXPECT_EQ(quotient, static_cast<Limb>(x / base));
  EXPECT_EQ(remainder, static_cast<Limb>(x % base));
}

TEST(DivideByBase, IsExactAtTheEdgesOfItsRange) {
  constexpr Uint128 end = Uint128{base} << 64;
  for (Uint128 offset = 0; offset < 1000; ++offset) {
    expect_division(offset);
    expect_division(base - 500 + offset);
    expect_division((Uint128{1} << 64) - 500 + offset);
    expect_division(end - 1 - offset);
    expect_division(end - 500 - offset - base);
  }
}

TEST(DivideByBase, IsExactBesideMultiplesOfTheBase) {
  std::mt19937_64 random{1};
  for (int i = 0; i < 200'000; ++i) {
    const Uint128 multiple = Uint128{random() >> random() % 64} * base;
    expect_division(multiple);
    expect_division(multiple + base - 1);
    expect_division(multiple + random() % base);
  }
}

TEST(DecimalLimbs, SumsAndDifferencesAgreeWithGmp) {
  std::mt19937_64 random{2};
  for (int i = 0; i < 3000; ++i) {
    const std::size_t size = 1 + random() % 20;
    const Limbs a = random_limbs(random, size);
    const Limbs b = random_limbs(random, 1 + random() % size);
    Limbs sum(size + 1);
    sum[size] = decimal::add(a, b, sum.data());
    EXPECT_EQ(value_of(sum), value_of(a) + value_of(b));
    Limbs back(size + 1);
    decimal::subtract(sum, b, back.data());
    EXPECT_EQ(value_of(back), value_of(a));
  }
}

TEST(DecimalLimbs, InPlaceOperationsGiveTheSame) {
  std::mt19937_64 random{3};
  for (int i = 0; i < 500; ++i) {
    const std::size_t size = 1 + random() % 20;
    const Limbs a = random_limbs(random, size);
    const Limbs b = random_limbs(random, size);
    Limbs sum(size);
    decimal::add(a, b, sum.data());
    Limbs in_a = a;
    decimal::add(in_a, b, in_a.data());
    EXPECT_EQ(in_a, sum);
    Limbs in_b = b;
    decimal::add(a, in_b, in_b.data());
    EXPECT_EQ(in_b, sum);
  }
}

TEST(DecimalLimbs, AbsoluteDifferenceAgreesWithGmp) {
  std::mt19937_64 random{4};
  for (int i = 0; i < 2000; ++i) {
    const std::size_t size = 1 + random() % 12;
    const Limbs a = random_limbs(random, size);
    Limbs b = i % 3 == 0 ? a : random_limbs(random, size);
    if (i % 6 == 0) b[random() % size] = random() % base;
    Limbs difference(size);
    const bool less = decimal::absolute_difference(a, b, difference.data());
    EXPECT_EQ(less, mpz_cmp(value_of(a).get(), value_of(b).get()) < 0);
    EXPECT_EQ(less ? value_of(a) + value_of(difference) : value_of(b) + value_of(difference),
              less ? value_of(b) : value_of(a));
  }
}

TEST(DecimalLimbs, SmallAddendsCarryToTheTop) {
  Limbs number{base - 1, base - 1, 5};
  decimal::add_small(number, 2);
  EXPECT_EQ(number, (Limbs{1, 0, 6}));
  decimal::subtract_small(number, 2);
  EXPECT_EQ(number, (Limbs{base - 1, base - 1, 5}));
}

TEST(DecimalLimbs, CombineAgreesWithGmpUpToItsLargestMultipliers) {
  std::mt19937_64 random{5};
  for (int i = 0; i < 3000; ++i) {
    const std::size_t size = 1 + random() % 12;
    const Limbs a = i % 5 == 0 ? largest_limbs(size) : random_limbs(random, size);
    const Limbs b = i % 5 == 0 ? largest_limbs(size) : random_limbs(random, size);
    const Limb x = (random() % base) >> random() % 60;
    const Limb y = i % 2 == 0 ? base - x : random() % (base - x + 1);
    Limbs out(size + 1);
    out[size] = decimal::combine(a, x, b, y, out.data());
    EXPECT_LT(out[size], base);
    EXPECT_EQ(value_of(out), value_of(a) * GmpInteger{x} + value_of(b) * GmpInteger{y});
  }
}

TEST(DecimalLimbs, SumAndDifferenceAgreeWithGmp) {
  std::mt19937_64 random{6};
  for (int i = 0; i < 3000; ++i) {
    const std::size_t size = 2 + random() % 12;
    Limbs a = random_limbs(random, size);
    Limbs b = random_limbs(random, size);
    a[size - 1] = 2;  // so that 3a - 2b is natural
    b[size - 1] = random() % 2;
    const int sign = i % 2 == 0 ? 1 : -1;
    Limbs sum(size);
    Limbs difference(size);
    decimal::sum_and_difference(a, b, sign, sum.data(), difference.data());
    EXPECT_EQ(value_of(sum), value_of(a) + value_of(b));
    const GmpInteger three_a = value_of(a) * GmpInteger{3};
    const GmpInteger two = GmpInteger{2};
    const GmpInteger two_b = value_of(b) * two;
    EXPECT_EQ(value_of(difference), sign > 0 ? three_a - two_b + two : three_a - two_b - two);
    decimal::sum_and_difference(a, b, sign, b.data(), a.data());
    EXPECT_EQ(b, sum);
    EXPECT_EQ(a, difference);
  }
}

}  // namespace
}  // namespace fibo::test
