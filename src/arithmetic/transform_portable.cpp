// SPDX-License-Identifier: MIT
//
// The transform's loops for machines without a fused multiply-add: the same vectors of doubles,
// with products taken modulo 2^64.
#include "transform_loops.hpp"

namespace fibo::detail {
namespace {

struct PortableVector {
  static constexpr std::size_t lanes = 4;
  double v[4];

  template <class Operation>
  static PortableVector map(Operation operation) {
    return {{operation(0), operation(1), operation(2), operation(3)}};
  }

  static PortableVector load(const double* x) {
    return map([=](int i) { return x[i]; });
  }
  static PortableVector broadcast(double x) { return {{x, x, x, x}}; }
  void store(double* x) const {
    for (int i = 0; i < 4; ++i) x[i] = v[i];
  }

  // A vector holds four numbers from one place only.
  static PortableVector broadcast_each(const double* x) { return broadcast(*x); }
  static PortableVector load_fours(const double* x, std::size_t) { return load(x); }
  void store_fours(double* x, std::size_t) const { store(x); }

  void stream(double* x) const { store(x); }
  static void end_streams() {}

  friend PortableVector operator+(const PortableVector& a, const PortableVector& b) {
    return map([&](int i) { return a.v[i] + b.v[i]; });
  }
  friend PortableVector operator-(const PortableVector& a, const PortableVector& b) {
    return map([&](int i) { return a.v[i] - b.v[i]; });
  }
  friend PortableVector operator*(const PortableVector& a, const PortableVector& b) {
    return map([&](int i) { return a.v[i] * b.v[i]; });
  }

  // The product is rounded before the sum is, so this may be one off where the true quotient is
  // near a half.
  static PortableVector round_product(const PortableVector& a, const PortableVector& b,
                                      double magic = 0x1.8p52) {
    return map([&](int i) { return (a.v[i] * b.v[i] + magic) - magic; });
  }

  // a - q b, where both terms are integers under 2^53.
  static PortableVector subtract_product(const PortableVector& a, const PortableVector& q,
                                         const PortableVector& b) {
    return map([&](int i) { return a.v[i] - q.v[i] * b.v[i]; });
  }

  // f x - q p, which is under 2^53 while the products are not: they are taken modulo 2^64.
  static PortableVector subtract_quotient(const PortableVector& f, const PortableVector& x,
                                          const PortableVector& q, const PortableVector& p) {
    return map([&](int i) {
      return static_cast<double>(static_cast<std::int64_t>(integer(f.v[i]) * integer(x.v[i]) -
                                                           integer(q.v[i]) * integer(p.v[i])));
    });
  }

  // The quotient's second rounding may leave up to p/4 more than `product_bound` says; one more
  // step takes it back.
  static PortableVector multiply_mod(const PortableVector& f, const PortableVector& over_p,
                                     const PortableVector& x, const PortableVector& p) {
    return nearer_zero(subtract_quotient(f, x, round_product(x, over_p), p), p);
  }

  static PortableVector multiply_far_mod(const PortableVector& f, const PortableVector& over_p,
                                         const PortableVector& x, const PortableVector& p) {
    return nearer_zero(subtract_quotient(f, x, round_product(x, over_p, 0x1.8p53), p), p);
  }

  static PortableVector nearer_zero(const PortableVector& x, const PortableVector& p) {
    return map([&](int i) {
      const double half = 0.5 * p.v[i];
      return x.v[i] > half ? x.v[i] - p.v[i] : x.v[i] < -half ? x.v[i] + p.v[i] : x.v[i];
    });
  }

  static PortableVector quotient(const PortableVector& a, const PortableVector& p,
                                 const PortableVector&) {
    return map([&](int i) { return a.v[i] / p.v[i]; });
  }

  static void transpose(PortableVector& a, PortableVector& b, PortableVector& c,
                        PortableVector& d) {
    const PortableVector rows[4] = {a, b, c, d};
    PortableVector* const columns[4] = {&a, &b, &c, &d};
    for (int i = 0; i < 4; ++i) {
      *columns[i] = map([&](int j) { return rows[j].v[i]; });
    }
  }

  static PortableVector shift_in_one(const PortableVector& below, const PortableVector& a) {
    return {{below.v[3], a.v[0], a.v[1], a.v[2]}};
  }

  static PortableVector shift_in_two(const PortableVector& below, const PortableVector& a) {
    return {{below.v[2], below.v[3], a.v[0], a.v[1]}};
  }

 private:
  static std::uint64_t integer(double x) {
    return static_cast<std::uint64_t>(static_cast<std::int64_t>(x));
  }
};

}  // namespace

constinit const TransformKernels portable_kernels = make_kernels<PortableVector>(nullptr);

}  // namespace fibo::detail
