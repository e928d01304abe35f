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
#include <numeric>
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
// they take products of `count` digits for each bit of n, more costly than one of a few times that,
// and of many times where transforms make it.
constexpr std::uint64_t in_full_ratio = 16;

// F(n) past that ratio is computed up to this n only: it takes 66 MB.
constexpr std::uint64_t max_long_n = 100'000'000;

// For a bit of n past those of `count` digits, of count^2: 10^4 to 3 * 10^5 digits on an AMD EPYC
// (Zen 3), 2026-11.
constexpr double doubling_ns_per_square = 7.3e-3;

double doubling_cost_ns(std::uint64_t n, std::uint64_t count) {
  const auto digits = static_cast<double>(count);
  const double bits = std::log2(static_cast<double>(n) * detail::log10_of_phi / digits);
  return std::max(bits, 1.0) * doubling_ns_per_square * digits * digits;
}

// Whether F(n) of that many digits is computed sooner than its ends. Once it is not, it is for no
// larger n.
bool is_sooner_in_full(std::uint64_t n, std::uint64_t digit_count, std::uint64_t count) {
  if (count <= detail::max_logarithm_digits) return n < detail::min_logarithm_n;
  if (digit_count / in_full_ratio <= count) return n <= Engine::max_n;
  return n <= max_long_n && Engine::cost_ns(n) < doubling_cost_ns(n, count);
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
  // F(n) has at least n * log10_of_phi - 1 digits.
  const auto with_digits = [](double digits) {
    const double largest = std::ceil((digits + 1) / detail::log10_of_phi);
    return largest < static_cast<double>(Engine::max_n) ? static_cast<std::uint64_t>(largest)
                                                        : Engine::max_n;
  };
  const auto digits = static_cast<double>(count);
  if (count <= detail::max_logarithm_digits)
    return std::max(detail::min_logarithm_n, with_digits(2 * digits));
  const std::uint64_t by_ratio = with_digits(static_cast<double>(in_full_ratio) * (digits + 1));
  std::uint64_t sooner = by_ratio;
  for (std::uint64_t later = std::max(by_ratio, max_long_n) + 1; later - sooner > 1;) {
    const std::uint64_t middle = std::midpoint(sooner, later);
    (is_sooner_in_full(middle, fibonacci_digit_count(middle), count) ? sooner : later) = middle;
  }
  return sooner;
}

double fibonacci_ends_cost_ns(std::uint64_t n, std::uint64_t count) {
  if (count <= max_residue_digits) return 200;
  if (count <= detail::max_logarithm_digits) return 3'000;
  if (is_sooner_in_full(n, fibonacci_digit_count(n), count)) return Engine::cost_ns(n);
  return 30'000 + doubling_cost_ns(n, count);
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
