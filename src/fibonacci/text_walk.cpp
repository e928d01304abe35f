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

}  // namespace

std::uint64_t TextWalk::memory_bytes(std::uint64_t n) {
  return 2 * text_capacity(n);
}

void TextWalk::reserve(std::uint64_t n) {
  if (capacity_ >= text_capacity(n)) return;
  standing_ = false;
  capacity_ = 0;
  for (auto* text : {&value_, &before_}) {
    text->reset();
    *text = std::make_unique_for_overwrite<char[]>(text_capacity(n));
  }
  capacity_ = text_capacity(n);
}

void TextWalk::convert(std::span<const decimal::Limb> limbs, char* text) const {
  const std::size_t written = limbs.size() * decimal::digits_per_limb;
  std::fill_n(text, capacity_ - written, '0');
  to_text_(limbs.data(), limbs.size(), text + capacity_ - written);
}

void TextWalk::start(std::uint64_t k, const LimbPair& pair) {
  convert(pair.value, value_.get());
  convert(pair.before, before_.get());
  index_ = k;
  digit_count_ = fibonacci_digit_count(k);
  standing_ = true;
}

void TextWalk::step() {
  constexpr std::size_t unit = decimal::text_sum_digits;
  digit_count_ = fibonacci_digit_count(++index_);
  const std::size_t size = (digit_count_ + unit - 1) / unit * unit;
  add_text_(before_.get() + capacity_ - size, value_.get() + capacity_ - size, size);
  std::swap(value_, before_);
}

}  // namespace fibo::detail
