// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/arithmetic/balanced_limbs.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace fibo::detail {

/// The digits of a number > 0: how many there are, and in how many limbs.
struct DigitCount {
  std::size_t digits;
  std::size_t limbs;
};

/// @throws std::length_error  unless the number is > 0 and its top digits are of one limb
DigitCount count_digits(std::span<const double> limbs, const DecimalBase& base);

/// Writes the limbs from limbs[0] up, `base.digits` digits each, the lowest one's last digit at
/// end[-1], and returns how many it has written: fewer than `count` where it would write in front
/// of their digits, or none. `borrow`, 0 or -1, goes in from below and comes out above.
using LimbWriter = std::size_t (*)(const double* limbs, std::size_t count, const DecimalBase& base,
                                   double& borrow, char* end);

/// Four limbs at a time, with AVX2.
std::size_t write_limbs_avx2(const double* limbs, std::size_t count, const DecimalBase& base,
                             double& borrow, char* end);

/// Writes the digits of limbs [begin, end) to their places in `text`, which is as long as the
/// number has digits; `count` is of `count_digits`. Ranges of one number may be written at the same
/// time.
/// @param writer  writes what it can; nullptr for none
void write_digits(std::span<const double> limbs, const DecimalBase& base, const DigitCount& count,
                  std::size_t begin, std::size_t end, LimbWriter writer, std::span<char> text);

}  // namespace fibo::detail
