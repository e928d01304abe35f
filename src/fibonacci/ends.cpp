// SPDX-License-Identifier: MIT
#include "fibo/fibonacci/ends.hpp"

#include "fibo/fibonacci/engine.hpp"
#include "fibo/fibonacci/fibonacci.hpp"

#include "ends_doubling.hpp"
#include "ends_logarithm.hpp"
#include "ends_text.hpp"
#include "golden_ratio.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

namespace fibo {
namespace {

// Residues modulo 10^count fit 64 bits up to this count.
constexpr std::uint64_t max_residue_digits = detail::powers_of_ten.size() - 1;

std::uint64_t checked(std::uint64_t count) {
  if (count == 0) throw std::invalid_argument("the count of leading and trailing digits is 0");
  return count;
}

// A period of F(n) mod 10^count: the least common multiple of those modulo 2^count and 5^count,
// 3 * 2^(count-1) and 4 * 5^count (D. D. Wall, "Fibonacci series modulo m", American Mathematical
// Monthly 67 (1960)).
std::uint64_t period(std::uint64_t count) {
  if (count == 1) return 60;
  if (count == 2) return 300;
  return 15 * detail::powers_of_ten[count - 1];
}

std::string leading_digits(std::uint64_t n, std::uint64_t count) {
  if (count <= detail::max_logarithm_digits) {
    if (auto text = detail::leading_by_logarithm(n, count)) return *std::move(text);
  }
  return detail::leading_by_doubling(n, count);
}

// Up to max_logarithm_digits the ends take no time to speak of, but need a minimum of n. Beyond,
// they take products of `count` digits for each bit of n, more costly than one of a few times that.
constexpr std::uint64_t in_full_ratio = 16;

// Whether F(n) of that many digits is computed sooner than its ends.
bool is_sooner_in_full(std::uint64_t n, std::uint64_t digit_count, std::uint64_t count) {
  if (count <= detail::max_logarithm_digits) return n < detail::min_logarithm_n;
  return digit_count / in_full_ratio <= count && n <= Engine::max_n;
}

// `residue(k)` is F(k) mod 10^count, and is asked for up to count = max_residue_digits.
template <typename Residue>
Ends ends(std::uint64_t n, std::uint64_t count, const Residue& residue) {
  Ends result{fibonacci_digit_count(n), {}, {}};
  const bool is_shown_in_full = result.digit_count <= count || result.digit_count - count <= count;
  if (is_shown_in_full || is_sooner_in_full(n, result.digit_count, count)) {
    result.leading = fibonacci(n);
    if (is_shown_in_full) return result;
    result.trailing = result.leading.substr(result.digit_count - count);
    result.leading.resize(count);
    return result;
  }
  result.leading = leading_digits(n, count);
  if (count <= max_residue_digits) {
    detail::append_padded(result.trailing, residue(n % period(count)), count);
  } else {
    result.trailing = detail::trailing_by_doubling(n, count);
  }
  return result;
}

}  // namespace

std::uint64_t largest_in_full(std::uint64_t count) {
  if (count <= detail::max_logarithm_digits) return detail::min_logarithm_n;
  // F(n) has at least n * log10_of_phi - 1 digits.
  const double most_digits = static_cast<double>(in_full_ratio) * (static_cast<double>(count) + 1);
  const double largest = std::ceil((most_digits + 1) / detail::log10_of_phi);
  return largest < static_cast<double>(Engine::max_n) ? static_cast<std::uint64_t>(largest)
                                                      : Engine::max_n;
}

Ends fibonacci_ends(std::uint64_t n, std::uint64_t count) {
  return ends(n, checked(count),
              [count](std::uint64_t k) { return fibonacci_mod(k, detail::powers_of_ten[count]); });
}

FibonacciEnds::FibonacciEnds(std::uint64_t count) : count_{checked(count)} {
  if (count <= max_residue_digits) residue_.emplace(detail::powers_of_ten[count]);
}

Ends FibonacciEnds::operator()(std::uint64_t n) const {
  return ends(n, count_, [this](std::uint64_t k) { return (*residue_)(k); });
}

}  // namespace fibo
