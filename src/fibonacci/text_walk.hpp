// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/arithmetic/decimal_text.hpp"
#include "fibo/arithmetic/decimal_text_sum.hpp"
#include "fibo/arithmetic/instruction_set.hpp"

#include "anchors.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace fibo::detail {

/// A pair (F(k), F(k-1)) kept as text, whose only step is from k to k + 1: one addition of texts,
/// and nothing to convert. A step costs about a quarter of a multiplication by small numbers and a
/// conversion of its result.
class TextWalk {
 public:
  explicit TextWalk(InstructionSet set)
      : to_text_{decimal::to_text_routine(set)}, add_text_{decimal::add_text_routine(set)} {}

  /// Stands at k.
  void start(std::uint64_t k, const LimbPair& pair);

  /// Stands nowhere.
  void stop() { standing_ = false; }

  [[nodiscard]] bool is_standing() const { return standing_; }
  [[nodiscard]] std::uint64_t index() const { return index_; }

  /// F(k) in decimal; valid until the walk moves.
  [[nodiscard]] std::span<char> value() {
    return {value_.get() + capacity_ - digit_count_, digit_count_};
  }

  /// Steps to k + 1.
  void step();

  [[nodiscard]] std::uint64_t held_bytes() const { return 2 * capacity_; }

  /// What a walk holds at most if it never went past n.
  static std::uint64_t memory_bytes(std::uint64_t n);

 private:
  /// Room for the digits of F(n), keeping those there are.
  void make_room(std::uint64_t n);
  void convert(std::span<const decimal::Limb> limbs, char* text) const;

  decimal::ToText to_text_;
  decimal::AddText add_text_;
  bool standing_ = false;
  std::uint64_t index_ = 0;
  std::size_t digit_count_ = 0;
  // Both end with the last digit and have zeros in front.
  std::size_t capacity_ = 0;
  std::unique_ptr<char[]> value_;
  std::unique_ptr<char[]> before_;
};

}  // namespace fibo::detail
