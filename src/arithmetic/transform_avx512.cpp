// SPDX-License-Identifier: MIT
//
// The transform's loops for AVX-512: eight doubles at a time. This file alone is compiled with
// those instructions.
#include "transform_loops.hpp"

#include <immintrin.h>

namespace fibo::detail {
namespace {

struct Avx512Vector {
  static constexpr std::size_t lanes = 8;
  __m512d v;

  // Rows begin on cache lines, but parts of small tables do not.
  static Avx512Vector load(const double* x) { return {_mm512_loadu_pd(x)}; }
  static Avx512Vector broadcast(double x) { return {_mm512_set1_pd(x)}; }
  void store(double* x) const { _mm512_storeu_pd(x, v); }

  // Four lanes of each of two neighbouring numbers.
  static Avx512Vector broadcast_each(const double* x) {
    return {_mm512_insertf64x4(_mm512_set1_pd(x[0]), _mm256_set1_pd(x[1]), 1)};
  }

  // Four numbers from x on, and four from x + distance on.
  static Avx512Vector load_fours(const double* x, std::size_t distance) {
    return {_mm512_insertf64x4(_mm512_castpd256_pd512(_mm256_loadu_pd(x)),
                               _mm256_loadu_pd(x + distance), 1)};
  }
  void store_fours(double* x, std::size_t distance) const {
    _mm256_storeu_pd(x, _mm512_castpd512_pd256(v));
    _mm256_storeu_pd(x + distance, _mm512_extractf64x4_pd(v, 1));
  }

  // Past the caches; other threads may read it after `end_streams`.
  void stream(double* x) const { _mm512_stream_pd(x, v); }
  static void end_streams() { _mm_sfence(); }

  friend Avx512Vector operator+(Avx512Vector a, Avx512Vector b) {
    return {_mm512_add_pd(a.v, b.v)};
  }
  friend Avx512Vector operator-(Avx512Vector a, Avx512Vector b) {
    return {_mm512_sub_pd(a.v, b.v)};
  }
  friend Avx512Vector operator*(Avx512Vector a, Avx512Vector b) {
    return {_mm512_mul_pd(a.v, b.v)};
  }

  // Adding 1.5 2^52 leaves no bits for a fraction, 1.5 2^53 none for odd integers.
  static Avx512Vector round_product(Avx512Vector a, Avx512Vector b, double magic = 0x1.8p52) {
    const __m512d shift = _mm512_set1_pd(magic);
    return {_mm512_sub_pd(_mm512_fmadd_pd(a.v, b.v, shift), shift)};
  }

  // a - q b, where that is an integer under 2^53.
  static Avx512Vector subtract_product(Avx512Vector a, Avx512Vector q, Avx512Vector b) {
    return {_mm512_fnmadd_pd(q.v, b.v, a.v)};
  }

  // f x - q p, where that is an integer under 2^53.
  static Avx512Vector subtract_quotient(Avx512Vector f, Avx512Vector x, Avx512Vector q,
                                        Avx512Vector p) {
    const __m512d high = _mm512_mul_pd(f.v, x.v);
    const __m512d low = _mm512_fmsub_pd(f.v, x.v, high);
    return {_mm512_add_pd(_mm512_fnmadd_pd(q.v, p.v, high), low)};
  }

  static Avx512Vector multiply_mod(Avx512Vector f, Avx512Vector over_p, Avx512Vector x,
                                   Avx512Vector p) {
    return subtract_quotient(f, x, round_product(x, over_p), p);
  }

  static Avx512Vector multiply_far_mod(Avx512Vector f, Avx512Vector over_p, Avx512Vector x,
                                       Avx512Vector p) {
    return subtract_quotient(f, x, round_product(x, over_p, 0x1.8p53), p);
  }

  // a/p: one step of correction leaves the error of the last rounding.
  static Avx512Vector quotient(Avx512Vector a, Avx512Vector p, Avx512Vector p_inverse) {
    const __m512d first = _mm512_mul_pd(a.v, p_inverse.v);
    return {_mm512_fmadd_pd(_mm512_fnmadd_pd(first, p.v, a.v), p_inverse.v, first)};
  }

  // The 4 x 4 numbers in the lower halves, and those in the upper halves.
  static void transpose(Avx512Vector& a, Avx512Vector& b, Avx512Vector& c, Avx512Vector& d) {
    const __m512d ab_low = _mm512_unpacklo_pd(a.v, b.v);
    const __m512d ab_high = _mm512_unpackhi_pd(a.v, b.v);
    const __m512d cd_low = _mm512_unpacklo_pd(c.v, d.v);
    const __m512d cd_high = _mm512_unpackhi_pd(c.v, d.v);
    const __m512i first_pairs = _mm512_setr_epi64(0, 1, 8, 9, 4, 5, 12, 13);
    const __m512i second_pairs = _mm512_setr_epi64(2, 3, 10, 11, 6, 7, 14, 15);
    a.v = _mm512_permutex2var_pd(ab_low, first_pairs, cd_low);
    b.v = _mm512_permutex2var_pd(ab_high, first_pairs, cd_high);
    c.v = _mm512_permutex2var_pd(ab_low, second_pairs, cd_low);
    d.v = _mm512_permutex2var_pd(ab_high, second_pairs, cd_high);
  }

  // (below[7], a[0] .. a[6])
  static Avx512Vector shift_in_one(Avx512Vector below, Avx512Vector a) {
    return shift<7>(below, a);
  }

  // (below[6], below[7], a[0] .. a[5])
  static Avx512Vector shift_in_two(Avx512Vector below, Avx512Vector a) {
    return shift<6>(below, a);
  }

 private:
  template <int Lane>
  static Avx512Vector shift(Avx512Vector below, Avx512Vector a) {
    return {_mm512_castsi512_pd(
        _mm512_alignr_epi64(_mm512_castpd_si512(a.v), _mm512_castpd_si512(below.v), Lane))};
  }
};

}  // namespace

constinit const TransformKernels avx512_kernels = make_kernels<Avx512Vector>(write_limbs_avx2);

}  // namespace fibo::detail
