// SPDX-License-Identifier: MIT
#include "fibo/farm/random_keys.hpp"

#include "random_bits.hpp"

#include <limits>
#include <stdexcept>
#include <unordered_set>

namespace fibo {

RandomKeys::RandomKeys(std::uint64_t seed, Key min, Key max)
    : bits_(seed), min_(min), span_less_one_(max - min) {
  if (min > max) throw std::invalid_argument("the smallest random key is above the largest");
}

Key RandomKeys::draw() {
  if (span_less_one_ == std::numeric_limits<Key>::max()) return bits_();
  return min_ + detail::below(bits_, span_less_one_ + 1);
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

}  // namespace fibo
