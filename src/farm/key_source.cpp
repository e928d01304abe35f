// SPDX-License-Identifier: MIT
#include "fibo/farm/key_source.hpp"

#include "fibo/farm/saturating_add.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace fibo {
namespace {

constexpr std::uint64_t saturated = std::numeric_limits<std::uint64_t>::max();

}  // namespace

std::uint64_t count_keys(std::span<const KeyRange> ranges) {
  std::uint64_t count = 0;
  for (const KeyRange& range : ranges)
    count = saturating_add(count, saturating_add(range.count_less_one(), 1));
  return count;
}

NamedKeys::NamedKeys(std::vector<KeyRange> ranges)
    : ranges_(std::move(ranges)), remaining_(count_keys(ranges_)) {
  std::ranges::sort(ranges_, {}, &KeyRange::first);
  next_ = smallest();
}

std::optional<Key> NamedKeys::smallest() const {
  std::optional<Key> key;
  if (begun_ < ranges_.size()) key = ranges_[begun_].first();
  if (!under_way_.empty() && (!key || under_way_.top().first() < *key))
    key = under_way_.top().first();
  return key;
}

// Moves every range whose next key is `key` one step on, so that a key that several ranges name
// comes once.
void NamedKeys::advance_past(Key key) {
  const auto keep_rest = [&](const KeyRange& range) {
    if (remaining_ != saturated) --remaining_;
    if (range.first() != range.last())
      under_way_.emplace(range.first() + range.step(), range.last(), range.step());
  };
  while (!under_way_.empty() && under_way_.top().first() == key) {
    const KeyRange range = under_way_.top();
    under_way_.pop();
    keep_rest(range);
  }
  for (; begun_ < ranges_.size() && ranges_[begun_].first() == key; ++begun_)
    keep_rest(ranges_[begun_]);
}

Key NamedKeys::take() {
  const Key key = next_.value();
  advance_past(key);
  next_ = smallest();
  return key;
}

ListedKeys::ListedKeys(std::vector<Key> distinct_keys)
    : keys_(std::move(distinct_keys)),
      ascending_(std::ranges::is_sorted(keys_)),
      smallest_(keys_.empty() ? 0 : *std::ranges::min_element(keys_)) {}

std::optional<Key> ListedKeys::peek() const {
  if (taken_ == keys_.size()) return std::nullopt;
  return keys_[taken_];
}

}  // namespace fibo
