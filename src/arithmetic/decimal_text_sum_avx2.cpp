// SPDX-License-Identifier: MIT
#include "decimal_text_sum.hpp"

#include <cstdint>

#include <immintrin.h>

namespace fibo::decimal::detail {
namespace {

inline __m256i* vector_at(char* text) {
  return reinterpret_cast<__m256i*>(text);
}
inline const __m256i* vector_at(const char* text) {
  return reinterpret_cast<const __m256i*>(text);
}

/// One bit for each byte of `mask`, the last byte's lowest: in the order of carries.
inline std::uint64_t bits_from_last(__m256i mask) {
  return static_cast<std::uint32_t>(_mm256_movemask_epi8(mask));
}

/// The bytes in opposite order.
inline __m256i reversed(__m256i bytes) {
  const __m256i within_half =
      _mm256_setr_epi8(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0,  //
                       15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
  return _mm256_permute4x64_epi64(_mm256_shuffle_epi8(bytes, within_half), 0x4e);
}

/// All ones in byte i if bit 31 - i is set, else zero.
inline __m256i bytes_from_last(std::uint32_t bits) {
  const __m256i byte_of_bit = _mm256_setr_epi8(3, 3, 3, 3, 3, 3, 3, 3, 2, 2, 2, 2, 2, 2, 2, 2,  //
                                               1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0);
  const __m256i bit = _mm256_set1_epi64x(0x0102'0408'1020'4080);
  const __m256i spread =
      _mm256_shuffle_epi8(_mm256_set1_epi32(static_cast<int>(bits)), byte_of_bit);
  return _mm256_cmpeq_epi8(_mm256_and_si256(spread, bit), bit);
}

/// The digit of a place whose sum, below 20, gets one more where `carry` is all ones.
inline __m256i digit_of(__m256i place, __m256i carry) {
  place = _mm256_sub_epi8(place, carry);
  // Below ten, the difference wraps and is the larger one.
  const __m256i digit = _mm256_min_epu8(place, _mm256_sub_epi8(place, _mm256_set1_epi8(10)));
  return _mm256_add_epi8(digit, _mm256_set1_epi8('0'));
}

}  // namespace

void add_text_avx2(char* sum, const char* addend, std::size_t size) {
  const __m256i two_zeros = _mm256_set1_epi8('0' + '0');
  const __m256i nine = _mm256_set1_epi8(9);
  std::uint64_t carry_in = 0;
  for (std::size_t i = size; i > 0;) {
    i -= 64;
    const __m256i left = _mm256_sub_epi8(_mm256_add_epi8(_mm256_loadu_si256(vector_at(sum + i)),
                                                         _mm256_loadu_si256(vector_at(addend + i))),
                                         two_zeros);
    const __m256i right =
        _mm256_sub_epi8(_mm256_add_epi8(_mm256_loadu_si256(vector_at(sum + i + 32)),
                                        _mm256_loadu_si256(vector_at(addend + i + 32))),
                        two_zeros);
    // Bit k is the k-th place from the last. A place above nine carries, one of nine passes a carry
    // on: adding the carries to the places that pass them on lets one addition carry them all. A
    // place gets a carry where that addition changed its bit.
    const __m256i left_back = reversed(left);
    const __m256i right_back = reversed(right);
    const std::uint64_t above = bits_from_last(_mm256_cmpgt_epi8(left_back, nine)) << 32 |
                                bits_from_last(_mm256_cmpgt_epi8(right_back, nine));
    const std::uint64_t nines = bits_from_last(_mm256_cmpeq_epi8(left_back, nine)) << 32 |
                                bits_from_last(_mm256_cmpeq_epi8(right_back, nine));
    const std::uint64_t sent = above << 1 | carry_in;
    const std::uint64_t passed = sent + nines;
    const std::uint64_t carries = passed ^ nines;
    carry_in = above >> 63 | (passed < sent ? 1 : 0);
    _mm256_storeu_si256(vector_at(sum + i),
                        digit_of(left, bytes_from_last(static_cast<std::uint32_t>(carries >> 32))));
    _mm256_storeu_si256(vector_at(sum + i + 32),
                        digit_of(right, bytes_from_last(static_cast<std::uint32_t>(carries))));
  }
}

}  // namespace fibo::decimal::detail
