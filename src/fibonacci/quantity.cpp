// SPDX-License-Identifier: MIT
#include "fibo/fibonacci/quantity.hpp"

#include "fibo/fibonacci/ends.hpp"
#include "fibo/fibonacci/engine.hpp"
#include "fibo/fibonacci/fibonacci.hpp"
#include "fibo/fibonacci/overloaded.hpp"
#include "fibo/fibonacci/residue.hpp"

#include "ends_text.hpp"
#include "golden_ratio.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <utility>

namespace fibo {
namespace {

// Greater by more than log10_of_phi and its product with an n of 64 bits are rounded.
double digits_upper_bound(std::uint64_t n) {
  constexpr double rounded_up = detail::log10_of_phi * (1 + 0x1p-50);
  return std::ceil(static_cast<double>(n) * rounded_up) + 1;
}

std::uint64_t saturate(double bytes) {
  return bytes < static_cast<double>(most_bytes) ? static_cast<std::uint64_t>(bytes) : most_bytes;
}

}  // namespace

ValueView view_of(const Value& value) {
  return std::visit(Overloaded{
                        [](const std::string& digits) { return ValueView(digits); },
                        [](const Ends& ends) {
                          return ValueView(EndsView{ends.digit_count, ends.leading, ends.trailing});
                        },
                        [](std::uint64_t residue) { return ValueView(residue); },
                    },
                    value);
}

Value copy_of(const ValueView& view) {
  return std::visit(
      Overloaded{
          [](std::string_view digits) { return Value(std::in_place_type<std::string>, digits); },
          [](const EndsView& ends) {
            return Value(
                Ends{ends.digit_count, std::string(ends.leading), std::string(ends.trailing)});
          },
          [](std::uint64_t residue) { return Value(residue); },
      },
      view);
}

Value evaluate(const Quantity& quantity, std::uint64_t n) {
  return std::visit(Overloaded{
                        [&](const FullDigits&) { return Value{fibonacci(n)}; },
                        [&](const EndDigits& q) { return Value{fibonacci_ends(n, q.count)}; },
                        [&](const Residue& q) { return Value{fibonacci_mod(n, q.modulus)}; },
                    },
                    quantity);
}

std::uint64_t value_bytes(const Quantity& quantity, std::uint64_t n) {
  return std::visit(
      Overloaded{
          [&](const FullDigits&) { return saturate(digits_upper_bound(n)); },
          [&](const EndDigits& q) {
            return saturate(std::min(digits_upper_bound(n), 2.0 * static_cast<double>(q.count)));
          },
          [&](const Residue&) { return std::uint64_t{sizeof(std::uint64_t)}; },
      },
      quantity);
}

std::uint64_t max_key(const Quantity& quantity) {
  return std::holds_alternative<FullDigits>(quantity) ? Engine::max_n
                                                      : std::numeric_limits<std::uint64_t>::max();
}

std::uint64_t working_bytes(const Quantity& quantity, std::uint64_t n) {
  if (const auto* ends = std::get_if<EndDigits>(&quantity)) {
    const bool in_full = n <= largest_in_full(ends->count);
    return value_bytes(quantity, n) +
           (in_full ? Engine::memory_bytes(n) + saturate(digits_upper_bound(n)) : 0);
  }
  if (!std::holds_alternative<FullDigits>(quantity)) return value_bytes(quantity, n);
  const double scale = std::max(1.0, static_cast<double>(n) / static_cast<double>(Engine::max_n));
  const auto computing_bytes =
      static_cast<double>(Engine::memory_bytes(std::min(n, Engine::max_n)));
  return saturate(scale * computing_bytes + 2 * static_cast<double>(value_bytes(quantity, n)));
}

std::uint64_t computing_bytes(const Quantity& quantity, std::uint64_t n) {
  if (const auto* ends = std::get_if<EndDigits>(&quantity))
    return Engine::memory_bytes(std::min(n, largest_in_full(ends->count)));
  return std::holds_alternative<FullDigits>(quantity) ? Engine::run_memory_bytes(n) : 0;
}

double estimated_cost_s(const Quantity& quantity, std::uint64_t n) {
  return std::visit(
      Overloaded{
          [&](const FullDigits&) { return 1e-9 * Engine::cost_ns(n); },
          [&](const EndDigits& q) { return 1e-9 * fibonacci_ends_cost_ns(n, q.count); },
          [&](const Residue&) { return 0.1e-6; },
      },
      quantity);
}

double estimated_cost_after_s(const Quantity& quantity, std::uint64_t n, std::uint64_t gap) {
  return std::holds_alternative<FullDigits>(quantity) ? 1e-9 * Engine::cost_after_ns(n, gap)
                                                      : estimated_cost_s(quantity, n);
}

bool has_form_of_answer(const Quantity& quantity, std::uint64_t n, const ValueView& value) {
  return std::visit(Overloaded{
                        [&](const FullDigits&, std::string_view digits) {
                          return digits.size() == fibonacci_digit_count(n);
                        },
                        [&](const EndDigits& q, const EndsView& ends) {
                          const std::uint64_t count = fibonacci_digit_count(n);
                          const bool in_full = count - count / 2 <= q.count;
                          return ends.digit_count == count &&
                                 ends.leading.size() == (in_full ? count : q.count) &&
                                 ends.trailing.size() == (in_full ? 0 : q.count);
                        },
                        [](const Residue& q, std::uint64_t residue) { return residue < q.modulus; },
                        [](const auto& /*quantity*/, const auto& /*other kind*/) { return false; },
                    },
                    quantity, value);
}

namespace {

// 1233/4096 is log10(2) to 10^-5: the estimate is at most one too low.
std::uint64_t digits_of(std::uint64_t x) {
  x |= 1;  // 0 has a digit, too
  const std::size_t estimate = static_cast<std::size_t>(std::bit_width(x)) * 1233 >> 12;
  return estimate + (x >= detail::powers_of_ten[estimate] ? 1 : 0);
}

}  // namespace

std::uint64_t shown_digits(const ValueView& value) {
  return std::visit(Overloaded{
                        [](std::string_view digits) { return std::uint64_t{digits.size()}; },
                        [](const EndsView& ends) {
                          return std::uint64_t{ends.leading.size() + ends.trailing.size()};
                        },
                        [](std::uint64_t residue) { return digits_of(residue); },
                    },
                    value);
}

}  // namespace fibo
