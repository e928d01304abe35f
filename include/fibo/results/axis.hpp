// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

/// Axes of pictures and where their ticks are.
namespace fibo {

/// A step of 1, 2 or 5 times a power of ten that divides `length` > 0 into at most so many parts.
double round_step(double length, double most_parts);

struct Tick {
  double log10;
  std::string text;      ///< "20,000", "5 ms", "2·10"
  std::string exponent;  ///< to stand above the text's end; empty if there is none
};

/// A logarithmic axis from 10^from to 10^to.
struct LogAxis {
  double from;
  double to;
  std::vector<Tick> ticks;  ///< ascending

  /// Of the longest tick, exponent included, in characters.
  [[nodiscard]] std::size_t longest_text() const;
};

enum class AxisUnit : std::uint8_t { numbers, seconds };

/// The axis for values from `least` > 0 to `largest`, and a little beyond both. Ticks are powers of
/// ten where there are three, else 1, 2 and 5 times those, else evenly spaced numbers.
/// @param least_half  how far it reaches to each side of its middle at least, in decades
LogAxis log_axis(double least, double largest, double least_half, AxisUnit unit);

}  // namespace fibo
