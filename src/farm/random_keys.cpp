// SPDX-License-Identifier: MIT
#include "fibo/farm/random_keys.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <unordered_set>

namespace fibo {
namespace {

// __extension__: GCC and Clang both have the type; ISO C++ does not.
__extension__ using Uint128 = unsigned __int128;

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
  std::vector<Key> keys;
  std::unordered_set<Key> drawn;
  for (std::uint64_t i = 0; i < count && drawn.size() <= span_less_one_; ++i) {
    const Key key = draw();
    if (drawn.insert(key).second) keys.push_back(key);
  }
  return keys;
}

std::uint64_t RandomKeys::draw_distinct_bytes(std::uint64_t count, Key min, Key max) {
  // A node and a bucket of the set (40 bytes with allocator overhead, and 16 while it rehashes),
  // and a place in a vector that may just have doubled.
  constexpr std::uint64_t bytes_per_key = 40 + 16 + 24;
  const std::uint64_t distinct = max - min < count ? max - min + 1 : count;
  const Uint128 bytes = Uint128{distinct} * bytes_per_key;
  return static_cast<std::uint64_t>(
      std::min<Uint128>(bytes, std::numeric_limits<std::uint64_t>::max()));
}

}  // namespace fibo
