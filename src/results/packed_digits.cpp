// SPDX-License-Identifier: MIT
#include "fibo/results/packed_digits.hpp"

#include <cstddef>

namespace fibo {

// Plain loops over bytes, which compilers turn into vector instructions.

std::string pack_digits(std::string_view digits) {
  const std::size_t odd = digits.size() % 2;
  std::string packed(digits.size() / 2 + odd, '\0');
  if (odd != 0) packed.front() = static_cast<char>(digits.front() & 0x0f);
  const char* const pairs = digits.data() + odd;
  char* const bytes = packed.data() + odd;
  const std::size_t count = digits.size() / 2;
  for (std::size_t i = 0; i < count; ++i)
    bytes[i] = static_cast<char>((pairs[2 * i] << 4) | (pairs[2 * i + 1] & 0x0f));
  return packed;
}

void append_unpacked(std::string& digits, std::string_view packed) {
  const std::size_t begin = digits.size();
  digits.resize(begin + 2 * packed.size());
  char* const pairs = digits.data() + begin;
  for (std::size_t i = 0; i < packed.size(); ++i) {
    const auto byte = static_cast<unsigned char>(packed[i]);
    pairs[2 * i] = static_cast<char>('0' + (byte >> 4));
    pairs[2 * i + 1] = static_cast<char>('0' + (byte & 0x0f));
  }
}

}  // namespace fibo
