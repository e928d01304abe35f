// SPDX-License-Identifier: MIT
#include "fibo/fibonacci/residue.hpp"

#include <algorithm>
#include <bit>
#include <stdexcept>

namespace fibo {
namespace {

using detail::high_word;
using detail::low_word;
using detail::mask_if;
using detail::Reciprocal;

Reciprocal reciprocal_of(std::uint64_t modulus) {
  if (modulus == 0) throw std::invalid_argument("F(n) mod 0 is not defined");
  return Reciprocal{modulus};
}

constexpr std::uint64_t top_bit = std::uint64_t{1} << 63;

// x + y mod m, both in [0, m).
std::uint64_t add(std::uint64_t modulus, std::uint64_t x, std::uint64_t y) {
  const std::uint64_t less = x - (modulus - y);
  return less > x ? less + modulus : less;
}

// x1 y1 + x2 y2 mod m, scaled, with one reduction; x1, x2 scaled, y1, y2 plain, all reduced.
inline std::uint64_t dot(const Reciprocal& m, std::uint64_t x1, std::uint64_t y1, std::uint64_t x2,
                         std::uint64_t y2) {
  const Uint128 first = Uint128{x1} * y1;
  const Uint128 sum = first + Uint128{x2} * y2;
  std::uint64_t high = high_word(sum);
  // Each product is below d m. For m <= 2^63 their sum is below d 2^64 as it must be; above that it
  // is below 2 d 2^64, may carry out of two words, and has to lose d 2^64 if it has that much.
  if (m.divisor() > top_bit) {
    const bool above = (sum < first) | (high >= m.normalized());
    high -= mask_if(above) & m.normalized();
  }
  return m.divide_normalized(high, low_word(sum)).remainder;
}

}  // namespace

std::uint64_t fibonacci_mod(std::uint64_t n, std::uint64_t modulus) {
  const Reciprocal m = reciprocal_of(modulus);
  // F(k-1), F(k), F(k+1) mod m for k = n >> bit, scaled, from k = 0 and F(-1) = 1.
  std::uint64_t before = m.scale(1 % modulus);
  std::uint64_t value = 0;
  std::uint64_t after = before;
  for (auto bit = static_cast<int>(std::bit_width(n)); bit-- > 0;) {
    // F(2k) = F(k) F(k-1) + F(k) F(k+1), and its neighbour on the side the next bit asks for:
    // F(2k-1) = F(k)^2 + F(k-1)^2 or F(2k+1) = F(k)^2 + F(k+1)^2.
    const std::uint64_t odd = mask_if(((n >> bit) & 1) != 0);
    const std::uint64_t side = before ^ ((before ^ after) & odd);
    const std::uint64_t plain = m.unscale(value);
    const std::uint64_t even_value = dot(m, before, plain, after, plain);
    const std::uint64_t odd_value = dot(m, value, plain, side, m.unscale(side));
    const std::uint64_t exchange = (even_value ^ odd_value) & odd;
    before = odd_value ^ exchange;
    value = even_value ^ exchange;
    after = add(m.normalized(), before, value);
  }
  return m.unscale(value);
}

FibonacciResidue::FibonacciResidue(std::uint64_t modulus)
    : reciprocal_{reciprocal_of(modulus)}, table_(windows) {
  Pair step{1 % modulus, 0};  // k = 256^i
  for (auto& window : table_) {
    Pair pair{0, 1 % modulus};
    for (Pair& entry : window) {
      entry = pair;
      const Pair next = sum({reciprocal_.scale(pair.value), reciprocal_.scale(pair.before)}, step);
      pair = {reciprocal_.unscale(next.value), reciprocal_.unscale(next.before)};
    }
    step = pair;
  }
}

// F(a+b), scaled, from the scaled pair of a and the pair of b.
std::uint64_t FibonacciResidue::sum_value(Pair scaled, Pair pair) const {
  const std::uint64_t after = add(modulus(), pair.value, pair.before);
  return dot(reciprocal_, scaled.value, after, scaled.before, pair.value);
}

// F(a+b) and F(a+b-1) = F(a) F(b) + F(a-1) F(b-1), scaled.
FibonacciResidue::Pair FibonacciResidue::sum(Pair scaled, Pair pair) const {
  return {sum_value(scaled, pair),
          dot(reciprocal_, scaled.value, pair.value, scaled.before, pair.before)};
}

std::uint64_t FibonacciResidue::operator()(std::uint64_t n) const {
  const Pair lowest = table_[0][n % window_size];
  std::uint64_t rest = n / window_size;
  if (rest == 0) return lowest.value;
  Pair scaled{reciprocal_.scale(lowest.value), reciprocal_.scale(lowest.before)};
  auto window = table_.begin() + 1;
  for (; rest >= window_size; rest /= window_size, ++window) {
    scaled = sum(scaled, (*window)[rest % window_size]);
  }
  return reciprocal_.unscale(sum_value(scaled, (*window)[rest]));
}

}  // namespace fibo
