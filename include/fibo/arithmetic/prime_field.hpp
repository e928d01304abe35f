// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/arithmetic/wide_integers.hpp"

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace fibo::detail {

/// a b mod p, for a, b < p.
constexpr std::uint64_t multiply_mod(std::uint64_t a, std::uint64_t b, std::uint64_t p) {
  return static_cast<std::uint64_t>(Uint128{a} * b % p);
}

/// a^e mod p, for a < p.
constexpr std::uint64_t power_mod(std::uint64_t a, std::uint64_t e, std::uint64_t p) {
  std::uint64_t result = 1;
  for (; e != 0; e >>= 1) {
    if ((e & 1) != 0) result = multiply_mod(result, a, p);
    a = multiply_mod(a, a, p);
  }
  return result;
}

/// The inverse of a mod p, for 0 < a < p (Fermat).
constexpr std::uint64_t inverse_mod(std::uint64_t a, std::uint64_t p) {
  return power_mod(a, p - 2, p);
}

inline constexpr int root_order_bits = 36;

/// A prime p = c 2^36 + 1 just under 2^50, and its roots of unity whose orders are powers of two.
struct Prime {
  std::uint64_t value;
  std::uint64_t non_residue;  ///< an element that is no square
  std::array<std::uint64_t, root_order_bits + 1> roots;

  constexpr Prime(std::uint64_t p, std::uint64_t no_square)
      : value(p), non_residue(no_square), roots{} {
    roots[root_order_bits] = power_mod(no_square, (p - 1) >> root_order_bits, p);
    for (std::size_t bits = root_order_bits; bits > 0; --bits) {
      roots[bits - 1] = multiply_mod(roots[bits], roots[bits], p);
    }
  }
};

/// Both are under 2^50, which leaves a double three bits of room above a residue, and p - 1 is
/// divisible by 2^36, so that there are transforms of every length 2^k, k <= 36.
inline constexpr std::array<Prime, 2> primes{{{1125625028935681, 11}, {1125487589982209, 3}}};

/// A root of unity of order 2^bits mod p, 0 <= bits <= root_order_bits; root_of_unity(q, b)^2 =
/// root_of_unity(q, b - 1).
constexpr std::uint64_t root_of_unity(const Prime& prime, int bits) {
  return prime.roots[static_cast<std::size_t>(bits)];
}

/// The residue of a (a < p) that is nearest to zero: |balanced| < p/2.
constexpr double balanced(std::uint64_t a, std::uint64_t p) {
  return a > p / 2 ? -static_cast<double>(p - a) : static_cast<double>(a);
}

/// W(i), the root of unity by which node i of the transform's tree splits, for any depth of the
/// tree: node i holds a polynomial modulo x^2l - W(i)^2, its children 2i and 2i+1 hold it modulo
/// x^l - W(i) and x^l + W(i). Hence W(0) = 1, W(2i)^2 = W(i), W(2i+1) = W(1) W(2i), W(1)^2 = -1,
/// and W(2^k + i) = W(2^k) W(i) for i < 2^k: the bits of i, lowest first, are the binary digits of
/// the angle (bit reversal).
constexpr std::uint64_t node_root(const Prime& prime, std::uint64_t i) {
  std::uint64_t root = 1;
  for (int bit = 0; (i >> bit) != 0; ++bit) {
    if (((i >> bit) & 1) != 0) {
      root = multiply_mod(root, root_of_unity(prime, bit + 2), prime.value);
    }
  }
  return root;
}

/// The node whose root is the negative inverse of node i's: W(i) W(mirror_node(i)) = -1 for i > 0.
/// All bits under the leading one are flipped, which takes the angle t (of a half turn) to 1 - t.
constexpr std::uint64_t mirror_node(std::uint64_t i) {
  return i ^ (std::bit_floor(i) - 1);
}

/// W(i)^-1.
constexpr std::uint64_t inverse_node_root(const Prime& prime, std::uint64_t i) {
  return i == 0 ? 1 : prime.value - node_root(prime, mirror_node(i));
}

}  // namespace fibo::detail
