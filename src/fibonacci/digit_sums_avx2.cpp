// SPDX-License-Identifier: MIT
#include "digit_sums.hpp"

#include <immintrin.h>

namespace fibo::detail {

void add_digits_avx2(const char* text, std::size_t first, std::size_t count,
                     const TextResidue::Weights& weights, DigitSums& sums) {
  const __m256i zeros = _mm256_set1_epi8('0');
  const __m256i tens = _mm256_set1_epi16(0x010a);          // 10, 1 in bytes
  const __m256i hundreds = _mm256_set1_epi32(0x00010064);  // 100, 1 in words
  const __m256i ten_thousands = _mm256_set1_epi32(0x00012710);
  __m256i low = _mm256_load_si256(reinterpret_cast<const __m256i*>(sums.low));
  __m256i high = _mm256_load_si256(reinterpret_cast<const __m256i*>(sums.high));
  __m256i largest = _mm256_setzero_si256();

  const auto* source = reinterpret_cast<const __m256i*>(text);
  const auto* weight = reinterpret_cast<const __m256i*>(&weights) + 2 * first;
  for (; count > 0; --count, source += 2, weight += 2) {
    const __m256i left = _mm256_sub_epi8(_mm256_loadu_si256(source), zeros);
    const __m256i right = _mm256_sub_epi8(_mm256_loadu_si256(source + 1), zeros);
    largest = _mm256_max_epu8(largest, _mm256_max_epu8(left, right));
    // Pairs of digits, then fours, then eights: in 8-, 16- and 32-bit fields.
    const __m256i left_fours = _mm256_madd_epi16(_mm256_maddubs_epi16(left, tens), hundreds);
    const __m256i right_fours = _mm256_madd_epi16(_mm256_maddubs_epi16(right, tens), hundreds);
    const __m256i eights =
        _mm256_madd_epi16(_mm256_packus_epi32(left_fours, right_fours), ten_thousands);
    // The 32-bit fields hold groups 0 1 4 5 2 3 6 7: even ones 0 4 2 6, odd ones 1 5 3 7. A product
    // of a group and half a weight is below 10^8 * 2^32, and 32 of them stay below 2^64.
    const __m256i odd = _mm256_srli_epi64(eights, 32);
    const __m256i even_weight = _mm256_load_si256(weight);
    const __m256i odd_weight = _mm256_load_si256(weight + 1);
    low = _mm256_add_epi64(low, _mm256_add_epi64(_mm256_mul_epu32(eights, even_weight),
                                                 _mm256_mul_epu32(odd, odd_weight)));
    high = _mm256_add_epi64(
        high, _mm256_add_epi64(_mm256_mul_epu32(eights, _mm256_srli_epi64(even_weight, 32)),
                               _mm256_mul_epu32(odd, _mm256_srli_epi64(odd_weight, 32))));
  }
  _mm256_store_si256(reinterpret_cast<__m256i*>(sums.low), low);
  _mm256_store_si256(reinterpret_cast<__m256i*>(sums.high), high);
  const __m256i excess = _mm256_subs_epu8(largest, _mm256_set1_epi8(9));
  sums.all_digits = sums.all_digits && _mm256_testz_si256(excess, excess) != 0;
}

}  // namespace fibo::detail
