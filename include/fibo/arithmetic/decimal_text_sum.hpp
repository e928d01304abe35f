// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/arithmetic/instruction_set.hpp"

#include <cstddef>

namespace fibo::decimal {

/// Texts that are added come in multiples of this many digits, with zeros in front.
inline constexpr std::size_t text_sum_digits = 64;

/// Adds decimal text: `sum` += `addend`, each `size` digits, most significant first, `size` a
/// multiple of text_sum_digits. A carry out of the first digit is lost. No byte may be other than a
/// digit.
using AddText = void (*)(char* sum, const char* addend, std::size_t size);

/// The routine for `set`, which must be available.
AddText add_text_routine(InstructionSet set);

}  // namespace fibo::decimal
