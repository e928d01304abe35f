// SPDX-License-Identifier: MIT
#pragma once

#include "anchors.hpp"
#include "limb_buffer.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace fibo::detail {

/// F(n) and F(n-1) in limbs of 10^18, by doubling from the pair of an anchor.
///
/// From (F(k), F(k-1)) two squares give the pair at 2k or 2k + 1:
///   F(2k-1) = F(k)^2 + F(k-1)^2,  F(2k) = 3 F(k)^2 - 2 F(k-1)^2 + 2 (-1)^k,
///   F(2k+1) = F(2k) + F(2k-1),
/// which follow from F(2k) = F(k) (F(k) + 2 F(k-1)) and Cassini's identity
/// F(k)^2 - F(k) F(k-1) - F(k-1)^2 = -(-1)^k. If F(n) alone is wanted the last step is one product:
///   F(2k) = F(k) (F(k) + 2 F(k-1)),
///   F(2k+1) = (2 F(k) + F(k-1)) (2 F(k) - F(k-1)) + 2 (-1)^k.
/// D. Takahashi, "A fast algorithm for computing large Fibonacci numbers", Inf. Proc. Letters 75
/// (2000), has the chain of two squares.
class DoublingChain {
 public:
  explicit DoublingChain(const Anchors& anchors) : anchors_{anchors} {}

  /// F(n) without leading zero limbs, n >= 1; valid until the next call.
  std::span<decimal::Limb> value(std::uint64_t n);

  /// F(n) and F(n-1), n >= 1; valid until the next call.
  LimbPair pair(std::uint64_t n);

  /// What the chain holds at most after F(n).
  static std::uint64_t memory_bytes(std::uint64_t n);

  [[nodiscard]] std::uint64_t held_bytes() const;

 private:
  void reserve(std::uint64_t n);
  void start(std::uint64_t n);
  void double_pair(std::uint64_t bit);
  [[nodiscard]] LimbPair current() const;

  const Anchors& anchors_;
  std::uint64_t reserved_ = 0;  // the largest n there is room for
  std::uint64_t index_ = 0;     // k
  std::size_t size_ = 0;        // limbs of F(k), and of the array of F(k-1)
  LimbBuffer value_;
  LimbBuffer before_;
  LimbBuffer value_square_;
  LimbBuffer before_square_;
  LimbBuffer scratch_;
};

}  // namespace fibo::detail
