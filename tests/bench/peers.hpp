// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace fibo::bench {

/// Another library that computes F(n) and writes its decimal digits to memory.
struct Peer {
  std::string name;     ///< with its version
  std::uint64_t max_n;  ///< what it is asked for at most
  /// Computes F(n) and its text; returns the number of digits.
  std::function<std::size_t(std::uint64_t n)> digits;
};

/// GMP, with memory of its own.
Peer make_gmp();

/// The libraries that this build found, GMP first.
std::vector<Peer> make_peers();

}  // namespace fibo::bench
