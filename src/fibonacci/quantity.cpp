// SPDX-License-Identifier: MIT
#include "fibo/fibonacci/quantity.hpp"

#include "fibo/fibonacci/fibonacci.hpp"
#include "fibo/fibonacci/overloaded.hpp"
#include "fibo/fibonacci/residue.hpp"

#include <algorithm>
#include <cmath>

namespace fibo {
namespace {

// log10 of the golden ratio, rounded up: F(n) has at most n * this + 1 digits.
constexpr double digits_per_index = 0.20898764024997876;

double digits_upper_bound(std::uint64_t n) {
  return std::ceil(static_cast<double>(n) * digits_per_index) + 1;
}

std::uint64_t saturate(double bytes) {
  return bytes < 0x1p63 ? static_cast<std::uint64_t>(bytes) : std::uint64_t{1} << 63;
}

}  // namespace

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

std::uint64_t working_bytes(const Quantity& quantity, std::uint64_t n) {
  // GMP 6.2: 579 MB at n = 10^9, the text of 209 MB included.
  const double bytes = static_cast<double>(value_bytes(quantity, n));
  return saturate(2.8 * bytes);
}

double estimated_cost_s(const Quantity& quantity, std::uint64_t n) {
  // Fitted to 15 us for 2 090 digits and 4.4 s for 20.9 million (GMP 6.2, 3 GHz, 2026-11).
  const double digits = static_cast<double>(value_bytes(quantity, n));
  return 0.5e-6 + 15e-6 * std::pow(digits / 2090, 1.37);
}

std::uint64_t shown_digits(const Value& value) {
  return std::visit(Overloaded{
                        [](const std::string& digits) { return std::uint64_t{digits.size()}; },
                        [](const Ends& ends) {
                          return std::uint64_t{ends.leading.size() + ends.trailing.size()};
                        },
                        [](std::uint64_t residue) {
                          std::uint64_t digits = 1;
                          for (; residue >= 10; residue /= 10) ++digits;
                          return digits;
                        },
                    },
                    value);
}

}  // namespace fibo
