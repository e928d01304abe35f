// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/farm/key.hpp"

#include <cstdint>
#include <optional>

namespace fibo {

/// From when to when, in seconds; end_s >= begin_s. On the clock that its owner says.
struct Interval {
  double begin_s = 0;
  double end_s = 0;

  bool operator==(const Interval&) const = default;
};

constexpr double length_s(const Interval& time) {
  return time.end_s - time.begin_s;
}

/// Neighbouring keys of a chunk that a worker computed without a pause.
struct Span {
  std::uint64_t chunk = 0;  ///< the id of their chunk
  Interval time{};          ///< on the producer's clock
  double waited_s = 0;      ///< that the worker waited for a message, just before
  std::uint64_t keys = 0;
  std::uint64_t digits = 0;  ///< that their values show
  Key largest_key = 0;
  std::uint64_t threads = 1;     ///< that each key could use
  std::optional<Rank> helper{};  ///< whose core was lent for the second thread
};

}  // namespace fibo
