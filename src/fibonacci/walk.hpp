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
  /// Stands at k.
  void start(std::uint64_t k, const LimbPair& pair);

  /// Stands at k, with F(k) and F(k-1) written by `fill(value, before)` into spans of limbs that
  /// have room for either, zeros above the number.
  template <class Fill>
  void start_with(std::uint64_t k, const Fill& fill) {
    standing_ = false;
    make_room(k);
    const std::span<decimal::Limb> value{value_.data(), value_.capacity()};
    fill(value, std::span<decimal::Limb>{before_.data(), before_.capacity()});
    stand(k, decimal::significant_limbs(value));
  }

  /// Stands nowhere.
  void stop() { standing_ = false; }

  [[nodiscard]] bool is_standing() const { return standing_; }
  [[nodiscard]] std::uint64_t index() const { return index_; }
  [[nodiscard]] std::span<decimal::Limb> value() { return {value_.data(), size_}; }
  [[nodiscard]] LimbPair pair() const { return {{value_.data(), size_}, {before_.data(), size_}}; }

  /// Steps to k + gap, 1 <= gap <= max_small_gap: F(d+1), F(d), F(d-1) as multipliers.
  void advance(std::uint64_t gap);

  /// F(k + gap), gap <= max_small_gap, without stepping: half the cost of `advance`.
  std::span<decimal::Limb> peek(std::uint64_t gap);

  [[nodiscard]] std::uint64_t held_bytes() const;

  /// What a walk holds at most if it never went past n.
  static std::uint64_t memory_bytes(std::uint64_t n);

 private:
  void make_room(std::uint64_t n);
  void stand(std::uint64_t k, std::size_t size);

  bool standing_ = false;
  std::uint64_t index_ = 0;
  std::size_t size_ = 0;
  LimbBuffer value_;
  LimbBuffer before_;
  LimbBuffer spare_value_;
  LimbBuffer spare_before_;
};

}  // namespace fibo::detail
