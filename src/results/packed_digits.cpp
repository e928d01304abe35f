// SPDX-License-Identifier: MIT
#include "fibo/results/packed_digits.hpp"

#include <cstddef>

namespace fibo {

// Plain loops over bytes, which compilers turn into vector instructions.

namespace {

void pack_pairs(std::string& packed, std::string_view digits) {
  const std::size_t begin = packed.size();
  const std::size_t count = digits.size() / 2;
  packed.resize(begin + count);
  const char* const pairs = digits.data();
  char* const bytes = packed.data() + begin;
  for (std::size_t i = 0; i < count; ++i)
    bytes[i] = static_cast<char>((pairs[2 * i] << 4) | (pairs[2 * i + 1] & 0x0f));
}

}  // namespace

std::string pack_digits(std::string_view digits) {
  DigitPacker packer(digits.size());
  packer.append(digits);
  return packer.take();
}

DigitPacker::DigitPacker(std::uint64_t total_digits) : half_(total_digits % 2 != 0) {
  packed_.reserve(total_digits / 2 + total_digits % 2);
  // The zero before an odd number of digits.
  if (half_) packed_ = std::string(1, '\0');
}

void DigitPacker::append(std::string_view digits) {
  if (digits.empty()) return;
  if (half_) {
    packed_.back() = static_cast<char>(packed_.back() | (digits.front() & 0x0f));
    digits.remove_prefix(1);
    half_ = false;
  }
  pack_pairs(packed_, digits);
  if (digits.size() % 2 != 0) {
    packed_ += static_cast<char>(digits.back() << 4);
    half_ = true;
  }
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
