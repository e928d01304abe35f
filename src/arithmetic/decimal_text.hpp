// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/arithmetic/decimal_text.hpp"

namespace fibo::decimal::detail {

/// The AVX2 routine, in a translation unit of its own that is compiled for AVX2. Nothing inline is
/// shared with it: the linker must never take a function compiled there for one that runs anywhere.
void to_text_avx2(const Limb* limbs, std::size_t size, char* text);

}  // namespace fibo::decimal::detail
