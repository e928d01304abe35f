// SPDX-License-Identifier: MIT
#include "decimal_text_sum.hpp"

#include <bit>
#include <cstdint>
#include <cstring>

namespace fibo::decimal {
namespace {

constexpr std::uint64_t each_byte = 0x0101'0101'0101'0101;

/// Eight digits, the last one in the lowest byte.
std::uint64_t load_eight(const char* text) {
  static_assert(std::endian::native == std::endian::little);
  std::uint64_t word = 0;
  std::memcpy(&word, text, sizeof word);
  return __builtin_bswap64(word);
}

void add_text_portable(char* sum, const char* addend, std::size_t size) {
  // With 0x96 added to the two characters of a place, 0x30 + digit each, it is 0xf6 + both digits,
  // and a place of ten or more carries into the next byte as digits do. A place that did not carry
  // is left with its top bit set, and 0xf6 too much.
  bool carry = false;
  for (std::size_t i = size; i > 0;) {
    i -= 8;
    std::uint64_t word = load_eight(sum + i) + each_byte * 0x96 + (carry ? 1 : 0);
    carry = __builtin_add_overflow(word, load_eight(addend + i), &word);
    const std::uint64_t less_than_ten = word >> 7 & each_byte;
    word = __builtin_bswap64((word - less_than_ten * 0xf6) | each_byte * '0');
    std::memcpy(sum + i, &word, sizeof word);
  }
}

}  // namespace

AddText add_text_routine(InstructionSet set) {
#ifdef FIBO_HAVE_X86_SIMD
  if (set >= InstructionSet::avx2) return detail::add_text_avx2;
#endif
  static_cast<void>(set);
  return add_text_portable;
}

}  // namespace fibo::decimal
