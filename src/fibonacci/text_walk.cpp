// SPDX-License-Identifier: MIT
#include "text_walk.hpp"

#include "fibo/fibonacci/ends.hpp"

#include <algorithm>
#include <utility>

namespace fibo::detail {
namespace {

/// Room for the digits of F(n) and for all those of its limbs, in whole steps of an addition.
std::size_t text_capacity(std::uint64_t n) {
  constexpr std::size_t unit = decimal::text_sum_digits;
  return ((limbs_below(n) + 1) * decimal::digits_per_limb + unit - 1) / unit * unit;
}

/// What is taken for numbers that grow step by step.
std::size_t grown_capacity(std::uint64_t n) {
  return text_capacity(n + n / 2);
}

}  // namespace

std::uint64_t TextWalk::memory_bytes(std::uint64_t n) {
  return 2 * grown_capacity(n);
}

void TextWalk::make_room(std::uint64_t n) {
  if (capacity_ >= text_capacity(n)) return;
  const std::size_t capacity = grown_capacity(n);
  const auto enlarged = [&](const std::unique_ptr<char[]>& text) {
    auto larger = std::make_unique_for_overwrite<char[]>(capacity);
    std::fill_n(larger.get(), capacity - capacity_, '0');
    std::copy_n(text.get(), capacity_, larger.get() + capacity - capacity_);
    return larger;
  };
  auto value = enlarged(value_);
  before_ = enlarged(before_);
  value_ = std::move(value);
  capacity_ = capacity;
}

void TextWalk::convert(std::span<const decimal::Limb> limbs, char* text) const {
  const std::size_t written = limbs.size() * decimal::digits_per_limb;
  std::fill_n(text, capacity_ - written, '0');
  to_text_(limbs.data(), limbs.size(), text + capacity_ - written);
}

void TextWalk::start(std::uint64_t k, const LimbPair& pair) {
  standing_ = false;
  make_room(k);
  convert(pair.value, value_.get());
  convert(pair.before, before_.get());
  index_ = k;
  digit_count_ = fibonacci_digit_count(k);
  standing_ = true;
}

void TextWalk::step() {
  constexpr std::size_t unit = decimal::text_sum_digits;
  make_room(index_ + 1);
  digit_count_ = fibonacci_digit_count(++index_);
  const std::size_t size = (digit_count_ + unit - 1) / unit * unit;
  add_text_(before_.get() + capacity_ - size, value_.get() + capacity_ - size, size);
  std::swap(value_, before_);
}

}  // namespace fibo::detail
