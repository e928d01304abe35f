// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/arithmetic/prime_field.hpp"

#include <array>
#include <cstddef>
#include <vector>

namespace fibo::detail {

/// What the kernels need of one prime. All residues are balanced (|x| < p/2); for W see
/// `node_root`.
struct PrimeTable {
  double p;
  double p_inverse;     ///< 1/p, rounded
  const double* root;   ///< root[i] = W(2 i), for i < blocks / 2: nodes longer than a block
  const double* seed;   ///< seed[i] = W(16 i), for i < blocks
  const double* small;  ///< W(0) .. W(15), then W(0), W(2), W(4), W(6), W(1), W(3), W(5), W(7),
                        ///< and room for a vector to be loaded from any of the four
  const double* small_inverse;  ///< the inverses of `small`
  double seed_mirror;           ///< -W(15): W(16 i)^-1 = -W(15) W(16 mirror_node(i)) for i > 0
};

/// The roots of unity of one prime, as many as the longest transform so far has needed.
class RootTable {
 public:
  explicit RootTable(const Prime& prime);

  /// Provides for transforms of up to `blocks` blocks of 64 (see `BlockFactors`); blocks is rounded
  /// up to a power of two.
  void reserve(std::size_t blocks);

  [[nodiscard]] PrimeTable view() const;

  /// Doubles that the tables for so many blocks hold.
  static std::size_t size(std::size_t blocks);

 private:
  Prime prime_;
  std::vector<double> root_;
  std::vector<double> seed_;
  alignas(64) std::array<double, 28> small_{};
  alignas(64) std::array<double, 28> small_inverse_{};
};

}  // namespace fibo::detail
