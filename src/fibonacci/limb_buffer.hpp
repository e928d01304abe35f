// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/arithmetic/decimal_limbs.hpp"

#include <cstddef>
#include <memory>
#include <span>

namespace fibo::detail {

/// A number that reuses its memory: limbs, least significant first, without leading zeros above
/// `size()`. Its memory grows and never shrinks.
class LimbBuffer {
 public:
  using Limb = decimal::Limb;

  /// Room for `limbs`; what the buffer held is lost if it grows.
  void reserve(std::size_t limbs) {
    if (limbs <= capacity_) return;
    limbs_.reset();
    capacity_ = 0;
    limbs_ = std::make_unique_for_overwrite<Limb[]>(limbs);
    capacity_ = limbs;
  }

  [[nodiscard]] Limb* data() { return limbs_.get(); }
  [[nodiscard]] const Limb* data() const { return limbs_.get(); }
  [[nodiscard]] std::size_t capacity() const { return capacity_; }

 private:
  std::unique_ptr<Limb[]> limbs_;
  std::size_t capacity_ = 0;
};

}  // namespace fibo::detail
