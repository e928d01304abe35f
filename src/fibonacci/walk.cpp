// SPDX-License-Identifier: MIT
#include "walk.hpp"

#include <algorithm>
#include <utility>

namespace fibo::detail {
namespace {

using decimal::Limb;

std::size_t number_limbs(std::uint64_t n) {
  return limbs_below(n) + 2;
}

}  // namespace

std::uint64_t Walk::memory_bytes(std::uint64_t n) {
  return 4 * number_limbs(n) * sizeof(Limb);
}

void Walk::reserve(std::uint64_t n) {
  if (value_.capacity() >= number_limbs(n)) return;
  standing_ = false;
  for (LimbBuffer* buffer : {&value_, &before_, &spare_value_, &spare_before_}) {
    buffer->reserve(number_limbs(n));
  }
}

void Walk::start(std::uint64_t k, const LimbPair& pair) {
  standing_ = true;
  index_ = k;
  size_ = pair.value.size();
  std::copy(pair.value.begin(), pair.value.end(), value_.data());
  std::copy(pair.before.begin(), pair.before.end(), before_.data());
}

void Walk::advance(std::uint64_t gap) {
  const std::size_t size = value_after(pair(), gap, spare_value_.data());
  before_after(pair(), gap, size, spare_before_.data());
  std::swap(value_, spare_value_);
  std::swap(before_, spare_before_);
  size_ = size;
  index_ += gap;
}

std::span<const Limb> Walk::peek(std::uint64_t gap) {
  return {spare_value_.data(), value_after(pair(), gap, spare_value_.data())};
}

}  // namespace fibo::detail
