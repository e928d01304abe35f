// SPDX-License-Identifier: MIT
#include "fibo/arithmetic/decimal_product.hpp"

#include "support/decimal_oracle.hpp"
#include "support/gmp_integer.hpp"

#include <gtest/gtest.h>

namespace fibo::test {
namespace {

using decimal::Limb;

/// What lies behind the result and behind the scratch memory must stay as it is.
constexpr Limb guard = 0xdead'beef'dead'beef;

Limbs product_of(const Limbs& a, const Limbs& b) {
  Limbs out(a.size() + b.size() + 1, guard);
  const std::size_t scratch_size =
      decimal::product_scratch_limbs(std::max(a.size(), b.size()), std::min(a.size(), b.size()));
  Limbs scratch(scratch_size + 1, guard);
  decimal::multiply(a, b, out.data(), scratch.data());
  EXPECT_EQ(out.back(), guard);
  EXPECT_EQ(scratch.back(), guard);
  out.pop_back();
  return out;
}

Limbs square_of(const Limbs& a) {
  Limbs out(2 * a.size() + 1, guard);
  Limbs scratch(decimal::product_scratch_limbs(a.size(), a.size()) + 1, guard);
  decimal::square(a, out.data(), scratch.data());
  EXPECT_EQ(out.back(), guard);
  EXPECT_EQ(scratch.back(), guard);
  out.pop_back();
  return out;
}

TEST(DecimalProduct, AgreesWithGmpForAllSmallSizes) {
  std::mt19937_64 random{1};
  for (std::size_t larger = 1; larger <= 50; ++larger) {
    for (std::size_t smaller = 1; smaller <= larger; ++smaller) {
      const Limbs a = random_limbs(random, larger);
      const Limbs b = random_limbs(random, smaller);
      const GmpInteger expected = value_of(a) * value_of(b);
      ASSERT_EQ(value_of(product_of(a, b)), expected) << larger << " x " << smaller;
      ASSERT_EQ(value_of(product_of(b, a)), expected) << smaller << " x " << larger;
    }
  }
}

TEST(DecimalProduct, IsExactForTheLargestLimbsAtEverySize) {
  for (std::size_t size = 1; size <= 400; ++size) {
    const Limbs largest = largest_limbs(size);
    // (10^(18 n) - 1)^2 = 10^(36 n) - 2 * 10^(18 n) + 1
    Limbs expected(2 * size, decimal::base - 1);
    std::fill_n(expected.begin(), size, Limb{0});
    expected[0] = 1;
    expected[size] = decimal::base - 2;
    ASSERT_EQ(product_of(largest, largest), expected) << size;
    ASSERT_EQ(square_of(largest), expected) << size;
  }
}

TEST(DecimalProduct, AgreesWithGmpForFactorsOfUnlikeSizes) {
  std::mt19937_64 random{2};
  for (int i = 0; i < 400; ++i) {
    const Limbs a = random_limbs(random, 1 + random() % 700);
    const Limbs b = random_limbs(random, 1 + random() % 300);
    ASSERT_EQ(value_of(product_of(a, b)), value_of(a) * value_of(b))
        << a.size() << " x " << b.size();
  }
}

TEST(DecimalProduct, SquaresAgreeWithGmp) {
  std::mt19937_64 random{3};
  for (std::size_t size = 1; size <= 300; ++size) {
    const Limbs a = random_limbs(random, size);
    ASSERT_EQ(value_of(square_of(a)), value_of(a) * value_of(a)) << size;
  }
}

TEST(DecimalProduct, AnEmptyFactorGivesZero) {
  EXPECT_EQ(product_of({7, 8}, {}), (Limbs{0, 0}));
}

}  // namespace
}  // namespace fibo::test
