// SPDX-License-Identifier: MIT
#include "fibo/farm/random_keys.hpp"

#include "fibo/arithmetic/wide_integers.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <unordered_set>

namespace fibo {
namespace {

constexpr std::uint64_t min_batch = std::uint64_t{1} << 16;

}  // namespace

RandomKeys::RandomKeys(std::uint64_t seed, Key min, Key max)
    : bits_(seed), min_(min), span_less_one_(max - min) {
  if (min > max) throw std::invalid_argument("the smallest random key is above the largest");
}

Key RandomKeys::draw() {
  if (span_less_one_ == std::numeric_limits<Key>::max()) return bits_();
  const std::uint64_t span = span_less_one_ + 1;
  const std::uint64_t biased_below = (0 - span) % span;
  for (;;) {
    const Uint128 product = Uint128{bits_()} * span;
    if (static_cast<std::uint64_t>(product) >= biased_below)
      return min_ + static_cast<std::uint64_t>(product >> 64);
  }
}

std::vector<Key> RandomKeys::draw_distinct(std::uint64_t count) {
  return count <= max_in_order ? draw_in_order(count) : draw_ascending(count);
}

std::vector<Key> RandomKeys::draw_in_order(std::uint64_t count) {
  std::vector<Key> keys;
  std::unordered_set<Key> drawn;
  for (std::uint64_t i = 0; i < count && drawn.size() <= span_less_one_; ++i) {
    const Key key = draw();
    if (drawn.insert(key).second) keys.push_back(key);
  }
  return keys;
}

// Draws as many again as there are, sorts, and drops those that occur twice, until there are enough
// draws or no more keys.
std::vector<Key> RandomKeys::draw_ascending(std::uint64_t count) {
  std::vector<Key> keys;
  for (std::uint64_t drawn = 0; drawn < count && keys.size() <= span_less_one_;) {
    const std::uint64_t batch = std::min(count - drawn, std::max(keys.size(), min_batch));
    keys.reserve(keys.size() + batch);
    for (std::uint64_t i = 0; i < batch; ++i) keys.push_back(draw());
    drawn += batch;
    std::ranges::sort(keys);
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  }
  return keys;
}

std::uint64_t RandomKeys::draw_distinct_bytes(std::uint64_t count, Key min, Key max) {
  // draw_ascending() holds twice as many draws as there are distinct ones, in a vector that had
  // half that while it grew; the set of draw_in_order() is small beside it.
  constexpr std::uint64_t bytes_per_key = 3 * sizeof(Key);
  const std::uint64_t distinct = max - min < count ? max - min + 1 : count;
  const Uint128 bytes = Uint128{std::max(distinct, min_batch)} * bytes_per_key;
  return static_cast<std::uint64_t>(
      std::min<Uint128>(bytes, std::numeric_limits<std::uint64_t>::max()));
}

}  // namespace fibo
