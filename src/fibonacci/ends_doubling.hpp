// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace fibo::detail {

/// The first `count` digits of F(n), which has at least as many; count >= 1, n >= 1.
std::string leading_by_doubling(std::uint64_t n, std::uint64_t count);

/// The same from numbers of `limbs` >= 3 limbs of 18 digits, or nothing if that does not prove
/// them.
std::optional<std::string> leading_by_doubling(std::uint64_t n, std::uint64_t count,
                                               std::size_t limbs);

/// The number of limbs from which `leading_by_doubling` proves `count` digits, but for one key in
/// 10^6.
std::size_t leading_limbs(std::uint64_t count);

/// F(n) mod 10^count as exactly `count` digits; count >= 1.
std::string trailing_by_doubling(std::uint64_t n, std::uint64_t count);

}  // namespace fibo::detail
