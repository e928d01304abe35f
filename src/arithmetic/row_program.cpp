// SPDX-License-Identifier: MIT
#include "fibo/arithmetic/row_program.hpp"

#include "fibo/arithmetic/residue_bounds.hpp"

#include <bit>
#include <stdexcept>
#include <utility>

namespace fibo::detail {
namespace {

// What is known of each row while the steps are listed: whether it is zero, and how large it may
// be.
class Builder {
 public:
  Builder(const Prime& prime, std::size_t rows, std::size_t filled, double bound)
      : prime_(prime), space_(std::bit_ceil(rows)), bounds_(space_, bound), zero_(space_, false) {
    program_.rows = rows;
    program_.space = space_;
    for (std::size_t row = filled; row < space_; ++row) zero_[row] = true;
  }

  // Node `node` is rows first .. first + size - 1. Residues past program_.rows are not wanted.
  void forward(std::size_t first, std::size_t size, std::uint64_t node) {
    if (size == 1 || first >= program_.rows) return;
    if (first + size <= program_.rows && splits_in_quarters(size)) {
      const std::size_t quarter = size / 4;
      for (std::size_t a = first; a < first + quarter; ++a) forward_quarters(a, quarter, node);
      for (std::size_t child = 0; child < 4; ++child) {
        forward(first + child * quarter, quarter, 4 * node + child);
      }
      return;
    }
    const std::size_t half = size / 2;
    const bool right_wanted = first + half < program_.rows;
    const std::uint64_t root = node_root(prime_, node);
    for (std::size_t a = first; a < first + half; ++a) {
      const std::size_t b = a + half;
      if (!zero_[b]) {
        if (right_wanted) {
          butterfly(a, b, root);
        } else {
          combine(a, 1, b, root);
        }
      } else if (right_wanted && !zero_[a]) {
        copy(a, b);
      }
    }
    forward(first, half, 2 * node);
    forward(first + half, half, 2 * node + 1);
  }

  // The first `known` rows of the node are residues. The others are coefficients already, times
  // `size`; so are all in the end.
  void inverse(std::size_t first, std::size_t size, std::uint64_t node, std::size_t known) {
    if (size == 1 || known == 0) return;
    if (known == size && splits_in_quarters(size)) {
      const std::size_t quarter = size / 4;
      for (std::size_t child = 0; child < 4; ++child) {
        inverse(first + child * quarter, quarter, 4 * node + child, quarter);
      }
      for (std::size_t a = first; a < first + quarter; ++a) inverse_quarters(a, quarter, node);
      return;
    }
    const std::size_t half = size / 2;
    const std::uint64_t root = node_root(prime_, node);
    const std::uint64_t negative_root = prime_.value - root;
    const std::uint64_t two = 2;
    if (known > half) {
      inverse(first, half, 2 * node, half);
      std::vector<bool> was_zero(half, false);
      for (std::size_t i = known - half; i < half; ++i) {
        const std::size_t a = first + i;
        was_zero[i] = zero_[a + half];
        if (was_zero[i]) {
          copy(a, a + half);
        } else {
          combine(a + half, negative_root, a, 1);
        }
      }
      inverse(first + half, half, 2 * node + 1, known - half);
      for (std::size_t a = first; a < first + half; ++a) {
        if (was_zero[a - first]) {
          scale(a, two, a);
          zero_[a + half] = true;
        } else {
          inverse_butterfly(a, a + half, inverse_node_root(prime_, node));
        }
      }
    } else {
      const std::uint64_t one_half = (prime_.value + 1) / 2;
      for (std::size_t a = first + known; a < first + half; ++a) {
        combine(a, one_half, a + half, multiply_mod(one_half, root, prime_.value));
      }
      inverse(first, half, 2 * node, known);
      for (std::size_t a = first; a < first + half; ++a) combine(a, two, a + half, negative_root);
    }
  }

  // Reduces the rows that are larger than the bound, and gives the program away.
  RowProgram finish(double bound) {
    for (std::size_t row = 0; row < program_.rows; ++row) limit(row, bound);
    return std::move(program_);
  }

 private:
  // Powers of four; the others split in half once, at the top.
  static bool splits_in_quarters(std::size_t size) {
    return size >= 4 && std::countr_zero(size) % 2 == 0;
  }

  [[nodiscard]] Factor factor(std::uint64_t residue) const {
    return factor_of(residue, prime_.value);
  }

  // Rows are added modulo 256: `b` may lie below `a`.
  void emit(RowAction action, std::size_t a, std::size_t b, std::uint64_t f = 0,
            std::uint64_t g = 0, std::uint64_t h = 0) {
    program_.steps.push_back({action, static_cast<std::uint8_t>(a),
                              static_cast<std::uint8_t>(b - a), factor(f), factor(g), factor(h)});
  }

  void limit(std::size_t row, double bound) {
    if (zero_[row] || bounds_[row] <= bound) return;
    emit(RowAction::reduce, row, row);
    bounds_[row] = reduced_bound;
  }

  void limit_sum(std::size_t a, std::size_t b, double bound) {
    if (bounds_[a] + bounds_[b] <= bound) return;
    limit(bounds_[a] > bounds_[b] ? a : b, 0);
    if (bounds_[a] + bounds_[b] > bound) limit(bounds_[a] > bounds_[b] ? a : b, 0);
  }

  void clear(std::size_t row) {
    emit(RowAction::clear, row, row);
    bounds_[row] = 0;
    zero_[row] = false;
  }

  void copy(std::size_t from, std::size_t to) {
    emit(RowAction::copy, from, to);
    bounds_[to] = bounds_[from];
    zero_[to] = zero_[from];
  }

  void forward_quarters(std::size_t a, std::size_t distance, std::uint64_t node) {
    const std::size_t b = a + distance;
    const std::size_t c = b + distance;
    const std::size_t d = c + distance;
    if (zero_[a]) return;
    const bool only_half = zero_[c] && zero_[d];
    if (only_half && zero_[b]) {
      for (const std::size_t row : {b, c, d}) copy(a, row);
      return;
    }
    for (const std::size_t row : {b, c, d}) {
      if (zero_[row] && !(only_half && row != b)) clear(row);
    }
    const auto root = [&](std::uint64_t i) { return node_root(prime_, i); };
    const double twice =
        only_half ? 0 : product_bound(bounds_[c] > bounds_[d] ? bounds_[c] : bounds_[d]);
    if (bounds_[b] + twice > nearest_bound) limit(b, 0);
    const double addend = twice + product_bound(bounds_[b] + twice);
    RowAction action = RowAction::quarters;
    if (only_half) {
      if (bounds_[a] + addend > reducing_pass_bound) limit(a, 0);
      action = RowAction::half_quarters;
    } else if (bounds_[a] + addend > reducing_pass_bound) {
      bounds_[a] = reduced_bound;
      action = RowAction::reduced_quarters;
    }
    emit(action, a, b, root(node), root(2 * node), root(2 * node + 1));
    bounds_[a] += addend;
    for (const std::size_t row : {b, c, d}) {
      bounds_[row] = bounds_[a];
      zero_[row] = false;
    }
  }

  void inverse_quarters(std::size_t a, std::size_t distance, std::uint64_t node) {
    const std::size_t b = a + distance;
    const std::size_t c = b + distance;
    const std::size_t d = c + distance;
    for (const std::size_t row : {a, b, c, d}) limit(row, exact_bound / 4);
    const auto root = [&](std::uint64_t i) { return inverse_node_root(prime_, i); };
    emit(RowAction::inverse_quarters, a, b, root(node), root(2 * node), root(2 * node + 1));
    const double left = bounds_[a] + bounds_[b];
    const double right = bounds_[c] + bounds_[d];
    bounds_[a] = reduced_bound;
    bounds_[b] = product_bound(left) + product_bound(right);
    bounds_[c] = far_product_bound(left + right);
    bounds_[d] = product_bound(bounds_[b]);
  }

  void butterfly(std::size_t a, std::size_t b, std::uint64_t root) {
    if (root == 1) {
      limit_sum(a, b, reducing_pass_bound);
      emit(RowAction::add_subtract, a, b);
      bounds_[a] += bounds_[b];
    } else {
      if (bounds_[a] + product_bound(bounds_[b]) > reducing_pass_bound) limit(a, 0);
      emit(RowAction::butterfly, a, b, root);
      bounds_[a] += product_bound(bounds_[b]);
    }
    bounds_[b] = bounds_[a];
  }

  void inverse_butterfly(std::size_t a, std::size_t b, std::uint64_t root) {
    limit_sum(a, b, nearest_bound);
    bounds_[a] += bounds_[b];
    if (root == 1) {
      emit(RowAction::add_subtract, a, b);
      bounds_[b] = bounds_[a];
    } else {
      emit(RowAction::sum_difference, a, b, root);
      bounds_[b] = product_bound(bounds_[a]);
    }
  }

  void scale(std::size_t to, std::uint64_t f, std::size_t from) {
    if (zero_[from]) return;
    limit(from, nearest_bound);
    emit(RowAction::scale, to, from, f);
    bounds_[to] = product_bound(bounds_[from]);
    zero_[to] = false;
  }

  void combine(std::size_t to, std::uint64_t f, std::size_t from, std::uint64_t g) {
    if (zero_[from]) return scale(to, f, to);
    if (zero_[to]) return scale(to, g, from);
    limit(to, nearest_bound);
    limit(from, nearest_bound);
    emit(RowAction::combine, to, from, f, g);
    bounds_[to] = product_bound(bounds_[to]) + product_bound(bounds_[from]);
  }

  Prime prime_;
  std::size_t space_;
  std::vector<double> bounds_;
  std::vector<bool> zero_;
  RowProgram program_;
};

void check_rows(std::size_t rows) {
  if (rows == 0 || rows > max_rows) throw std::invalid_argument("rows of a transform out of range");
}

}  // namespace

RowProgram forward_rows(const Prime& prime, std::size_t input_rows, std::size_t rows) {
  check_rows(rows);
  if (input_rows > rows) throw std::invalid_argument("more rows of input than of output");
  Builder builder(prime, rows, input_rows, 1.0 / 16);
  builder.forward(0, std::bit_ceil(rows), 0);
  return builder.finish(forward_entry_bound);
}

RowProgram inverse_rows(const Prime& prime, std::size_t rows) {
  check_rows(rows);
  Builder builder(prime, rows, rows, inverse_exit_bound);
  builder.inverse(0, std::bit_ceil(rows), 0, rows);
  return builder.finish(nearest_bound);
}

}  // namespace fibo::detail
