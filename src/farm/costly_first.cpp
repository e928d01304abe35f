// SPDX-License-Identifier: MIT
#include "fibo/farm/costly_first.hpp"

#include "fibo/farm/cost_by_size.hpp"
#include "fibo/farm/saturating_add.hpp"

#include <algorithm>
#include <numeric>

namespace fibo {
namespace {

// A key is costly that takes more than one in so many of a worker's even share.
constexpr double costly_part = 32;

std::vector<KeyRange> mirrored(const std::vector<KeyRange>& ranges) {
  std::vector<KeyRange> result;
  result.reserve(ranges.size());
  for (const KeyRange& range : ranges)
    result.emplace_back(~range.last(), ~range.first(), range.step());
  return result;
}

std::vector<KeyRange> from(Key bound, const std::vector<KeyRange>& ranges) {
  std::vector<KeyRange> result;
  for (const KeyRange& range : ranges) {
    if (range.last() < bound) continue;
    Key first = range.first();
    if (first < bound) first += ((bound - first - 1) / range.step() + 1) * range.step();
    result.emplace_back(first, range.last(), range.step());
  }
  return result;
}

std::vector<KeyRange> below(Key bound, const std::vector<KeyRange>& ranges) {
  std::vector<KeyRange> result;
  for (const KeyRange& range : ranges)
    if (range.first() < bound)
      result.emplace_back(range.first(), std::min(range.last(), bound - 1), range.step());
  return result;
}

}  // namespace

DescendingKeys::DescendingKeys(const std::vector<KeyRange>& ranges)
    : mirrored_(mirrored(ranges)),
      smallest_(ranges.empty() ? 0 : std::ranges::min(ranges, {}, &KeyRange::first).first()) {}

std::optional<Key> DescendingKeys::peek() const {
  const std::optional<Key> key = mirrored_.peek();
  return key ? std::optional(~*key) : std::nullopt;
}

CostlyFirst::CostlyFirst(const std::vector<KeyRange>& ranges, Key first_costly)
    : costly_(from(first_costly, ranges)), cheap_(below(first_costly, ranges)) {}

std::optional<Key> CostlyFirst::peek() const {
  const std::optional<Key> key = costly_.peek();
  return key ? key : cheap_.peek();
}

Key CostlyFirst::floor() const {
  return cheap_.peek() ? cheap_.floor() : costly_.floor();
}

std::uint64_t CostlyFirst::remaining_at_most() const {
  return saturating_add(costly_.remaining_at_most(), cheap_.remaining_at_most());
}

std::optional<Key> first_costly_key(const std::vector<KeyRange>& ranges, const KeyModel& model,
                                    std::size_t workers, std::uint64_t room_bytes) {
  if (workers == 1) return std::nullopt;
  const CostBySize costs = cost_by_size(ranges, model.cost_s);
  const double total_s = std::accumulate(costs.begin(), costs.end(), 0.0);
  const double least_s = total_s / static_cast<double>(workers) / costly_part;

  std::optional<Key> first_costly;
  std::uint64_t taken_bytes = 0;
  DescendingKeys keys(ranges);
  while (const std::optional<Key> key = keys.peek()) {
    taken_bytes += model.value_bytes(*key);
    if (model.cost_s(*key) <= least_s || taken_bytes > room_bytes) break;
    first_costly = keys.take();
  }
  return first_costly;
}

}  // namespace fibo
