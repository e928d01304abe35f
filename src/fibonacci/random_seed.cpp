// SPDX-License-Identifier: MIT
#include "fibo/fibonacci/random_seed.hpp"

#include <random>

namespace fibo {

std::uint64_t random_seed() {
  std::random_device entropy;
  return std::uint64_t{entropy()} << 32 | entropy();
}

}  // namespace fibo
