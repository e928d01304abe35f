// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/arithmetic/decimal_text_sum.hpp"

namespace fibo::decimal::detail {

/// The AVX2 routine, in a translation unit of its own; see decimal_text.hpp beside this file.
void add_text_avx2(char* sum, const char* addend, std::size_t size);

}  // namespace fibo::decimal::detail
