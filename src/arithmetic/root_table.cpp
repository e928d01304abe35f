// SPDX-License-Identifier: MIT
#include "fibo/arithmetic/root_table.hpp"

#include <bit>

namespace fibo::detail {
namespace {

std::uint64_t residue(double balanced_value, std::uint64_t p) {
  return balanced_value < 0 ? p - static_cast<std::uint64_t>(-balanced_value)
                            : static_cast<std::uint64_t>(balanced_value);
}

// table[i] = W(stride i) up to the new size, a power of two, from the entries there are: W(2^k + i)
// = W(2^k) W(i).
void extend(std::vector<double>& table, std::size_t size, std::uint64_t stride,
            const Prime& prime) {
  const std::uint64_t p = prime.value;
  std::size_t half = table.size();
  table.resize(size);
  for (; half < size; half *= 2) {
    const std::uint64_t factor = node_root(prime, stride * half);
    for (std::size_t i = 0; i < half; ++i) {
      table[half + i] = balanced(multiply_mod(factor, residue(table[i], p), p), p);
    }
  }
}

}  // namespace

RootTable::RootTable(const Prime& prime) : prime_(prime), root_{1}, seed_{1} {
  const std::uint64_t p = prime.value;
  for (std::size_t i = 0; i < 16; ++i) {
    const double value = balanced(node_root(prime, i), p);
    const double inverse = balanced(inverse_node_root(prime, i), p);
    const std::size_t sorted = 16 + (i % 2 == 0 ? i / 2 : 4 + i / 2);
    small_[i] = value;
    small_inverse_[i] = inverse;
    if (i < 8) {
      small_[sorted] = value;
      small_inverse_[sorted] = inverse;
    }
  }
}

void RootTable::reserve(std::size_t blocks) {
  const std::size_t rounded = std::bit_ceil(blocks);
  if (rounded <= seed_.size()) return;
  extend(root_, rounded / 2, 2, prime_);
  extend(seed_, rounded, 16, prime_);
}

PrimeTable RootTable::view() const {
  const auto p = static_cast<double>(prime_.value);
  return {p, 1 / p, root_.data(), seed_.data(), small_.data(), small_inverse_.data(), -small_[15]};
}

std::size_t RootTable::size(std::size_t blocks) {
  return std::bit_ceil(blocks) * 3 / 2;
}

}  // namespace fibo::detail
