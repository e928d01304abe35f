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
  return 4 * LimbBuffer::grown_limbs(number_limbs(n)) * sizeof(Limb);
}

std::uint64_t Walk::held_bytes() const {
  return value_.size_bytes() + before_.size_bytes() + spare_value_.size_bytes() +
         spare_before_.size_bytes();
}

void Walk::make_room(std::uint64_t n) {
  for (LimbBuffer* buffer : {&value_, &before_, &spare_value_, &spare_before_}) {
    buffer->grow(number_limbs(n));
  }
}

void Walk::stand(std::uint64_t k, std::size_t size) {
  standing_ = true;
  index_ = k;
  size_ = size;
}

void Walk::start(std::uint64_t k, const LimbPair& pair) {
  standing_ = false;
  make_room(k);
  std::copy(pair.value.begin(), pair.value.end(), value_.data());
  std::copy(pair.before.begin(), pair.before.end(), before_.data());
  stand(k, pair.value.size());
}

void Walk::advance(std::uint64_t gap) {
  make_room(index_ + gap);
  const std::size_t size = value_after(pair(), gap, spare_value_.data());
  before_after(pair(), gap, size, spare_before_.data());
  std::swap(value_, spare_value_);
  std::swap(before_, spare_before_);
  stand(index_ + gap, size);
}

std::span<Limb> Walk::peek(std::uint64_t gap) {
  make_room(index_ + gap);
  return {spare_value_.data(), value_after(pair(), gap, spare_value_.data())};
}

}  // namespace fibo::detail
