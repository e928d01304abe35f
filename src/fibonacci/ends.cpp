// SPDX-License-Identifier: MIT
#include "fibo/fibonacci/ends.hpp"

#include "fibo/fibonacci/fibonacci.hpp"
#include "fibo/fibonacci/residue.hpp"

namespace fibo {

Ends fibonacci_ends(std::uint64_t n, std::uint64_t count) {
  const std::string digits = fibonacci(n);
  if (digits.size() <= 2 * count) return {digits.size(), digits, ""};
  return {digits.size(), digits.substr(0, count), digits.substr(digits.size() - count)};
}

std::uint64_t fibonacci_mod(std::uint64_t n, std::uint64_t modulus) {
  __extension__ using Wide = unsigned __int128;
  std::uint64_t a = 0;
  std::uint64_t b = 1 % modulus;
  for (std::uint64_t i = 0; i < n; ++i) {
    const auto sum = static_cast<std::uint64_t>((Wide{a} + b) % modulus);
    a = b;
    b = sum;
  }
  return a;
}

}  // namespace fibo
