// SPDX-License-Identifier: MIT
//
// The transform's loops for AVX2 and FMA. This file alone is compiled with those instructions.
#include "transform_loops.hpp"

#include <immintrin.h>

namespace fibo::detail {
namespace {

struct Avx2Vector {
  static constexpr std::size_t lanes = 4;
  __m256d v;

  static Avx2Vector load(const double* x) { return {_mm256_load_pd(x)}; }
  static Avx2Vector broadcast(double x) { return {_mm256_set1_pd(x)}; }
  void store(double* x) const { _mm256_store_pd(x, v); }

  // A vector holds four numbers from one place only.
  static Avx2Vector broadcast_each(const double* x) { return broadcast(*x); }
  static Avx2Vector load_fours(const double* x, std::size_t) { return load(x); }
  void store_fours(double* x, std::size_t) const { store(x); }

  // Past the caches; other threads may read it after `end_streams`.
  void stream(double* x) const { _mm256_stream_pd(x, v); }
  static void end_streams() { _mm_sfence(); }

  friend Avx2Vector operator+(Avx2Vector a, Avx2Vector b) { return {_mm256_add_pd(a.v, b.v)}; }
  friend Avx2Vector operator-(Avx2Vector a, Avx2Vector b) { return {_mm256_sub_pd(a.v, b.v)}; }
  friend Avx2Vector operator*(Avx2Vector a, Avx2Vector b) { return {_mm256_mul_pd(a.v, b.v)}; }

  // Adding 1.5 2^52 leaves no bits for a fraction, 1.5 2^53 none for odd integers.
  static Avx2Vector round_product(Avx2Vector a, Avx2Vector b, double magic = 0x1.8p52) {
    const __m256d shift = _mm256_set1_pd(magic);
    return {_mm256_sub_pd(_mm256_fmadd_pd(a.v, b.v, shift), shift)};
  }

  // a - q b, where that is an integer under 2^53.
  static Avx2Vector subtract_product(Avx2Vector a, Avx2Vector q, Avx2Vector b) {
    return {_mm256_fnmadd_pd(q.v, b.v, a.v)};
  }

  // f x - q p, where that is an integer under 2^53.
  static Avx2Vector subtract_quotient(Avx2Vector f, Avx2Vector x, Avx2Vector q, Avx2Vector p) {
    const __m256d high = _mm256_mul_pd(f.v, x.v);
    const __m256d low = _mm256_fmsub_pd(f.v, x.v, high);
    return {_mm256_add_pd(_mm256_fnmadd_pd(q.v, p.v, high), low)};
  }

  static Avx2Vector multiply_mod(Avx2Vector f, Avx2Vector over_p, Avx2Vector x, Avx2Vector p) {
    return subtract_quotient(f, x, round_product(x, over_p), p);
  }

  static Avx2Vector multiply_far_mod(Avx2Vector f, Avx2Vector over_p, Avx2Vector x, Avx2Vector p) {
    return subtract_quotient(f, x, round_product(x, over_p, 0x1.8p53), p);
  }

  // a/p: one step of correction leaves the error of the last rounding.
  static Avx2Vector quotient(Avx2Vector a, Avx2Vector p, Avx2Vector p_inverse) {
    const __m256d first = _mm256_mul_pd(a.v, p_inverse.v);
    return {_mm256_fmadd_pd(_mm256_fnmadd_pd(first, p.v, a.v), p_inverse.v, first)};
  }

  static void transpose(Avx2Vector& a, Avx2Vector& b, Avx2Vector& c, Avx2Vector& d) {
    const __m256d ab_low = _mm256_unpacklo_pd(a.v, b.v);
    const __m256d ab_high = _mm256_unpackhi_pd(a.v, b.v);
    const __m256d cd_low = _mm256_unpacklo_pd(c.v, d.v);
    const __m256d cd_high = _mm256_unpackhi_pd(c.v, d.v);
    a.v = _mm256_permute2f128_pd(ab_low, cd_low, 0x20);
    b.v = _mm256_permute2f128_pd(ab_high, cd_high, 0x20);
    c.v = _mm256_permute2f128_pd(ab_low, cd_low, 0x31);
    d.v = _mm256_permute2f128_pd(ab_high, cd_high, 0x31);
  }

  // (below[3], a[0], a[1], a[2])
  static Avx2Vector shift_in_one(Avx2Vector below, Avx2Vector a) {
    const __m256d middle = _mm256_permute2f128_pd(below.v, a.v, 0x21);
    return {_mm256_shuffle_pd(middle, a.v, 0b0101)};
  }

  // (below[2], below[3], a[0], a[1])
  static Avx2Vector shift_in_two(Avx2Vector below, Avx2Vector a) {
    return {_mm256_permute2f128_pd(below.v, a.v, 0x21)};
  }
};

}  // namespace

constinit const TransformKernels avx2_kernels = make_kernels<Avx2Vector>(write_limbs_avx2);

}  // namespace fibo::detail
