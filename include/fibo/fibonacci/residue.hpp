// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/arithmetic/residue_reciprocal.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace fibo {

/// F(n) mod `modulus`, in [0, modulus), for every 64-bit n and every modulus in [1, 2^64).
///
/// Fast doubling, two sums of products modulo m a bit of n: under a microsecond at n = 10^18. For
/// many keys and one modulus, `FibonacciResidue` is about ten times as fast.
/// @throws std::invalid_argument  if modulus is 0
std::uint64_t fibonacci_mod(std::uint64_t n, std::uint64_t modulus);

/// F(n) mod m for many n and one m, at tens of nanoseconds a key.
///
/// Holds F(k) and F(k-1) mod m for k = j 256^i, 0 <= j < 256, 0 <= i < 8 (32 KiB, built in about 20
/// microseconds), and adds up the bytes of n by F(a+b) = F(a) F(b+1) + F(a-1) F(b): fixed-base
/// windowing (E. F. Brickell, D. M. Gordon, K. S. McCurley, D. B. Wilson, "Fast exponentiation with
/// precomputation", EUROCRYPT '92) in the ring of the pairs (F(k), F(k-1)). Shares no step with
/// `fibonacci_mod`. Immutable: any number of threads may use one object.
class FibonacciResidue {
 public:
  /// @throws std::invalid_argument  if modulus is 0
  explicit FibonacciResidue(std::uint64_t modulus);

  [[nodiscard]] std::uint64_t modulus() const { return reciprocal_.divisor(); }

  /// F(n) mod modulus(), in [0, modulus()), for every 64-bit n.
  [[nodiscard]] std::uint64_t operator()(std::uint64_t n) const;

 private:
  static constexpr int window_bits = 8;
  static constexpr std::size_t window_size = std::size_t{1} << window_bits;
  static constexpr std::size_t windows = 64 / window_bits;

  struct Pair {
    std::uint64_t value;   // F(k) mod m
    std::uint64_t before;  // F(k-1) mod m
  };

  [[nodiscard]] std::uint64_t sum_value(Pair scaled, Pair pair) const;
  [[nodiscard]] Pair sum(Pair scaled, Pair pair) const;

  detail::Reciprocal reciprocal_;
  std::vector<std::array<Pair, window_size>> table_;
};

}  // namespace fibo
