// SPDX-License-Identifier: MIT
#pragma once

namespace fibo::decimal {

/// The instruction sets that the text routines are written for. All give the same bytes.
enum class Isa { portable, avx2 };

/// The best set that this build has and this processor runs; found once.
Isa best_isa();

/// Whether this build has the routines of `isa` and this processor runs them.
bool is_available(Isa isa);

}  // namespace fibo::decimal
