// SPDX-License-Identifier: MIT
#pragma once

namespace fibo::detail {

/// log10 of the golden ratio phi, to 2e-17: F(n) is phi^n / sqrt 5, to the nearest integer, and has
/// about n times as many digits.
inline constexpr double log10_of_phi = 0.20898764024997873;

}  // namespace fibo::detail
