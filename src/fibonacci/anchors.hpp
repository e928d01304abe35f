// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/arithmetic/decimal_limbs.hpp"

#include "small_values.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace fibo::detail {

/// F(k) and F(k-1) in limbs of 10^18, in arrays of the same size: that of F(k), at least one.
struct LimbPair {
  std::span<const decimal::Limb> value;
  std::span<const decimal::Limb> before;
};

/// An upper bound of the limbs of F(n), since F(n) < 10^(0.209 n): at most one too many below
/// n = 10^6, and one in 19 000 beyond.
constexpr std::size_t limbs_below(std::uint64_t n) {
  return n * 209 / 18'000 + 1;
}

/// The largest gap d for which F(d+1) and F(d) may be the multipliers of decimal::combine.
inline constexpr std::uint64_t max_small_gap = 85;
static_assert(small_values[max_small_gap + 2] <= decimal::base);

/// F(k+d) from the pair at k by F(k) F(d+1) + F(k-1) F(d), for d <= max_small_gap: one pass.
/// `out` has room for pair.value.size() + 1 limbs.
/// @return the size of F(k+d)
std::size_t value_after(const LimbPair& pair, std::uint64_t gap, decimal::Limb* out);

/// F(k+d-1) likewise, for 1 <= d <= max_small_gap, in an array of `size` limbs, the size of F(k+d).
void before_after(const LimbPair& pair, std::uint64_t gap, std::size_t size, decimal::Limb* out);

/// F(k) and F(k-1) for every 85th k: any F(n) up to `max_n` is one linear pass away.
class Anchors {
 public:
  static constexpr std::uint64_t max_n = 48 * max_small_gap - 1;

  Anchors();

  /// The anchor at or below n <= max_n; n is n % max_small_gap above it.
  [[nodiscard]] LimbPair below(std::uint64_t n) const;

  static std::size_t memory_bytes();

 private:
  std::vector<std::size_t> offset_;
  std::vector<decimal::Limb> limbs_;
};

}  // namespace fibo::detail
