// SPDX-License-Identifier: MIT
//
// Four limbs to their digits at a time. Compiled with AVX2 and FMA, and hence without anything of
// the standard library that the linker could share.
#include "fibo/arithmetic/limb_text.hpp"

#include <immintrin.h>

namespace fibo::detail {
namespace {

// floor(x / 10^k) for integers 0 <= x < 10^14 (inverse = 10^-k, k = 4 or 8): the fractions of
// x/10^k are multiples of 10^-k, so that they stay clear of the halves by 10^-8 / 2, far more than
// the error of the product.
__m256d floor_quotient(__m256d x, double inverse) {
  const __m256d magic = _mm256_set1_pd(0x1.8p52);
  const __m256d shifted =
      _mm256_fmadd_pd(x, _mm256_set1_pd(inverse), _mm256_set1_pd(-0.5 + 0.5e-8));
  return _mm256_sub_pd(_mm256_add_pd(shifted, magic), magic);
}

// q and x - 10^k q, both under 10^4, in one 32-bit lane each: q in the low half.
__m128i paired_fours(__m256d x) {
  const __m256d quotient = floor_quotient(x, 1e-4);
  const __m256d remainder = _mm256_fnmadd_pd(quotient, _mm256_set1_pd(1e4), x);
  return _mm_or_si128(_mm256_cvttpd_epi32(quotient),
                      _mm_slli_epi32(_mm256_cvttpd_epi32(remainder), 16));
}

// Digits of numbers under 100, one in each 16 bits: the tens in the low byte.
__m256i two_digits(__m256i x) {
  const __m256i tens = _mm256_mulhi_epu16(x, _mm256_set1_epi16(6554));
  return _mm256_add_epi16(
      _mm256_sub_epi16(_mm256_slli_epi16(x, 8), _mm256_mullo_epi16(tens, _mm256_set1_epi16(2559))),
      _mm256_set1_epi16(0x3030));
}

// Sixteen digits each of four integers 0 <= x < 10^14, the i-th's last digit at end[-1 - i width].
void write_sixteens(__m256d x, char* end, std::size_t width) {
  const __m256d high = floor_quotient(x, 1e-8);
  const __m256d low = _mm256_fnmadd_pd(high, _mm256_set1_pd(1e8), x);
  const __m128i high_fours = paired_fours(high);
  const __m128i low_fours = paired_fours(low);
  // Four numbers under 10^4, 16 bits each: limbs 0 and 1 in the lower half, 2 and 3 in the upper.
  const __m256i fours = _mm256_set_m128i(_mm_unpackhi_epi32(high_fours, low_fours),
                                         _mm_unpacklo_epi32(high_fours, low_fours));
  const __m256i hundreds = _mm256_srli_epi16(_mm256_mulhi_epu16(fours, _mm256_set1_epi16(5243)), 3);
  const __m256i rest =
      _mm256_sub_epi16(fours, _mm256_mullo_epi16(hundreds, _mm256_set1_epi16(100)));
  const __m256i even = two_digits(_mm256_unpacklo_epi16(hundreds, rest));
  const __m256i odd = two_digits(_mm256_unpackhi_epi16(hundreds, rest));
  // In this order: each one's leading zeros fall where the next one's digits will be.
  const auto store = [end, width](std::size_t i, __m128i digits) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(end - i * width - 16), digits);
  };
  store(0, _mm256_castsi256_si128(even));
  store(1, _mm256_castsi256_si128(odd));
  store(2, _mm256_extracti128_si256(even, 1));
  store(3, _mm256_extracti128_si256(odd, 1));
}

}  // namespace

std::size_t write_limbs_avx2(const double* limbs, std::size_t count, const DecimalBase& base,
                             double& borrow, char* end) {
  const auto width = static_cast<std::size_t>(base.digits);
  const __m256d zero = _mm256_setzero_pd();
  const __m256d minus_one = _mm256_set1_pd(-1);
  const __m256d radix = _mm256_set1_pd(base.base);
  // Of two limbs more the digits take at least the 16 bytes that a store takes.
  std::size_t i = 0;
  for (; i + 6 <= count; i += 4, end -= 4 * width) {
    __m256d x = _mm256_loadu_pd(limbs + i);
    if (_mm256_movemask_pd(_mm256_cmp_pd(x, zero, _CMP_EQ_OQ)) == 0) {
      // A limb that is not zero borrows by its own sign, whatever comes in.
      const __m256d negative = _mm256_cmp_pd(x, zero, _CMP_LT_OQ);
      const __m256d out = _mm256_and_pd(negative, minus_one);
      const __m256d in = _mm256_blend_pd(_mm256_permute4x64_pd(out, _MM_SHUFFLE(2, 1, 0, 3)),
                                         _mm256_set1_pd(borrow), 1);
      x = _mm256_add_pd(_mm256_add_pd(x, in), _mm256_and_pd(negative, radix));
      borrow = (_mm256_movemask_pd(negative) & 8) != 0 ? -1.0 : 0.0;
    } else {
      alignas(32) double digits[4];
      for (std::size_t j = 0; j < 4; ++j) {
        const double value = limbs[i + j] + borrow;
        borrow = value < 0 ? -1.0 : 0.0;
        digits[j] = value < 0 ? value + base.base : value;
      }
      x = _mm256_load_pd(digits);
    }
    write_sixteens(x, end, width);
  }
  return i;
}

}  // namespace fibo::detail
