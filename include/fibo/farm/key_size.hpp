// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/farm/key.hpp"

#include <bit>
#include <cstddef>

/// Orders of magnitude of keys: the size of a key is the number of its bits, 0 to 64.
namespace fibo {

constexpr std::size_t key_size(Key key) {
  return static_cast<std::size_t>(std::bit_width(key));
}

constexpr Key least_key_of_size(std::size_t size) {
  return size == 0 ? 0 : Key{1} << (size - 1);
}

constexpr Key largest_key_of_size(std::size_t size) {
  return size == 0 ? 0 : ~Key{0} >> (64 - size);
}

}  // namespace fibo
