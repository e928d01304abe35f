// SPDX-License-Identifier: MIT
//
// The loops of the transform, written once over a vector type V of four doubles, for the
// translation units that compile them each for its instruction set. V has internal linkage there,
// and so has every function made from these templates: none can be taken by the linker for another
// unit's. For the same reason nothing of the standard library is called here.
#pragma once

#include "fibo/arithmetic/prime_field.hpp"
#include "fibo/arithmetic/residue_bounds.hpp"
#include "fibo/arithmetic/transform_kernels.hpp"

namespace fibo::detail {

/// A factor in all lanes, or four of them, with the quotients by the modulus.
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

  /// A factor from its value, |value| <= 0.54 p.
  VectorFactor<V> factor(V value) const { return {value, V::quotient(value, p, p_inverse)}; }

  /// f x, of size product_bound.
  V multiply(const VectorFactor<V>& f, V x) const {
    return V::multiply_mod(f.value, f.over_p, x, p);
  }

  /// x mod p, of size reduced_bound.
  V reduce(V x) const { return V::subtract_product(x, V::round_product(x, p_inverse), p); }

  /// x y for two variables with |x y| <= p^2: the quotient's error is under |x| |y| 2^-52 / p, so
  /// the size is 1/2 + |x y| / 4 p^2.
  V multiply_variables(V x, V y) const { return V::multiply_mod(y, y * p_inverse, x, p); }
};

template <class V>
VectorFactor<V> broadcast(const Factor& f) {
  return {V::broadcast(f.value), V::broadcast(f.over_p)};
}

/// The factors by which one node splits into its four grandchildren, or is put together from them:
/// W(i), W(2i), W(2i+1) or their inverses.
template <class V>
struct QuarterFactors {
  VectorFactor<V> outer;
  VectorFactor<V> left;
  VectorFactor<V> right;
};

template <class V>
V inverse_root(const PrimeTable& table, std::size_t node) {
  return V::broadcast(node == 0 ? 1.0 : -table.root[mirror_node(node)]);
}

template <class V>
QuarterFactors<V> forward_factors(const PrimeTable& table, const Modulus<V>& m, std::size_t node) {
  return {m.factor(V::broadcast(table.root[node])), m.factor(V::broadcast(table.root[2 * node])),
          m.factor(V::broadcast(table.root[2 * node + 1]))};
}

template <class V>
QuarterFactors<V> inverse_factors(const PrimeTable& table, const Modulus<V>& m, std::size_t node) {
  return {m.factor(inverse_root<V>(table, node)), m.factor(inverse_root<V>(table, 2 * node)),
          m.factor(inverse_root<V>(table, 2 * node + 1))};
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
  x2 = m.multiply(f.outer, even_left - even_right);
  x3 = m.multiply(f.outer, odd_left - odd_right);
}

/// Two levels down on four strips of `columns`, which begin `distance` apart.
template <bool Reducing, class V>
void forward_strips(const Modulus<V>& m, const QuarterFactors<V>& f, double* x,
                    std::size_t distance, std::size_t columns) {
  for (std::size_t i = 0; i < columns; i += 4) {
    V x0 = V::load(x + i);
    V x1 = V::load(x + distance + i);
    V x2 = V::load(x + 2 * distance + i);
    V x3 = V::load(x + 3 * distance + i);
    forward_quarters<Reducing>(m, f, x0, x1, x2, x3);
    x0.store(x + i);
    x1.store(x + distance + i);
    x2.store(x + 2 * distance + i);
    x3.store(x + 3 * distance + i);
  }
}

/// Two levels up.
template <class V>
void inverse_strips(const Modulus<V>& m, const QuarterFactors<V>& f, double* x,
                    std::size_t distance, std::size_t columns) {
  for (std::size_t i = 0; i < columns; i += 4) {
    V x0 = V::load(x + i);
    V x1 = V::load(x + distance + i);
    V x2 = V::load(x + 2 * distance + i);
    V x3 = V::load(x + 3 * distance + i);
    inverse_quarters(m, f, x0, x1, x2, x3);
    x0.store(x + i);
    x1.store(x + distance + i);
    x2.store(x + 2 * distance + i);
    x3.store(x + 3 * distance + i);
  }
}

/// The factors inside one block of 64, whose four nodes of 16 are 4i .. 4i+3 and whose sixteen
/// nodes of 4 are 16i .. 16i+15. They are made from one seed W(16i) (or its inverse) and the
/// sixteen roots W(0) .. W(15), so that the tables stay far smaller than the data.
template <class V>
struct BlockFactors {
  alignas(32) double quarters[6][4];  // outer, left, right, each with its quotients, for the four
                                      // nodes of 16
  VectorFactor<V> leaves[4];          // for the nodes of 4, four at a time

  /// `small` holds W(0..15), W(0,2,4,6), W(1,3,5,7), or their inverses.
  BlockFactors(const Modulus<V>& m, V seed, const double* small) {
    const VectorFactor<V> first = m.factor(seed);
    for (std::size_t t = 0; t < 4; ++t) {
      leaves[t] = m.factor(m.multiply(first, V::load(small + 4 * t)));
    }
    const VectorFactor<V> second = m.factor(m.multiply(first, seed));
    put(1, m.factor(m.multiply(second, V::load(small + 16))));
    put(2, m.factor(m.multiply(second, V::load(small + 20))));
    const VectorFactor<V> fourth = m.factor(m.multiply(second, second.value));
    put(0, m.factor(m.multiply(fourth, V::load(small))));
  }

  QuarterFactors<V> node(std::size_t t) const { return {get(0, t), get(1, t), get(2, t)}; }

 private:
  void put(std::size_t which, const VectorFactor<V>& f) {
    f.value.store(quarters[2 * which]);
    f.over_p.store(quarters[2 * which + 1]);
  }

  VectorFactor<V> get(std::size_t which, std::size_t t) const {
    return {V::broadcast(quarters[2 * which][t]), V::broadcast(quarters[2 * which + 1][t])};
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

/// 64 coefficients to 32 residues modulo x^2 - w and x^2 + w, fully reduced. Each 16 end up as four
/// vectors: over four neighbouring nodes of 4, the constant and the linear coefficient modulo x^2 -
/// w, then those modulo x^2 + w.
template <class V>
void forward_block(const Modulus<V>& m, const QuarterFactors<V>& top,
                   const BlockFactors<V>& factors, double* x) {
  forward_strips<true>(m, top, x, block_size / 4, block_size / 4);
  for (std::size_t t = 0; t < 4; ++t, x += 16) {
    V x0 = V::load(x);
    V x1 = V::load(x + 4);
    V x2 = V::load(x + 8);
    V x3 = V::load(x + 12);
    forward_quarters<false>(m, factors.node(t), x0, x1, x2, x3);
    V::transpose(x0, x1, x2, x3);
    const V t2 = m.multiply(factors.leaves[t], x2);
    const V t3 = m.multiply(factors.leaves[t], x3);
    m.reduce(x0 + t2).store(x);
    m.reduce(x1 + t3).store(x + 4);
    m.reduce(x0 - t2).store(x + 8);
    m.reduce(x1 - t3).store(x + 12);
  }
}

/// The product of two residues modulo x^2 -+ w, without the multiple of w: constant = P +- w Q.
template <class V>
struct LinearProduct {
  V constant;   // P: product of the constant coefficients
  V quadratic;  // Q: product of the linear ones
  V linear;
};

/// Of reduced residues; P and Q are of size 9/16, the linear coefficient 15/8.
template <class V>
LinearProduct<V> product(const Modulus<V>& m, const double* a, const double* b) {
  const V a0 = V::load(a);
  const V a1 = V::load(a + 4);
  const V b0 = V::load(b);
  const V b1 = V::load(b + 4);
  const V constant = m.multiply_variables(a0, b0);
  const V quadratic = m.multiply_variables(a1, b1);
  const V linear = m.multiply_variables(a0 + a1, b0 + b1) - (constant + quadratic);
  return {constant, quadratic, linear};
}

template <class V>
LinearProduct<V> square(const Modulus<V>& m, const double* a) {
  const V a0 = V::load(a);
  const V a1 = V::load(a + 4);
  return {m.multiply_variables(a0, a0), m.multiply_variables(a1, a1),
          m.multiply_variables(a0 + a0, a1)};
}

/// Sixteen coefficients from the products modulo x^2 - w and x^2 + w of four neighbouring nodes of
/// 4, times 8.
template <class V>
void join(const Modulus<V>& m, const BlockFactors<V>& forward, const BlockFactors<V>& inverse,
          std::size_t t, const LinearProduct<V>& minus, const LinearProduct<V>& plus, double* x) {
  V x0 = m.reduce((minus.constant + plus.constant) +
                  m.multiply(forward.leaves[t], minus.quadratic - plus.quadratic));
  V x1 = m.reduce(minus.linear + plus.linear);
  V x2 = m.reduce((minus.quadratic + plus.quadratic) +
                  m.multiply(inverse.leaves[t], minus.constant - plus.constant));
  V x3 = m.multiply(inverse.leaves[t], minus.linear - plus.linear);
  V::transpose(x0, x1, x2, x3);
  inverse_quarters(m, inverse.node(t), x0, x1, x2, x3);
  x0.store(x);
  x1.store(x + 4);
  x2.store(x + 8);
  x3.store(x + 12);
}

struct MultiplyBlock {
  static constexpr bool inverts_both = false;

  template <class V>
  static void apply(const Modulus<V>& m, const BlockFactors<V>& forward,
                    const BlockFactors<V>& inverse, double* a, double* b) {
    for (std::size_t t = 0; t < 4; ++t, a += 16, b += 16) {
      join(m, forward, inverse, t, product<V>(m, a, b), product<V>(m, a + 8, b + 8), a);
    }
  }
};

struct SquareAndMultiplyBlock {
  static constexpr bool inverts_both = true;

  template <class V>
  static void apply(const Modulus<V>& m, const BlockFactors<V>& forward,
                    const BlockFactors<V>& inverse, double* a, double* b) {
    for (std::size_t t = 0; t < 4; ++t, a += 16, b += 16) {
      join(m, forward, inverse, t, product<V>(m, a, b), product<V>(m, a + 8, b + 8), b);
      join(m, forward, inverse, t, square<V>(m, a), square<V>(m, a + 8), a);
    }
  }
};

/// The products in the ring of one node, depth first: what has been transformed is used while it is
/// in the cache.
template <class Operation, class V>
void multiply_node(const PrimeTable& table, const Modulus<V>& m, double* a, double* b,
                   std::size_t length, std::size_t node) {
  const QuarterFactors<V> down = forward_factors(table, m, node);
  const QuarterFactors<V> up = inverse_factors(table, m, node);
  const std::size_t quarter = length / 4;
  if (length == block_size) {
    const BlockFactors<V> forward = forward_block_factors(table, m, node);
    const BlockFactors<V> inverse = inverse_block_factors(table, m, node);
    forward_block(m, down, forward, a);
    forward_block(m, down, forward, b);
    Operation::apply(m, forward, inverse, a, b);
  } else {
    // Lengths are powers of four: the passes take turns in reducing, the one at 64 reduces.
    bool reducing = true;
    for (std::size_t l = length; l > block_size; l /= 4) reducing = !reducing;
    if (reducing) {
      forward_strips<true>(m, down, a, quarter, quarter);
      forward_strips<true>(m, down, b, quarter, quarter);
    } else {
      forward_strips<false>(m, down, a, quarter, quarter);
      forward_strips<false>(m, down, b, quarter, quarter);
    }
    for (std::size_t child = 0; child < 4; ++child) {
      multiply_node<Operation>(table, m, a + child * quarter, b + child * quarter, quarter,
                               4 * node + child);
    }
  }
  inverse_strips(m, up, a, quarter, quarter);
  if constexpr (Operation::inverts_both) inverse_strips(m, up, b, quarter, quarter);
}

template <class Operation, class V>
void multiply_row(const PrimeTable& table, double* a, double* b, std::size_t length,
                  std::size_t row) {
  multiply_node<Operation>(table, Modulus<V>(table), a, b, length, row);
}

/// Columns that a program works on at a time: as many as keep its work space in half of a
/// first-level cache.
inline constexpr std::size_t work_size = 2048;

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
        for (std::size_t i = 0; i < columns; i += 4) V::broadcast(0.0).store(a + i);
        break;
      case RowAction::copy:
        for (std::size_t i = 0; i < columns; i += 4) V::load(a + i).store(b + i);
        break;
      case RowAction::add_subtract:
        for (std::size_t i = 0; i < columns; i += 4) {
          const V x = V::load(a + i);
          const V y = V::load(b + i);
          (x + y).store(a + i);
          (x - y).store(b + i);
        }
        break;
      case RowAction::butterfly: {
        const VectorFactor<V> f = broadcast<V>(step.f);
        for (std::size_t i = 0; i < columns; i += 4) {
          const V x = V::load(a + i);
          const V y = m.multiply(f, V::load(b + i));
          (x + y).store(a + i);
          (x - y).store(b + i);
        }
        break;
      }
      case RowAction::sum_difference: {
        const VectorFactor<V> f = broadcast<V>(step.f);
        for (std::size_t i = 0; i < columns; i += 4) {
          const V x = V::load(a + i);
          const V y = V::load(b + i);
          (x + y).store(a + i);
          m.multiply(f, x - y).store(b + i);
        }
        break;
      }
      case RowAction::scale: {
        const VectorFactor<V> f = broadcast<V>(step.f);
        for (std::size_t i = 0; i < columns; i += 4) {
          m.multiply(f, V::load(b + i)).store(a + i);
        }
        break;
      }
      case RowAction::combine: {
        const VectorFactor<V> f = broadcast<V>(step.f);
        const VectorFactor<V> g = broadcast<V>(step.g);
        for (std::size_t i = 0; i < columns; i += 4) {
          (m.multiply(f, V::load(a + i)) + m.multiply(g, V::load(b + i))).store(a + i);
        }
        break;
      }
      case RowAction::reduce:
        for (std::size_t i = 0; i < columns; i += 4) m.reduce(V::load(a + i)).store(a + i);
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
        for (std::size_t i = 0; i < columns; i += 4) {
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

template <class V>
void move_rows(const double* from, std::size_t from_stride, std::size_t rows, std::size_t columns,
               double* to, std::size_t to_stride) {
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t i = 0; i < columns; i += 4) {
      V::load(from + r * from_stride + i).store(to + r * to_stride + i);
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
    move_rows<V>(limbs + column, layout.length, input_rows, columns, work, columns);
    run_steps<V>(program, m, work, columns);
    move_rows<V>(work, columns, program.rows, columns, rows + column, layout.stride);
    column += columns;
  }
}

/// From residues to limbs: the Chinese remainder theorem, with the carry.
///
/// A coefficient X of the product is known modulo p1 and p2, and |X| <= coefficient_limit < 0.4 p1
/// p2. With r = X mod p1 of size 3/4 and t = (X - r)/p1, |t| <= 0.4 p2 + 3/4; t is computed modulo
/// p2 and reduced to |t| <= 0.5001 p2: two numbers congruent modulo p2 and less than p2 apart are
/// the same. So X = r + p1 t, exactly.
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

  /// Four limbs from the residues of four coefficients; `state` is what the four below left.
  V limbs(V first, V second, State& state) const {
    const V r = first_.multiply(scale_first_, first);
    const V t = second_.reduce(second_.multiply(scale_second_, second) -
                               second_.multiply(first_inverse_, r));
    const V t1 = V::round_product(t, base_inverse_);
    const V t0 = V::subtract_product(t, t1, base_);
    const V quotient = V::round_product(t0, low_.over_p);
    const V rest = V::subtract_quotient(low_.value, t0, quotient, base_);
    const V middle = quotient + t0 * high_ + t1 * low_.value;
    const V high = t1 * high_;
    const V y =
        (r + rest) + V::shift_in_one(state.middle, middle) + V::shift_in_two(state.high, high);
    const V carry = V::round_product(y, base_inverse_);
    const V limb = V::subtract_product(y, carry, base_) + V::shift_in_one(state.carry, carry);
    state = {middle, high, carry};
    return limb;
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
      move_rows<V>(input[q].residues + column, layout.stride, rows, columns, work[q], columns);
      run_steps<V>(input[q].program, Modulus<V>(input[q].table), work[q], columns);
    }
    for (std::size_t r = 0; r < rows; ++r) {
      for (std::size_t i = 0; i < columns; i += 4) {
        const std::size_t at = r * columns + i;
        carrier.limbs(V::load(work[0] + at), V::load(work[1] + at), state[r])
            .store(limbs + r * layout.length + column + i);
      }
    }
    column += columns;
  }
  for (std::size_t r = 0; r < rows; ++r) {
    alignas(32) double last[3][4];
    state[r].middle.store(last[0]);
    state[r].high.store(last[1]);
    state[r].carry.store(last[2]);
    spill[r] = {last[0][3] + last[1][2] + last[2][3], last[1][3]};
  }
}

template <class V>
constexpr TransformKernels make_kernels(const char* name, LimbWriter write_limbs) {
  return {name,
          forward_rows<V>,
          multiply_row<MultiplyBlock, V>,
          multiply_row<SquareAndMultiplyBlock, V>,
          recombine<V>,
          write_limbs};
}

}  // namespace fibo::detail
