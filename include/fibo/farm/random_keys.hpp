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

  /// Draws `count` keys and returns those that differ, in the order of their first draw. Stops
  /// drawing early once every key of [min, max] has come. Holds them all: for up to `max_listed`
  /// draws; RandomStream gives any number of them.
  std::vector<Key> draw_distinct(std::uint64_t count);
  static constexpr std::uint64_t max_listed = 10'000;

 private:
  std::mt19937_64 bits_;
  Key min_;
  Key span_less_one_;
};

}  // namespace fibo
