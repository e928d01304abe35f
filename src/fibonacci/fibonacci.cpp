// SPDX-License-Identifier: MIT
#include "fibo/fibonacci/fibonacci.hpp"

#include "fibo/fibonacci/engine.hpp"

namespace fibo {

std::string fibonacci(std::uint64_t n) {
  thread_local Engine engine;
  return std::string{engine.digits(n)};
}

}  // namespace fibo
