// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/farm/key.hpp"

#include <cstdint>
#include <random>
#include <vector>

namespace fibo {

/// A stream of keys, uniform in [min, max], that one seed fixes on every machine and compiler.
///
/// The bits are those of std::mt19937_64, whose sequence the C++ standard fixes. They become keys
/// by Lemire's method ("Fast random integer generation in an interval", ACM TOMACS 29, 2019), since
/// the standard leaves open how std::uniform_int_distribution does it.
class RandomKeys {
 public:
  /// @throws std::invalid_argument  if min > max
  RandomKeys(std::uint64_t seed, Key min, Key max);

  Key draw();

  /// Draws `count` keys and returns those that differ. Stops drawing early once every key of
  /// [min, max] has come. The order is that of their first draw for up to `max_in_order` draws,
  /// which are few enough to be looked at, and ascending for more, which is quicker.
  std::vector<Key> draw_distinct(std::uint64_t count);
  static constexpr std::uint64_t max_in_order = 10'000;

  /// The bytes that draw_distinct(count) takes at its peak for keys in [min, max], at most.
  static std::uint64_t draw_distinct_bytes(std::uint64_t count, Key min, Key max);

 private:
  std::vector<Key> draw_in_order(std::uint64_t count);
  std::vector<Key> draw_ascending(std::uint64_t count);

  std::mt19937_64 bits_;
  Key min_;
  Key span_less_one_;
};

}  // namespace fibo
