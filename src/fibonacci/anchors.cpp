// SPDX-License-Identifier: MIT
#include "anchors.hpp"

namespace fibo::detail {
namespace {

using decimal::Limb;

constexpr std::size_t anchor_count = Anchors::max_n / max_small_gap + 1;

constexpr std::size_t table_limbs() {
  std::size_t limbs = 0;
  for (std::size_t i = 0; i < anchor_count; ++i) limbs += 2 * limbs_below(i * max_small_gap);
  return limbs + 2;
}

}  // namespace

std::size_t value_after(const LimbPair& pair, std::uint64_t gap, Limb* out) {
  const std::size_t size = pair.value.size();
  const Limb top =
      decimal::combine(pair.value, small_values[gap + 1], pair.before, small_values[gap], out);
  if (top == 0) return size;
  out[size] = top;
  return size + 1;
}

void before_after(const LimbPair& pair, std::uint64_t gap, std::size_t size, Limb* out) {
  const Limb top =
      decimal::combine(pair.value, small_values[gap], pair.before, small_values[gap - 1], out);
  if (size > pair.value.size()) out[size - 1] = top;
}

Anchors::Anchors() : limbs_(table_limbs()) {
  offset_.reserve(anchor_count + 1);
  offset_ = {0, 2};
  limbs_[0] = 0;  // F(0)
  limbs_[1] = 1;  // F(-1)
  while (offset_.size() <= anchor_count) {
    const LimbPair last = below((offset_.size() - 2) * max_small_gap);
    Limb* const next = limbs_.data() + offset_.back();
    const std::size_t size = value_after(last, max_small_gap, next);
    before_after(last, max_small_gap, size, next + size);
    offset_.push_back(offset_.back() + 2 * size);
  }
}

LimbPair Anchors::below(std::uint64_t n) const {
  const std::size_t i = n / max_small_gap;
  const std::size_t size = (offset_[i + 1] - offset_[i]) / 2;
  const std::span<const Limb> both{limbs_.data() + offset_[i], 2 * size};
  return {both.first(size), both.last(size)};
}

std::size_t Anchors::memory_bytes() {
  return table_limbs() * sizeof(Limb) + (anchor_count + 1) * sizeof(std::size_t);
}

}  // namespace fibo::detail
