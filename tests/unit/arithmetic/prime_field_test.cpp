// SPDX-License-Identifier: MIT
#include "fibo/arithmetic/prime_field.hpp"

#include "fibo/arithmetic/root_table.hpp"

#include "support/gmp_integer.hpp"

#include <gtest/gtest.h>

namespace fibo::detail {
namespace {

TEST(PrimeField, PrimesAreDistinctPrimesUnderTwoToTheFifty) {
  EXPECT_NE(primes[0].value, primes[1].value);
  for (const Prime& prime : primes) {
    EXPECT_LT(prime.value, std::uint64_t{1} << 50);
    EXPECT_GT(prime.value, (std::uint64_t{1} << 50) - (std::uint64_t{1} << 40));
    EXPECT_NE(mpz_probab_prime_p(test::GmpInteger(prime.value).get(), 50), 0);
  }
}

TEST(PrimeField, RootOfHighestOrderHasThatOrder) {
  for (const Prime& prime : primes) {
    const std::uint64_t root = root_of_unity(prime, root_order_bits);
    EXPECT_EQ(power_mod(root, std::uint64_t{1} << (root_order_bits - 1), prime.value),
              prime.value - 1);
  }
}

TEST(PrimeField, NodeRootsSquareToTheirParents) {
  for (const Prime& prime : primes) {
    for (std::uint64_t i = 0; i < 300; ++i) {
      const std::uint64_t left = node_root(prime, 2 * i);
      const std::uint64_t right = node_root(prime, 2 * i + 1);
      const std::uint64_t parent = node_root(prime, i);
      EXPECT_EQ(multiply_mod(left, left, prime.value), parent);
      EXPECT_EQ(multiply_mod(right, right, prime.value), prime.value - parent);
    }
  }
}

TEST(PrimeField, MirroredNodeHasTheNegativeInverseRoot) {
  for (const Prime& prime : primes) {
    for (std::uint64_t i = 1; i < 300; ++i) {
      EXPECT_EQ(multiply_mod(node_root(prime, i), node_root(prime, mirror_node(i)), prime.value),
                prime.value - 1);
    }
  }
}

TEST(PrimeField, InverseNodeRootIsTheInverse) {
  for (const Prime& prime : primes) {
    for (std::uint64_t i = 0; i < 300; ++i) {
      EXPECT_EQ(inverse_node_root(prime, i), inverse_mod(node_root(prime, i), prime.value));
    }
  }
}

TEST(RootTable, HoldsTheRootsOfItsNodesHoweverItGrew) {
  for (const Prime& prime : primes) {
    RootTable table(prime);
    for (const std::size_t blocks : {std::size_t{3}, std::size_t{2}, std::size_t{40}}) {
      table.reserve(blocks);
    }
    const PrimeTable view = table.view();
    for (std::size_t i = 0; i < 64; ++i) {
      if (i < 32) {
        EXPECT_EQ(view.root[i], balanced(node_root(prime, 2 * i), prime.value));
      }
      EXPECT_EQ(view.seed[i], balanced(node_root(prime, 16 * i), prime.value));
    }
  }
}

}  // namespace
}  // namespace fibo::detail
