// SPDX-License-Identifier: MIT
//
// The loops of the transform, written once over a vector type V of V::lanes doubles, four or eight,
// for the translation units that compile them each for its instruction set. V has internal linkage
// there, and so has every function made from these templates: none can be taken by the linker for
// another unit's. For the same reason nothing of the standard library is called here.
#pragma once

#include "fibo/arithmetic/prime_field.hpp"
#include "fibo/arithmetic/residue_bounds.hpp"
#include "fibo/arithmetic/transform_kernels.hpp"

namespace fibo::detail {

/// A factor in all lanes, or one in each, with the quotients by the modulus.
template <class V>
struct VectorFactor {
  V value;
  V over_p;
};

template <class V>
struct Modulus {
  V p;
  V p_inverse;

  explicit Modulus(const PrimeTable& table)
      : p(V::broadcast(table.p)), p_inverse(V::broadcast(table.p_inverse)) {}

  /// A factor from its value, of size factor_bound.
  VectorFactor<V> factor(V value) const { return {value, V::quotient(value, p, p_inverse)}; }

  /// f x, of size product_bound, where that holds.
  V multiply(const VectorFactor<V>& f, V x) const {
    return V::multiply_mod(f.value, f.over_p, x, p);
  }

  /// f x, of size far_product_bound.
  V multiply_far(const VectorFactor<V>& f, V x) const {
    return V::multiply_far_mod(f.value, f.over_p, x, p);
  }

  /// x mod p, of size reduced_bound.
  V reduce(V x) const { return V::subtract_product(x, V::round_product(x, p_inverse), p); }

  /// The factor f x, of size reduced_bound.
  VectorFactor<V> reduced_product(const VectorFactor<V>& f, V x) const {
    return factor(reduce(multiply(f, x)));
  }

  /// A factor of size leaf_bound for one product, with a value of that size too.
  VectorFactor<V> variable(V value) const { return {value, value * p_inverse}; }
};

template <class V>
VectorFactor<V> broadcast(const Factor& f) {
  return {V::broadcast(f.value), V::broadcast(f.over_p)};
}

/// The factors by which one node splits into its four grandchildren, or is put together from them:
/// W(i), W(2i), W(2i+1) or their inverses. The last two are of size reduced_bound.
template <class V>
struct QuarterFactors {
  VectorFactor<V> outer;
  VectorFactor<V> left;
  VectorFactor<V> right;
};

/// For node i: W(2i) is in the table, W(2i+1) = W(1) W(2i), W(i) = W(2i)^2.
template <class V>
QuarterFactors<V> forward_factors(const PrimeTable& table, const Modulus<V>& m, std::size_t node) {
  const VectorFactor<V> left = m.factor(V::broadcast(table.root[node]));
  return {m.factor(m.multiply(left, left.value)), left,
          m.reduced_product(left, V::broadcast(table.small[1]))};
}

/// W(2i+1)^-1 = -W(2j) and W(2i)^-1 = -W(2j+1), where j mirrors i > 0.
template <class V>
QuarterFactors<V> inverse_factors(const PrimeTable& table, const Modulus<V>& m, std::size_t node) {
  const V fourth_root = V::broadcast(table.small[1]);
  const V one = V::broadcast(1.0);
  if (node == 0) return {m.factor(one), m.factor(one), m.factor(V::broadcast(-table.small[1]))};
  const VectorFactor<V> right = m.factor(V::broadcast(-table.root[mirror_node(node)]));
  const VectorFactor<V> left = m.reduced_product(right, fourth_root);
  return {m.factor(m.multiply(left, left.value)), left, right};
}

/// Two levels down. Takes plain_pass_bound and gives reducing_pass_bound, or with Reducing the
/// other way about.
template <bool Reducing, class V>
inline void forward_quarters(const Modulus<V>& m, const QuarterFactors<V>& f, V& x0, V& x1, V& x2,
                             V& x3) {
  if constexpr (Reducing) x0 = m.reduce(x0);
  const V t2 = m.multiply(f.outer, x2);
  const V t3 = m.multiply(f.outer, x3);
  const V even_left = x0 + t2;
  const V even_right = x0 - t2;
  const V odd_left = m.multiply(f.left, x1 + t3);
  const V odd_right = m.multiply(f.right, x1 - t3);
  x0 = even_left + odd_left;
  x1 = even_left - odd_left;
  x2 = even_right + odd_right;
  x3 = even_right - odd_right;
}

/// Two levels up, times 4. Takes and gives inverse_exit_bound.
template <class V>
inline void inverse_quarters(const Modulus<V>& m, const QuarterFactors<V>& f, V& x0, V& x1, V& x2,
                             V& x3) {
  const V even_left = x0 + x1;
  const V even_right = x2 + x3;
  const V odd_left = m.multiply(f.left, x0 - x1);
  const V odd_right = m.multiply(f.right, x2 - x3);
  x0 = m.reduce(even_left + even_right);
  x1 = odd_left + odd_right;
  x2 = m.multiply_far(f.outer, even_left - even_right);
  x3 = m.multiply(f.outer, odd_left - odd_right);
}

/// Four vectors that begin `distance` apart in memory.
template <class V>
struct FourVectors {
  V x0, x1, x2, x3;

  [[gnu::always_inline]] static FourVectors load(const double* at, std::size_t distance) {
    return {V::load(at), V::load(at + distance), V::load(at + 2 * distance),
            V::load(at + 3 * distance)};
  }

  [[gnu::always_inline]] void store(double* at, std::size_t distance) const {
    x0.store(at);
    x1.store(at + distance);
    x2.store(at + 2 * distance);
    x3.store(at + 3 * distance);
  }
};

/// Two levels down on four strips of `columns`, which begin `distance` apart.
template <bool Reducing, class V>
[[gnu::always_inline]] inline void forward_strips(Modulus<V> m, QuarterFactors<V> f, double* x,
                                                  std::size_t distance, std::size_t columns) {
  for (std::size_t i = 0; i < columns; i += V::lanes) {
    auto [x0, x1, x2, x3] = FourVectors<V>::load(x + i, distance);
    forward_quarters<Reducing>(m, f, x0, x1, x2, x3);
    FourVectors<V>{x0, x1, x2, x3}.store(x + i, distance);
  }
}

/// Two levels up.
template <class V>
[[gnu::always_inline]] inline void inverse_strips(Modulus<V> m, QuarterFactors<V> f, double* x,
                                                  std::size_t distance, std::size_t columns) {
  for (std::size_t i = 0; i < columns; i += V::lanes) {
    auto [x0, x1, x2, x3] = FourVectors<V>::load(x + i, distance);
    inverse_quarters(m, f, x0, x1, x2, x3);
    FourVectors<V>{x0, x1, x2, x3}.store(x + i, distance);
  }
}

/// Nodes of 16 that the loops over a block take at a time: a vector holds four columns of each.
template <class V>
inline constexpr std::size_t nodes_at_once = V::lanes / 4;

/// The factors of one block of 64 and inside it, whose four nodes of 16 are 4i .. 4i+3 and whose
/// sixteen nodes of 4 are 16i .. 16i+15. They are made from one seed W(16i) (or its inverse) and
/// the sixteen roots W(0) .. W(15), so that the tables stay far smaller than the data.
template <class V>
struct BlockFactors {
  alignas(64) double quarters[6][V::lanes];  // outer, left, right, each with its quotients, for
                                             // the four nodes of 16; lanes past those are unused
  VectorFactor<V> leaves[16 / V::lanes];     // for the nodes of 4
  QuarterFactors<V> top;                     // for the block itself

  /// `small` holds W(0..15), W(0,2,4,6), W(1,3,5,7), or their inverses, and four numbers more.
  BlockFactors(const Modulus<V>& m, V seed, const double* small) {
    const VectorFactor<V> first = m.factor(seed);
    for (std::size_t t = 0; t < 16 / V::lanes; ++t) {
      leaves[t] = m.factor(m.multiply(first, V::load(small + V::lanes * t)));
    }
    const VectorFactor<V> second = m.factor(m.multiply(first, seed));
    put(1, m.reduced_product(second, V::load(small + 16)));
    put(2, m.reduced_product(second, V::load(small + 20)));
    const VectorFactor<V> fourth = m.factor(m.multiply(second, second.value));
    put(0, m.factor(m.multiply(fourth, V::load(small))));
    const VectorFactor<V> left = m.reduced_product(fourth, fourth.value);
    top = {m.factor(m.multiply(left, left.value)), left,
           m.reduced_product(left, V::broadcast(small[1]))};
  }

  /// Of the nodes t .. t + nodes_at_once - 1, four lanes each.
  QuarterFactors<V> nodes(std::size_t t) const { return {get(0, t), get(1, t), get(2, t)}; }

 private:
  void put(std::size_t which, const VectorFactor<V>& f) {
    f.value.store(quarters[2 * which]);
    f.over_p.store(quarters[2 * which + 1]);
  }

  VectorFactor<V> get(std::size_t which, std::size_t t) const {
    return {V::broadcast_each(quarters[2 * which] + t),
            V::broadcast_each(quarters[2 * which + 1] + t)};
  }
};

template <class V>
BlockFactors<V> forward_block_factors(const PrimeTable& table, const Modulus<V>& m,
                                      std::size_t block) {
  return BlockFactors<V>(m, V::broadcast(table.seed[block]), table.small);
}

template <class V>
BlockFactors<V> inverse_block_factors(const PrimeTable& table, const Modulus<V>& m,
                                      std::size_t block) {
  const V seed = block == 0 ? V::broadcast(1.0)
                            : m.multiply(m.factor(V::broadcast(table.seed_mirror)),
                                         V::broadcast(table.seed[mirror_node(block)]));
  return BlockFactors<V>(m, seed, table.small_inverse);
}

// The loops over a block are short on purpose, each with few operations between a load and its
// store: a processor then finds those of several turns to do at once, which it does not where one
// turn fills its window with a single chain.

/// 64 coefficients to 32 residues modulo x^2 - w and x^2 + w, of size leaf_bound. Each 4 V::lanes
/// end up as four vectors: over V::lanes neighbouring nodes of 4, the constant and the linear
/// coefficient modulo x^2 - w, then those modulo x^2 + w.
template <class V>
void forward_block(const Modulus<V>& m, const BlockFactors<V>& factors, double* x) {
  constexpr std::size_t nodes = nodes_at_once<V>;
  forward_strips<true>(m, factors.top, x, block_size / 4, block_size / 4);
  for (std::size_t t = 0; t < 4; t += nodes) {
    double* const at = x + 16 * t;
    V x0 = V::load_fours(at, 16);
    V x1 = V::load_fours(at + 4, 16);
    V x2 = V::load_fours(at + 8, 16);
    V x3 = V::load_fours(at + 12, 16);
    forward_quarters<false>(m, factors.nodes(t), x0, x1, x2, x3);
    FourVectors<V>{x0, x1, x2, x3}.store(at, V::lanes);
  }
  for (std::size_t t = 0; t < 4; t += nodes) {
    double* const at = x + 16 * t;
    auto [x0, x1, x2, x3] = FourVectors<V>::load(at, V::lanes);
    V::transpose(x0, x1, x2, x3);
    const VectorFactor<V>& leaves = factors.leaves[t / nodes];
    x0 = m.reduce(x0);
    x1 = m.reduce(x1);
    const V t2 = m.multiply(leaves, x2);
    const V t3 = m.multiply(leaves, x3);
    FourVectors<V>{x0 + t2, x1 + t3, x0 - t2, x1 - t3}.store(at, V::lanes);
  }
}

/// Of two residues modulo x^2 -+ w, a block of each of size leaf_bound: the product P of the
/// constant coefficients, the linear coefficient of the product, and the product Q of the linear
/// coefficients; the constant coefficient of the product is P +- w Q. P and Q are of size
/// leaf_product_bound, the linear coefficient twice that.
template <class V>
void multiply_linear(const Modulus<V>& m, const double* a, const double* b, double* out) {
  for (std::size_t i = 0; i < block_size; i += 2 * V::lanes) {
    const V a0 = V::load(a + i);
    const V a1 = V::load(a + i + V::lanes);
    const V b0 = V::load(b + i);
    const V b1 = V::load(b + i + V::lanes);
    const VectorFactor<V> f0 = m.variable(b0);
    const VectorFactor<V> f1 = m.variable(b1);
    m.multiply(f0, a0).store(out);
    (m.multiply(f0, a1) + m.multiply(f1, a0)).store(out + V::lanes);
    m.multiply(f1, a1).store(out + 2 * V::lanes);
    out += 3 * V::lanes;
  }
}

/// The same of a and itself.
template <class V>
void square_linear(const Modulus<V>& m, const double* a, double* out) {
  for (std::size_t i = 0; i < block_size; i += 2 * V::lanes) {
    const V a0 = V::load(a + i);
    const V a1 = V::load(a + i + V::lanes);
    const VectorFactor<V> f0 = m.variable(a0);
    const V half_linear = m.multiply(f0, a1);
    m.multiply(f0, a0).store(out);
    (half_linear + half_linear).store(out + V::lanes);
    m.multiply(m.variable(a1), a1).store(out + 2 * V::lanes);
    out += 3 * V::lanes;
  }
}

/// 64 coefficients from the products modulo x^2 - w and x^2 + w of sixteen nodes of 4, times 32.
template <class V>
void inverse_block(const Modulus<V>& m, const BlockFactors<V>& forward,
                   const BlockFactors<V>& inverse, const double* products, double* x) {
  constexpr std::size_t nodes = nodes_at_once<V>;
  for (std::size_t t = 0; t < 4; t += nodes, products += 6 * V::lanes) {
    const V minus_constant = V::load(products);
    const V minus_linear = V::load(products + V::lanes);
    const V minus_quadratic = V::load(products + 2 * V::lanes);
    const V plus_constant = V::load(products + 3 * V::lanes);
    const V plus_linear = V::load(products + 4 * V::lanes);
    const V plus_quadratic = V::load(products + 5 * V::lanes);
    const VectorFactor<V>& leaves = inverse.leaves[t / nodes];
    V x0 = m.reduce((minus_constant + plus_constant) +
                    m.multiply(forward.leaves[t / nodes], minus_quadratic - plus_quadratic));
    V x1 = m.reduce(minus_linear + plus_linear);
    V x2 = m.reduce((minus_quadratic + plus_quadratic) +
                    m.multiply(leaves, minus_constant - plus_constant));
    V x3 = m.multiply(leaves, minus_linear - plus_linear);
    V::transpose(x0, x1, x2, x3);
    double* const at = x + 16 * t;
    FourVectors<V>{x0, x1, x2, x3}.store(at, V::lanes);
  }
  for (std::size_t t = 0; t < 4; t += nodes) {
    double* const at = x + 16 * t;
    auto [x0, x1, x2, x3] = FourVectors<V>::load(at, V::lanes);
    inverse_quarters(m, inverse.nodes(t), x0, x1, x2, x3);
    x0.store_fours(at, 16);
    x1.store_fours(at + 4, 16);
    x2.store_fours(at + 8, 16);
    x3.store_fours(at + 12, 16);
  }
  inverse_strips(m, inverse.top, x, block_size / 4, block_size / 4);
}

/// What is done at the bottom of the tree, and whether it leaves something in b too.
struct MultiplyBlock {
  static constexpr bool inverts_both = false;

  template <class V>
  static void apply(const Modulus<V>& m, const BlockFactors<V>& forward,
                    const BlockFactors<V>& inverse, double* a, double* b) {
    alignas(64) double products[block_size / 2 * 3];
    multiply_linear(m, a, b, products);
    inverse_block(m, forward, inverse, products, a);
  }
};

struct SquareAndMultiplyBlock {
  static constexpr bool inverts_both = true;

  template <class V>
  static void apply(const Modulus<V>& m, const BlockFactors<V>& forward,
                    const BlockFactors<V>& inverse, double* a, double* b) {
    alignas(64) double products[block_size / 2 * 3];
    alignas(64) double squares[block_size / 2 * 3];
    multiply_linear(m, a, b, products);
    square_linear(m, a, squares);
    inverse_block(m, forward, inverse, products, b);
    inverse_block(m, forward, inverse, squares, a);
  }
};

/// Numbers that fit half of a first-level cache, the work space of what goes over many rows at
/// once.
inline constexpr std::size_t work_size = 2048;

/// Rows of the same columns, `from_stride` apart, to or from a work space where they are close.
/// `columns` is a multiple of 8, as a plain loop over vectors would become a call to memmove for
/// each row.
template <class V>
void gather_rows(const double* from, std::size_t from_stride, std::size_t rows, std::size_t columns,
                 double* to) {
  for (std::size_t r = 0; r < rows; ++r, from += from_stride, to += columns) {
    for (std::size_t i = 0; i < columns; i += 8) {
      // The next columns of so many rows are more streams than a processor foresees.
      __builtin_prefetch(from + columns + i);
      for (std::size_t j = i; j < i + 8; j += V::lanes) V::load(from + j).store(to + j);
    }
  }
}

template <bool Streaming, class V>
void scatter_rows(const double* from, std::size_t rows, std::size_t columns, double* to,
                  std::size_t to_stride) {
  for (std::size_t r = 0; r < rows; ++r, from += columns, to += to_stride) {
    for (std::size_t i = 0; i < columns; i += 8) {
      for (std::size_t j = i; j < i + 8; j += V::lanes) {
        if constexpr (Streaming) {
          V::load(from + j).stream(to + j);
        } else {
          V::load(from + j).store(to + j);
        }
      }
    }
  }
}

/// Asks for rows that will be written after the next steps: another core may have read them last,
/// and it takes as long to become their owner as to fetch them.
inline void claim_rows(double* to, std::size_t stride, std::size_t rows, std::size_t columns) {
  for (std::size_t r = 0; r < rows; ++r, to += stride) {
    for (std::size_t i = 0; i < columns; i += 8) __builtin_prefetch(to + i, 1);
  }
}

/// Nodes from this length on do not fit a second-level cache together with their partners: they go
/// through it once for four levels.
inline constexpr std::size_t sixteenths_length = 65536;

/// Lengths go down by fours to `block_size`; an odd power of two is halved once on the way, where
/// the node fits a first-level cache.
inline bool is_halved(std::size_t length) {
  const bool odd_power = (length & 0xAAAAAAAAAAAAAAAA) != 0;
  return odd_power && length <= 2048;
}

/// Whether the pass on nodes of this length reduces: passes take turns, those at `block_size` and
/// in halves reducing.
inline bool reduces(std::size_t length) {
  bool reducing = true;
  for (; length > block_size && !is_halved(length); length /= 4) reducing = !reducing;
  return reducing;
}

/// One level down, with the first half reduced, or up.
template <class V>
void forward_halves(Modulus<V> m, VectorFactor<V> f, double* x, std::size_t half) {
  for (std::size_t i = 0; i < half; i += V::lanes) {
    const V x0 = m.reduce(V::load(x + i));
    const V x1 = m.multiply(f, V::load(x + half + i));
    (x0 + x1).store(x + i);
    (x0 - x1).store(x + half + i);
  }
}

template <class V>
void inverse_halves(Modulus<V> m, VectorFactor<V> f, double* x, std::size_t half) {
  for (std::size_t i = 0; i < half; i += V::lanes) {
    const V x0 = V::load(x + i);
    const V x1 = V::load(x + half + i);
    m.reduce(x0 + x1).store(x + i);
    m.multiply(f, x0 - x1).store(x + half + i);
  }
}

template <class V>
void forward_quarters_pass(const PrimeTable& table, const Modulus<V>& m, double* x,
                           std::size_t distance, std::size_t columns, std::size_t node,
                           bool reducing) {
  const QuarterFactors<V> f = forward_factors(table, m, node);
  if (reducing) {
    forward_strips<true>(m, f, x, distance, columns);
  } else {
    forward_strips<false>(m, f, x, distance, columns);
  }
}

/// Four levels down or up on a long node, as sixteen rows of some columns at a time.
template <class V>
void forward_sixteenths(const PrimeTable& table, const Modulus<V>& m, double* x, std::size_t length,
                        std::size_t node) {
  alignas(64) double work[work_size];
  constexpr std::size_t columns = work_size / 16;
  const bool reducing = reduces(length);
  const std::size_t row = length / 16;
  for (std::size_t column = 0; column < row; column += columns) {
    gather_rows<V>(x + column, row, 16, columns, work);
    forward_quarters_pass(table, m, work, 4 * columns, 4 * columns, node, reducing);
    for (std::size_t child = 0; child < 4; ++child) {
      forward_quarters_pass(table, m, work + 4 * child * columns, columns, columns,
                            4 * node + child, !reducing);
    }
    scatter_rows<false, V>(work, 16, columns, x + column, row);
  }
}

template <class V>
void inverse_sixteenths(const PrimeTable& table, const Modulus<V>& m, double* x, std::size_t length,
                        std::size_t node) {
  alignas(64) double work[work_size];
  constexpr std::size_t columns = work_size / 16;
  const std::size_t row = length / 16;
  for (std::size_t column = 0; column < row; column += columns) {
    gather_rows<V>(x + column, row, 16, columns, work);
    for (std::size_t child = 0; child < 4; ++child) {
      inverse_strips(m, inverse_factors(table, m, 4 * node + child), work + 4 * child * columns,
                     columns, columns);
    }
    inverse_strips(m, inverse_factors(table, m, node), work, 4 * columns, 4 * columns);
    scatter_rows<false, V>(work, 16, columns, x + column, row);
  }
}

/// The products in the ring of one node, depth first: what has been transformed is used while it is
/// in the cache.
template <class Operation, class V>
void multiply_node(const PrimeTable& table, const Modulus<V>& m, double* a, double* b,
                   std::size_t length, std::size_t node) {
  if (length == block_size) {
    const BlockFactors<V> forward = forward_block_factors(table, m, node);
    const BlockFactors<V> inverse = inverse_block_factors(table, m, node);
    forward_block(m, forward, a);
    forward_block(m, forward, b);
    Operation::apply(m, forward, inverse, a, b);
    return;
  }
  const bool by_halves = is_halved(length);
  const bool by_sixteenths = length >= sixteenths_length;
  const std::size_t children = by_halves ? 2 : by_sixteenths ? 16 : 4;
  const std::size_t part = length / children;
  for (double* x = a; x != nullptr; x = x == a ? b : nullptr) {
    if (by_halves) {
      forward_halves(m, forward_factors(table, m, node).outer, x, part);
    } else if (by_sixteenths) {
      forward_sixteenths(table, m, x, length, node);
    } else {
      forward_quarters_pass(table, m, x, part, part, node, reduces(length));
    }
  }
  for (std::size_t child = 0; child < children; ++child) {
    multiply_node<Operation>(table, m, a + child * part, b + child * part, part,
                             children * node + child);
  }
  const auto back = [&](double* x) {
    if (by_halves) {
      inverse_halves(m, inverse_factors(table, m, node).outer, x, part);
    } else if (by_sixteenths) {
      inverse_sixteenths(table, m, x, length, node);
    } else {
      inverse_strips(m, inverse_factors(table, m, node), x, part, part);
    }
  };
  back(a);
  if constexpr (Operation::inverts_both) back(b);
}

template <class Operation, class V>
void multiply_row(const PrimeTable& table, double* a, double* b, std::size_t length,
                  std::size_t row) {
  multiply_node<Operation>(table, Modulus<V>(table), a, b, length, row);
}

template <class V>
QuarterFactors<V> quarter_factors(const RowStep& step) {
  return {broadcast<V>(step.f), broadcast<V>(step.g), broadcast<V>(step.h)};
}

/// The steps of a program on `columns` columns; row r of the work space begins at work + r columns.
template <class V>
void run_steps(const RowSteps& program, const Modulus<V>& m, double* work, std::size_t columns) {
  for (const RowStep* at = program.first; at != program.last; ++at) {
    const RowStep& step = *at;
    double* const a = work + step.a * columns;
    double* const b = work + ((step.a + step.distance) & 0xFF) * columns;
    const std::size_t distance = step.distance * columns;
    switch (step.action) {
      case RowAction::clear:
        for (std::size_t i = 0; i < columns; i += V::lanes) V::broadcast(0.0).store(a + i);
        break;
      case RowAction::copy:
        for (std::size_t i = 0; i < columns; i += V::lanes) V::load(a + i).store(b + i);
        break;
      case RowAction::add_subtract:
        for (std::size_t i = 0; i < columns; i += V::lanes) {
          const V x = V::load(a + i);
          const V y = V::load(b + i);
          (x + y).store(a + i);
          (x - y).store(b + i);
        }
        break;
      case RowAction::butterfly: {
        const VectorFactor<V> f = broadcast<V>(step.f);
        for (std::size_t i = 0; i < columns; i += V::lanes) {
          const V x = V::load(a + i);
          const V y = m.multiply(f, V::load(b + i));
          (x + y).store(a + i);
          (x - y).store(b + i);
        }
        break;
      }
      case RowAction::sum_difference: {
        const VectorFactor<V> f = broadcast<V>(step.f);
        for (std::size_t i = 0; i < columns; i += V::lanes) {
          const V x = V::load(a + i);
          const V y = V::load(b + i);
          (x + y).store(a + i);
          m.multiply(f, x - y).store(b + i);
        }
        break;
      }
      case RowAction::scale: {
        const VectorFactor<V> f = broadcast<V>(step.f);
        for (std::size_t i = 0; i < columns; i += V::lanes) {
          m.multiply(f, V::load(b + i)).store(a + i);
        }
        break;
      }
      case RowAction::combine: {
        const VectorFactor<V> f = broadcast<V>(step.f);
        const VectorFactor<V> g = broadcast<V>(step.g);
        for (std::size_t i = 0; i < columns; i += V::lanes) {
          (m.multiply(f, V::load(a + i)) + m.multiply(g, V::load(b + i))).store(a + i);
        }
        break;
      }
      case RowAction::reduce:
        for (std::size_t i = 0; i < columns; i += V::lanes) m.reduce(V::load(a + i)).store(a + i);
        break;
      case RowAction::quarters:
        forward_strips<false>(m, quarter_factors<V>(step), a, distance, columns);
        break;
      case RowAction::reduced_quarters:
        forward_strips<true>(m, quarter_factors<V>(step), a, distance, columns);
        break;
      case RowAction::half_quarters: {
        const VectorFactor<V> g = broadcast<V>(step.g);
        const VectorFactor<V> h = broadcast<V>(step.h);
        double* const c = b + distance;
        double* const d = c + distance;
        for (std::size_t i = 0; i < columns; i += V::lanes) {
          const V x = V::load(a + i);
          const V y = V::load(b + i);
          const V left = m.multiply(g, y);
          const V right = m.multiply(h, y);
          (x + left).store(a + i);
          (x - left).store(b + i);
          (x + right).store(c + i);
          (x - right).store(d + i);
        }
        break;
      }
      case RowAction::inverse_quarters:
        inverse_strips(m, quarter_factors<V>(step), a, distance, columns);
        break;
    }
  }
}

/// How many columns from `column` on go into the work space together.
inline std::size_t work_columns(const RowSteps& program, std::size_t column, std::size_t end) {
  const std::size_t most = work_size / program.space;
  return end - column < most ? end - column : most;
}

template <class V>
void forward_rows(const RowSteps& program, const PrimeTable& table, const double* limbs,
                  std::size_t input_rows, const RowLayout& layout, double* rows, std::size_t begin,
                  std::size_t end) {
  alignas(64) double work[work_size];
  const Modulus<V> m(table);
  for (std::size_t column = begin; column < end;) {
    const std::size_t columns = work_columns(program, column, end);
    gather_rows<V>(limbs + column, layout.length, input_rows, columns, work);
    if (!layout.streaming) claim_rows(rows + column, layout.stride, program.rows, columns);
    run_steps<V>(program, m, work, columns);
    if (layout.streaming) {
      scatter_rows<true, V>(work, program.rows, columns, rows + column, layout.stride);
    } else {
      scatter_rows<false, V>(work, program.rows, columns, rows + column, layout.stride);
    }
    column += columns;
  }
  if (layout.streaming) V::end_streams();
}

/// From residues to limbs: the Chinese remainder theorem, with the carry.
///
/// A coefficient X of the product is known modulo p1 and p2, and |X| <= k p1 p2, k =
/// coefficient_part < 0.49995. With r = X mod p1 of size 3/4 and t = (X - r)/p1, |t| <= k p2 + 3/4;
/// t is computed modulo p2 and reduced to |t| <= 0.50001 p2: two numbers congruent modulo p2 and
/// less than p2 apart are the same. So X = r + p1 t, exactly.
///
/// In base B, p1 = low + high B and t = t0 + t1 B with balanced low and t0, and t0 low = rest +
/// quotient B. Hence X = (r + rest) + B (quotient + t0 high + t1 low) + B^2 (t1 high): three
/// addends for three neighbouring limbs, under 1.5 2^50, 1.5 2^50 and 2^36; all of it is exact.
/// Their sum y at one limb is under 2^52, and leaves y - c B with c = round(y/B); with the c of the
/// limb below the limb is at most B/2 + 2^52/B + 1.
template <class V>
class LimbCarrier {
 public:
  struct State {
    V middle;
    V high;
    V carry;
  };

  LimbCarrier(const RecombineInput (&input)[2], const RecombineConstants& constants)
      : first_(input[0].table),
        second_(input[1].table),
        scale_first_(broadcast<V>(constants.scale_first)),
        scale_second_(broadcast<V>(constants.scale_second)),
        first_inverse_(broadcast<V>(constants.first_inverse)),
        base_(V::broadcast(constants.base)),
        base_inverse_(V::broadcast(constants.base_inverse)),
        low_(broadcast<V>(constants.low)),
        high_(V::broadcast(constants.high)) {}

  static State start() {
    const V zero = V::broadcast(0.0);
    return {zero, zero, zero};
  }

  /// first <- r, second <- t for coefficients' residues modulo the two primes.
  void quotients(double* first, double* second, std::size_t count) const {
    for (std::size_t i = 0; i < count; i += V::lanes) {
      const V r = first_.multiply(scale_first_, V::load(first + i));
      const V t = second_.reduce(second_.multiply(scale_second_, V::load(second + i)) -
                                 second_.multiply(first_inverse_, r));
      r.store(first + i);
      t.store(second + i);
    }
  }

  /// Limbs from r and t of as many coefficients; `state` is what those below left.
  template <bool Streaming>
  void limbs(const double* first, const double* second, std::size_t count, State& state,
             double* out) const {
    V last_middle = state.middle;
    V last_high = state.high;
    V last_carry = state.carry;
    for (std::size_t i = 0; i < count; i += V::lanes) {
      const V t = V::load(second + i);
      const V t1 = V::round_product(t, base_inverse_);
      const V t0 = V::subtract_product(t, t1, base_);
      const V quotient = V::round_product(t0, low_.over_p);
      const V rest = V::subtract_quotient(low_.value, t0, quotient, base_);
      const V middle = (quotient + t0 * high_) + t1 * low_.value;
      const V high = t1 * high_;
      const V y = (V::load(first + i) + rest) +
                  (V::shift_in_one(last_middle, middle) + V::shift_in_two(last_high, high));
      const V carry = V::round_product(y, base_inverse_);
      const V limb = V::subtract_product(y, carry, base_) + V::shift_in_one(last_carry, carry);
      if constexpr (Streaming) {
        limb.stream(out + i);
      } else {
        limb.store(out + i);
      }
      last_middle = middle;
      last_high = high;
      last_carry = carry;
    }
    state = {last_middle, last_high, last_carry};
  }

 private:
  Modulus<V> first_;
  Modulus<V> second_;
  VectorFactor<V> scale_first_;
  VectorFactor<V> scale_second_;
  VectorFactor<V> first_inverse_;
  V base_;
  V base_inverse_;
  VectorFactor<V> low_;
  V high_;
};

template <class V>
void recombine(const RecombineInput (&input)[2], const RecombineConstants& constants,
               const RowLayout& layout, double* limbs, std::size_t begin, std::size_t end,
               Spill* spill) {
  alignas(64) double work[2][work_size];
  typename LimbCarrier<V>::State state[max_rows];
  const LimbCarrier<V> carrier(input, constants);
  const std::size_t rows = input[0].program.rows;
  for (std::size_t r = 0; r < rows; ++r) state[r] = LimbCarrier<V>::start();
  for (std::size_t column = begin; column < end;) {
    const std::size_t columns = work_columns(input[0].program, column, end);
    for (std::size_t q = 0; q < 2; ++q) {
      gather_rows<V>(input[q].residues + column, layout.stride, rows, columns, work[q]);
      run_steps<V>(input[q].program, Modulus<V>(input[q].table), work[q], columns);
    }
    if (!layout.streaming) claim_rows(limbs + column, layout.length, rows, columns);
    carrier.quotients(work[0], work[1], rows * columns);
    for (std::size_t r = 0; r < rows; ++r) {
      const double* const first = work[0] + r * columns;
      const double* const second = work[1] + r * columns;
      double* const out = limbs + r * layout.length + column;
      if (layout.streaming) {
        carrier.template limbs<true>(first, second, columns, state[r], out);
      } else {
        carrier.template limbs<false>(first, second, columns, state[r], out);
      }
    }
    column += columns;
  }
  if (layout.streaming) V::end_streams();
  for (std::size_t r = 0; r < rows; ++r) {
    alignas(64) double last[3][V::lanes];
    state[r].middle.store(last[0]);
    state[r].high.store(last[1]);
    state[r].carry.store(last[2]);
    constexpr std::size_t top = V::lanes - 1;
    spill[r] = {last[0][top] + last[1][top - 1] + last[2][top], last[1][top]};
  }
}

template <class V>
constexpr TransformKernels make_kernels(LimbWriter write_limbs) {
  return {forward_rows<V>, multiply_row<MultiplyBlock, V>, multiply_row<SquareAndMultiplyBlock, V>,
          recombine<V>, write_limbs};
}

}  // namespace fibo::detail
