// SPDX-License-Identifier: MIT
#pragma once

#include "anchors.hpp"
#include "limb_buffer.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace fibo::detail {

/// A pair (F(k), F(k-1)) that walks upward in k, each step linear in its limbs.
class Walk {
 public:
  /// Room for every k up to n; forgets where it stood if that takes new memory.
  void reserve(std::uint64_t n);

  /// Stands at k.
  void start(std::uint64_t k, const LimbPair& pair);

  /// Stands nowhere.
  void stop() { standing_ = false; }

  [[nodiscard]] bool is_standing() const { return standing_; }
  [[nodiscard]] std::uint64_t index() const { return index_; }
  [[nodiscard]] LimbPair pair() const { return {{value_.data(), size_}, {before_.data(), size_}}; }

  /// Steps to k + gap, 1 <= gap <= max_small_gap: F(d+1), F(d), F(d-1) as multipliers.
  void advance(std::uint64_t gap);

  /// F(k + gap), gap <= max_small_gap, without stepping: half the cost of `advance`.
  std::span<const decimal::Limb> peek(std::uint64_t gap);

  static std::uint64_t memory_bytes(std::uint64_t n);

 private:
  bool standing_ = false;
  std::uint64_t index_ = 0;
  std::size_t size_ = 0;
  LimbBuffer value_;
  LimbBuffer before_;
  LimbBuffer spare_value_;
  LimbBuffer spare_before_;
};

}  // namespace fibo::detail
