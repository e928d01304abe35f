// SPDX-License-Identifier: MIT
#include "doubling.hpp"

#include "fibo/arithmetic/decimal_product.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace fibo::detail {
namespace {

using decimal::Limb;

/// The array of a number, of the doubling that makes it, and of the factors of the last product all
/// fit: F(n) has at most limbs_below(n) limbs, and an intermediate value at most three more.
std::size_t number_limbs(std::uint64_t n) {
  return limbs_below(n) + 4;
}

std::size_t scratch_limbs(std::uint64_t n) {
  const std::size_t factor = limbs_below(n / 2) + 2;
  return decimal::product_scratch_limbs(factor, factor);
}

int sign_of(std::uint64_t k) {
  return k % 2 == 0 ? 1 : -1;
}

}  // namespace

std::uint64_t DoublingChain::memory_bytes(std::uint64_t n) {
  return (4 * number_limbs(n) + scratch_limbs(n)) * sizeof(Limb);
}

std::uint64_t DoublingChain::held_bytes() const {
  return value_.size_bytes() + before_.size_bytes() + value_square_.size_bytes() +
         before_square_.size_bytes() + scratch_.size_bytes();
}

void DoublingChain::reserve(std::uint64_t n) {
  if (n <= reserved_) return;
  reserved_ = 0;
  for (LimbBuffer* buffer : {&value_, &before_, &value_square_, &before_square_}) {
    buffer->reserve(number_limbs(n));
  }
  scratch_.reserve(scratch_limbs(n));
  reserved_ = n;
}

LimbPair DoublingChain::current() const {
  return {{value_.data(), size_}, {before_.data(), size_}};
}

void DoublingChain::start(std::uint64_t n) {
  const LimbPair anchor = anchors_.below(n);
  const std::uint64_t gap = n % max_small_gap;
  index_ = n;
  if (gap == 0) {
    size_ = anchor.value.size();
    std::copy(anchor.value.begin(), anchor.value.end(), value_.data());
    std::copy(anchor.before.begin(), anchor.before.end(), before_.data());
    return;
  }
  size_ = value_after(anchor, gap, value_.data());
  before_after(anchor, gap, size_, before_.data());
}

void DoublingChain::double_pair(std::uint64_t bit) {
  const auto [value, before] = current();
  Limb* const value_square = value_square_.data();
  Limb* const before_square = before_square_.data();
  decimal::square(value, value_square, scratch_.data());
  decimal::square(before, before_square, scratch_.data());
  // F(2k+1) may need one limb more than the squares.
  const std::size_t size = 2 * size_ + 1;
  value_square[size - 1] = 0;
  before_square[size - 1] = 0;
  decimal::sum_and_difference({value_square, size}, {before_square, size}, sign_of(index_),
                              before_square, value_square);
  std::swap(value_, value_square_);
  std::swap(before_, before_square_);
  if (bit != 0) {
    decimal::add({value_.data(), size}, {before_.data(), size}, before_.data());
    std::swap(value_, before_);
  }
  index_ = 2 * index_ + bit;
  size_ = decimal::significant_limbs({value_.data(), size});
}

LimbPair DoublingChain::pair(std::uint64_t n) {
  reserve(n);
  int bits = 0;
  while (n >> bits > Anchors::max_n) ++bits;
  start(n >> bits);
  while (bits-- > 0) double_pair(n >> bits & 1);
  return current();
}

std::span<Limb> DoublingChain::value(std::uint64_t n) {
  reserve(n);
  if (n <= Anchors::max_n) {
    return {value_.data(), value_after(anchors_.below(n), n % max_small_gap, value_.data())};
  }
  const auto [value, before] = pair(n / 2);
  // The arrays of the squares are free for the factors, that of F(k) is not needed after them.
  const std::size_t size = value.size() + 1;
  Limb* const first = value_square_.data();
  Limb* const second = before_square_.data();
  std::span<const Limb> factor = value;
  if (n % 2 == 0) {
    second[size - 1] = decimal::add(value, before, second);
    second[size - 1] += decimal::add({second, size - 1}, before, second);
  } else {
    first[size - 1] = decimal::add(value, value, first);
    first[size - 1] += decimal::add({first, size - 1}, before, first);
    decimal::subtract(value, before, second);
    second[size - 1] = decimal::add({second, size - 1}, value, second);
    factor = {first, decimal::significant_limbs({first, size})};
  }
  const std::span<const Limb> other{second, decimal::significant_limbs({second, size})};
  const std::span<Limb> product{before_.data(), factor.size() + other.size()};
  decimal::multiply(factor, other, product.data(), scratch_.data());
  if (n % 2 != 0) {
    n / 2 % 2 == 0 ? decimal::add_small(product, 2) : decimal::subtract_small(product, 2);
  }
  return product.first(decimal::significant_limbs(product));
}

}  // namespace fibo::detail
