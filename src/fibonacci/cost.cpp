// SPDX-License-Identifier: MIT
#include "cost.hpp"

#include "anchors.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace fibo::detail {
namespace {

struct Point {
  double n;
  double ns;
};

// Measured with engine_bench (single keys, warm) on one core of an AMD EPYC (Zen 3), 2026-11; a
// power of n in between.
constexpr std::array<Point, 12> points{{
    {1, 15},
    {186, 35},
    {1'000, 150},
    {4'079, 450},
    {4'100, 1'000},
    {10'000, 4'500},
    {21'000, 16'500},
    {100'000, 80'000},
    {1'000'000, 1'200'000},
    {10'000'000, 20'000'000},
    {100'000'000, 250'000'000},
    {1'000'000'000, 2'600'000'000},
}};

constexpr double advance_ns_per_limb = 5;

}  // namespace

double fresh_cost_ns(std::uint64_t n) {
  const double x = std::max(static_cast<double>(n), points.front().n);
  const auto* upper = std::find_if(points.begin() + 1, points.end() - 1,
                                   [x](const Point& point) { return x <= point.n; });
  const Point& lower = *(upper - 1);
  const double exponent = std::log(upper->ns / lower.ns) / std::log(upper->n / lower.n);
  return lower.ns * std::pow(x / lower.n, exponent);
}

double advance_cost_ns(std::uint64_t n) {
  return 20 + advance_ns_per_limb * static_cast<double>(limbs_below(n));
}

}  // namespace fibo::detail
