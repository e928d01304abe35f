// SPDX-License-Identifier: MIT
#include "decimal_text.hpp"

#include <immintrin.h>

namespace fibo::decimal::detail {
namespace {

constexpr std::uint64_t ten_8 = 100'000'000;
constexpr std::uint64_t ten_16 = ten_8 * ten_8;

struct Parts {
  std::uint64_t top;     // below 100
  std::uint64_t middle;  // below 10^8
  std::uint64_t low;     // below 10^8
};

inline Parts split(Limb limb) {
  const std::uint64_t top = limb / ten_16;
  const std::uint64_t rest = limb - top * ten_16;
  const std::uint64_t middle = rest / ten_8;
  return {top, middle, rest - middle * ten_8};
}

inline void store_two(std::uint64_t x, char* text) {
  const std::uint64_t tens = x * 103 >> 10;
  text[0] = static_cast<char>('0' + tens);
  text[1] = static_cast<char>('0' + (x - tens * 10));
}

/// The digits of four numbers below 10^8, as text, eight bytes for each.
inline __m256i digits_of(__m256i x) {
  // Quotients by multiplication, exact in the range of each field: floor(x * 3518437209 / 2^45) for
  // x < 10^8, floor(x * 5243 / 2^19) for x < 10^4, floor(x * 6554 / 2^16) for x < 100.
  const __m256i fours = _mm256_srli_epi64(_mm256_mul_epu32(x, _mm256_set1_epi64x(3518437209)), 45);
  __m256i rest = _mm256_sub_epi64(x, _mm256_mul_epu32(fours, _mm256_set1_epi64x(10'000)));
  x = _mm256_or_si256(fours, _mm256_slli_epi64(rest, 32));
  const __m256i hundreds = _mm256_srli_epi16(_mm256_mulhi_epu16(x, _mm256_set1_epi32(5243)), 3);
  rest = _mm256_sub_epi16(x, _mm256_mullo_epi16(hundreds, _mm256_set1_epi32(100)));
  x = _mm256_or_si256(hundreds, _mm256_slli_epi32(rest, 16));
  const __m256i tens = _mm256_mulhi_epu16(x, _mm256_set1_epi16(6554));
  rest = _mm256_sub_epi16(x, _mm256_mullo_epi16(tens, _mm256_set1_epi16(10)));
  x = _mm256_or_si256(tens, _mm256_slli_epi16(rest, 8));
  return _mm256_or_si256(x, _mm256_set1_epi8('0'));
}

inline __m256i pack(const Parts& first, const Parts& second) {
  return _mm256_set_epi64x(
      static_cast<std::int64_t>(second.low), static_cast<std::int64_t>(second.middle),
      static_cast<std::int64_t>(first.low), static_cast<std::int64_t>(first.middle));
}

}  // namespace

void to_text_avx2(const Limb* limbs, std::size_t size, char* text) {
  std::size_t i = size;
  for (; i >= 2; i -= 2, text += 2 * digits_per_limb) {
    const Parts first = split(limbs[i - 1]);
    const Parts second = split(limbs[i - 2]);
    const __m256i digits = digits_of(pack(first, second));
    store_two(first.top, text);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(text + 2), _mm256_castsi256_si128(digits));
    store_two(second.top, text + 18);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(text + 20), _mm256_extracti128_si256(digits, 1));
  }
  if (i == 1) {
    const Parts last = split(limbs[0]);
    store_two(last.top, text);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(text + 2),
                     _mm256_castsi256_si128(digits_of(pack(last, last))));
  }
}

}  // namespace fibo::decimal::detail
