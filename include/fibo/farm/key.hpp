// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace fibo {

/// The index n of a Fibonacci number F(n). Every 64-bit value is a key.
using Key = std::uint64_t;

/// A rank of the job's communicator; 0 is the producer. A type of its own, so that it cannot be
/// mistaken for a key or a count.
enum class Rank : int {};

constexpr int to_int(Rank rank) {
  return static_cast<int>(rank);
}

constexpr Rank producer_rank{0};

}  // namespace fibo
