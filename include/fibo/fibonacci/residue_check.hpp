// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/arithmetic/decimal_isa.hpp"
#include "fibo/fibonacci/residue.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string_view>

namespace fibo {

/// A value that is not F(n).
class CheckFailed : public std::runtime_error {
 public:
  explicit CheckFailed(std::uint64_t n);

  [[nodiscard]] std::uint64_t n() const { return n_; }

 private:
  std::uint64_t n_;
};

namespace detail {

/// Sums of digits by blocks: how a text is reduced modulo the prime of a check.
///
/// A block is at most 16 chunks of 64 digits, a chunk is eight groups of eight digits. The groups
/// of a block are multiplied by their weights, powers of 10^8 modulo the prime, and added up
/// without reduction.
struct DigitWeights {
  static constexpr std::size_t chunk_digits = 64;
  static constexpr std::size_t chunks = 16;
  static constexpr std::size_t groups = 8;

  /// weight[i][place[g]] is that of group g, counted from the most significant, of the i-th last...
  /// chunk `i` of a full block. The places are in the order in which AVX2 packs the groups.
  static constexpr std::array<std::size_t, groups> place{0, 4, 2, 6, 1, 5, 3, 7};

  alignas(32) std::array<std::array<std::uint64_t, groups>, chunks> weight;
};

}  // namespace detail

/// Checks texts against F(n) modulo a prime of 61 bits that is drawn at random for each object.
///
/// The value of a text is reduced in one pass over its bytes, and compared with F(n) modulo the
/// prime from `FibonacciResidue`, which shares nothing with the arithmetic that made the text. A
/// text that is not F(n) differs from it by a number below 10^d, d its digits, which has at most
/// d log(10) / log(2^60) < d / 18 prime divisors above 2^60. There are more than 2^54 primes in
/// (2^60, 2^61), all equally likely to be drawn: a wrong text passes with probability below
/// d / (18 * 2^54), that is 2^-30 at 3 * 10^8 digits and 2^-48 at 1000. A wrong length, a leading
/// zero or a byte that is no digit never passes. Immutable: any number of threads may use one
/// object.
class ResidueCheck {
 public:
  /// The prime is a function of `seed` alone. `isa` must be available.
  explicit ResidueCheck(std::uint64_t seed, decimal::Isa isa = decimal::best_isa());

  [[nodiscard]] std::uint64_t prime() const { return expected_.modulus(); }

  /// True if `text` is F(n) in decimal, without sign or leading zeros, as far as the prime can
  /// tell. Takes about 0.1 ns a digit with AVX2, plus 20 to 50 ns.
  [[nodiscard]] bool passes(std::uint64_t n, std::string_view text) const;

  /// @throws CheckFailed  if `text` does not pass
  void require(std::uint64_t n, std::string_view text) const;

 private:
  [[nodiscard]] std::uint64_t advance(std::uint64_t residue, const char* text, std::size_t chunks,
                                      bool& all_digits) const;

  FibonacciResidue expected_;
  detail::Reciprocal reciprocal_;
  detail::DigitWeights weights_;
  std::array<std::uint64_t, detail::DigitWeights::chunks + 1> power_;  // 10^(64 i) mod prime
  decimal::Isa isa_;
};

}  // namespace fibo
