// SPDX-License-Identifier: MIT
#include "fibo/results/axis.hpp"

#include "fibo/results/text.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include <fmt/format.h>

namespace fibo {
namespace {

constexpr double most_ticks = 6;

// Closer values than this are one for an axis: their ticks would differ in the ninth digit.
constexpr double same_place = 1e-8;

std::string seconds_text(double seconds) {
  constexpr std::array<std::pair<double, const char*>, 4> units{
      {{1, "s"}, {1e-3, "ms"}, {1e-6, "us"}, {1e-9, "ns"}}};
  if (seconds >= 1e4) return grouped(static_cast<std::uint64_t>(std::llround(seconds))) + " s";
  const auto* unit = std::ranges::find_if(
      units, [&](const auto& entry) { return seconds >= 0.999 * entry.first; });
  if (unit == units.end()) --unit;
  return fmt::format("{:.4g} {}", seconds / unit->first, unit->second);
}

int power_of(double value) {
  return static_cast<int>(std::floor(std::log10(value) + 1e-9));
}

Tick power_tick(int power) {
  return {static_cast<double>(power), "10", std::to_string(power)};
}

// In full up to so many digits and commas; else by as many digits as tell it from its neighbours.
Tick number_tick(double value, double step, std::size_t most_characters) {
  const std::string whole = grouped(static_cast<std::uint64_t>(std::llround(value)));
  if (whole.size() <= most_characters) return {std::log10(value), whole, ""};
  const int power = power_of(value);
  const std::string factor =
      fmt::format("{:.{}g}", value / std::pow(10, power), power - power_of(step) + 1);
  return {std::log10(value), factor == "1" ? "10" : factor + "·10", std::to_string(power)};
}

Tick tick_at(double value, double step, AxisUnit unit, std::size_t most_characters) {
  if (unit == AxisUnit::numbers) return number_tick(value, step, most_characters);
  return {std::log10(value), seconds_text(value), ""};
}

std::vector<Tick> powers_of_ten(double from, double to, AxisUnit unit) {
  std::vector<Tick> ticks;
  const int step = std::max(static_cast<int>(std::ceil((to - from) / most_ticks)), 1);
  for (int power = static_cast<int>(std::ceil(from)); power <= to; power += step) {
    ticks.push_back(power_tick(power));
    if (unit == AxisUnit::seconds)
      ticks.back() = {static_cast<double>(power), seconds_text(std::pow(10, power)), ""};
  }
  return ticks;
}

// 1, 2 and 5 times powers of ten.
std::vector<Tick> round_numbers(double from, double to, AxisUnit unit) {
  std::vector<Tick> ticks;
  for (int power = static_cast<int>(std::floor(from)); power <= to; ++power)
    for (const double factor : {1, 2, 5}) {
      const double value = factor * std::pow(10, power);
      if (std::log10(value) < from || std::log10(value) > to) continue;
      ticks.push_back(tick_at(value, std::pow(10, power), unit, 6));
    }
  return ticks;
}

std::vector<Tick> even_steps(double from, double to, AxisUnit unit) {
  const double first = std::pow(10, from);
  const double last = std::pow(10, to);
  double step = round_step(last - first, 4);
  if (unit == AxisUnit::numbers) step = std::max(step, 1.0);
  std::vector<Tick> ticks;
  for (double count = std::ceil(first / step); count * step <= last; ++count)
    ticks.push_back(tick_at(count * step, step, unit, 13));
  return ticks;
}

}  // namespace

double round_step(double length, double most_parts) {
  const double least = length / most_parts;
  const double power = std::pow(10, std::floor(std::log10(least)));
  for (const double factor : {1.0, 2.0, 5.0})
    if (factor * power >= least) return factor * power;
  return 10 * power;
}

std::size_t LogAxis::longest_text() const {
  std::size_t longest = 0;
  for (const Tick& tick : ticks)
    longest = std::max(longest, tick.text.size() + tick.exponent.size());
  return longest;
}

LogAxis log_axis(double least, double largest, double least_half, AxisUnit unit) {
  constexpr double one_place_half = 0.05;
  if (largest - least < same_place * largest) least_half = std::max(least_half, one_place_half);
  const double middle = (std::log10(least) + std::log10(largest)) / 2;
  const double half = std::max(1.06 * (std::log10(largest) - middle), least_half);
  LogAxis axis{.from = middle - half, .to = middle + half, .ticks = {}};
  for (const auto ticks : {powers_of_ten, round_numbers, even_steps}) {
    axis.ticks = ticks(axis.from, axis.to, unit);
    if (axis.ticks.size() >= 3) break;
  }
  return axis;
}

}  // namespace fibo
