// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace fibo::detail {

/// Rough times on one core of about 3 GHz with AVX2, in nanoseconds, monotone in n: what decides
/// which way to F(n) is taken.

/// F(n) from nothing, text and check included.
double fresh_cost_ns(std::uint64_t n);

/// The pair at n from the pair up to 85 below it.
double advance_cost_ns(std::uint64_t n);

}  // namespace fibo::detail
