// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/fibonacci/residue.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace fibo {

/// What is known of F(n) without computing it in full.
struct Ends {
  std::uint64_t digit_count = 0;  ///< decimal digits of F(n); F(0) = 0 has one
  std::string leading;            ///< its first digits, or all of them
  std::string trailing;           ///< its last digits with their leading zeros, or nothing

  friend bool operator==(const Ends&, const Ends&) = default;
};

/// The number of decimal digits of F(n), exact for every 64-bit n, in a few nanoseconds.
std::uint64_t fibonacci_digit_count(std::uint64_t n);

/// The number of digits of F(n), its first `count` and its last `count` digits, for every 64-bit n.
///
/// If F(n) has at most 2 `count` digits, `leading` is F(n) in full and `trailing` is empty;
/// otherwise both are exactly `count` characters. Every digit is proven: the last ones are a
/// residue, the first ones are printed only where a lower and an upper bound of F(n) agree on them,
/// and are computed again more precisely where they do not. F(n) itself is computed only if it is
/// printed in full, or if that is sooner (see `largest_in_full`). Takes under a microsecond for
/// `count` up to 19, and products of `count` digits for each bit of n beyond. For many keys,
/// `FibonacciEnds` is faster.
/// @throws std::invalid_argument  if count is 0
/// @throws std::length_error      if F(n) is to be given in full and is too long, see `fibonacci`
Ends fibonacci_ends(std::uint64_t n, std::uint64_t count);

/// No F(n) of a larger n is computed for its ends; of smaller ones, those are that are had sooner
/// so.
std::uint64_t largest_in_full(std::uint64_t count);

/// About how long the ends of F(n) take, in nanoseconds, on the machine of Engine::cost_ns().
double fibonacci_ends_cost_ns(std::uint64_t n, std::uint64_t count);

/// `fibonacci_ends` for many n and one count, at about a tenth of a microsecond a key for `count`
/// up to 19. Immutable: any number of threads may use one object.
class FibonacciEnds {
 public:
  /// @throws std::invalid_argument  if count is 0
  explicit FibonacciEnds(std::uint64_t count);

  [[nodiscard]] std::uint64_t count() const { return count_; }

  /// What `fibonacci_ends(n, count())` returns.
  [[nodiscard]] Ends operator()(std::uint64_t n) const;

 private:
  std::uint64_t count_;
  std::optional<FibonacciResidue> residue_;  // modulo 10^count, if that fits 64 bits
};

}  // namespace fibo
