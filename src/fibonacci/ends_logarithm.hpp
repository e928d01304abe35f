// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/arithmetic/residue_reciprocal.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace fibo::detail {

constexpr Uint128 words(std::uint64_t high, std::uint64_t low) {
  return (Uint128{high} << 64) | low;
}

// What the logarithm is made of, in MPFR's digits; the tests compute them again.

/// floor(log10((1 + sqrt 5) / 2) 2^192), most significant word first
constexpr std::array<std::uint64_t, 3> log10_phi{0x358036c82451b7f3, 0x65d3db23845599f5,
                                                 0x887a5e47e9bdd71c};
/// ceil(log10(sqrt 5) 2^128)
constexpr Uint128 log10_sqrt5 = words(0x5977d95ec10c0219, 0xdc1da994fd20dba2);
/// floor(ln(10) 2^126)
constexpr Uint128 ln10 = words(0x935d8dddaaa8ac16, 0xea56d62b82d30a28);

/// By how many units less than this a power of ten computed falls short, see `power_of_ten`.
constexpr std::uint64_t power_of_ten_error = (1 << 11) - 1;

/// 10^y in units of 2^-124 for y in [0, 1), from below, by less than `power_of_ten_error` units, if
/// x is y in units of 2^-128, from below, by less than 3 units.
Uint128 power_of_ten(Uint128 x);

/// The keys n for which `leading_by_logarithm` may be asked: n >= 187.
constexpr std::uint64_t min_logarithm_n = 187;

/// The counts of digits for which `leading_by_logarithm` may be asked: 1 to 32.
constexpr std::uint64_t max_logarithm_digits = 32;

/// The first `count` digits of F(n), or nothing if a precision of 113 bits does not prove them,
/// which happens to one key in 10^(34 - count).
std::optional<std::string> leading_by_logarithm(std::uint64_t n, std::uint64_t count);

}  // namespace fibo::detail
