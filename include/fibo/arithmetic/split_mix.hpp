// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace fibo::detail {

/// Random words of 64 bits, SplitMix64: G. L. Steele, D. Lea, C. H. Flood, "Fast splittable
/// pseudorandom number generators", OOPSLA 2014.
class SplitMix {
 public:
  explicit SplitMix(std::uint64_t state) : state_(state) {}

  std::uint64_t operator()() {
    state_ += 0x9e3779b97f4a7c15U;
    return mix(state_);
  }

  static std::uint64_t mix(std::uint64_t x) {
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
    return x ^ (x >> 31);
  }

 private:
  std::uint64_t state_;
};

}  // namespace fibo::detail
