// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/arithmetic/decimal_limbs.hpp"
#include "fibo/arithmetic/instruction_set.hpp"

#include <cstddef>

namespace fibo::decimal {

/// Writes all 18 * size digits of the number in limbs[0..size) as text, most significant first,
/// leading zeros included. No division: each limb is cut into 2 + 8 + 8 digits by multiplication
/// with reciprocals, and each half into its digits by the same means on all at once.
using ToText = void (*)(const Limb* limbs, std::size_t size, char* text);

/// The routine for `set`, which must be available.
ToText to_text_routine(InstructionSet set);

}  // namespace fibo::decimal
