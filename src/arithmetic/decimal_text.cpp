// SPDX-License-Identifier: MIT
#include "decimal_text.hpp"

#include <array>
#include <bit>
#include <cstring>

namespace fibo::decimal {
namespace {

constexpr std::uint64_t ten_8 = 100'000'000;
constexpr std::uint64_t ten_16 = ten_8 * ten_8;

constexpr auto digit_pairs = [] {
  std::array<char, 200> pairs{};
  for (std::size_t i = 0; i < 100; ++i) {
    pairs[2 * i] = static_cast<char>('0' + i / 10);
    pairs[2 * i + 1] = static_cast<char>('0' + i % 10);
  }
  return pairs;
}();

/// The eight digits of x < 10^8 as text, the first one in the lowest byte.
constexpr std::uint64_t eight_digits(std::uint64_t x) {
  // Each step splits every field in two, quotient below remainder. The products with reciprocals
  // never reach the next field, and give the exact quotient in the range of the field:
  // x / 10^4 for x < 10^8, x / 100 for x < 10^4, x / 10 for x < 100.
  const std::uint64_t fours = x / 10'000;
  x = fours | (x - fours * 10'000) << 32;
  const std::uint64_t hundreds = (x * 10'486 >> 20) & 0x0000'007f'0000'007f;
  x = hundreds | (x - hundreds * 100) << 16;
  const std::uint64_t tens = (x * 103 >> 10) & 0x000f'000f'000f'000f;
  x = tens | (x - tens * 10) << 8;
  return x | 0x3030'3030'3030'3030;
}

void store_eight(std::uint64_t digits, char* text) {
  static_assert(std::endian::native == std::endian::little);
  std::memcpy(text, &digits, sizeof digits);
}

void to_text_portable(const Limb* limbs, std::size_t size, char* text) {
  for (std::size_t i = size; i-- > 0; text += digits_per_limb) {
    const Limb limb = limbs[i];
    const std::uint64_t top = limb / ten_16;
    const std::uint64_t rest = limb - top * ten_16;
    const std::uint64_t middle = rest / ten_8;
    std::memcpy(text, &digit_pairs[2 * top], 2);
    store_eight(eight_digits(middle), text + 2);
    store_eight(eight_digits(rest - middle * ten_8), text + 10);
  }
}

}  // namespace

ToText to_text_routine(InstructionSet set) {
#ifdef FIBO_HAVE_X86_SIMD
  if (set >= InstructionSet::avx2) return detail::to_text_avx2;
#endif
  static_cast<void>(set);
  return to_text_portable;
}

}  // namespace fibo::decimal
