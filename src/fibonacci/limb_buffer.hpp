// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/arithmetic/decimal_limbs.hpp"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <utility>

namespace fibo::detail {

/// Memory for the limbs of a number, used again for the next one. It grows and never shrinks.
class LimbBuffer {
 public:
  using Limb = decimal::Limb;

  LimbBuffer() = default;
  LimbBuffer(LimbBuffer&& other) noexcept
      : limbs_{std::move(other.limbs_)}, capacity_{std::exchange(other.capacity_, 0)} {}
  LimbBuffer& operator=(LimbBuffer&& other) noexcept {
    limbs_ = std::move(other.limbs_);
    capacity_ = std::exchange(other.capacity_, 0);
    return *this;
  }
  LimbBuffer(const LimbBuffer&) = delete;
  LimbBuffer& operator=(const LimbBuffer&) = delete;
  ~LimbBuffer() = default;

  /// Room for `limbs`; what the buffer held is lost if it grows.
  void reserve(std::size_t limbs) {
    if (limbs <= capacity_) return;
    limbs_.reset();
    capacity_ = 0;
    limbs_ = std::make_unique_for_overwrite<Limb[]>(limbs);
    capacity_ = limbs;
  }

  /// Room for `limbs`, and for half as many more if that takes new memory: for numbers that grow
  /// step by step. Keeps what the buffer holds.
  void grow(std::size_t limbs) {
    if (limbs <= capacity_) return;
    LimbBuffer larger;
    larger.reserve(grown_limbs(limbs));
    std::copy_n(data(), capacity_, larger.data());
    *this = std::move(larger);
  }

  static constexpr std::size_t grown_limbs(std::size_t limbs) { return limbs + limbs / 2; }

  [[nodiscard]] Limb* data() { return limbs_.get(); }
  [[nodiscard]] const Limb* data() const { return limbs_.get(); }
  [[nodiscard]] std::size_t capacity() const { return capacity_; }
  [[nodiscard]] std::size_t size_bytes() const { return capacity_ * sizeof(Limb); }

 private:
  std::unique_ptr<Limb[]> limbs_;
  std::size_t capacity_ = 0;
};

}  // namespace fibo::detail
