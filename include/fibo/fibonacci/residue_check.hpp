// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/arithmetic/instruction_set.hpp"
#include "fibo/fibonacci/residue.hpp"
#include "fibo/fibonacci/text_residue.hpp"

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
  /// The prime is a function of `seed` alone. `set` must be available.
  explicit ResidueCheck(std::uint64_t seed, InstructionSet set = best_instruction_set());

  [[nodiscard]] std::uint64_t prime() const { return expected_.modulus(); }

  /// True if `text` is F(n) in decimal, without sign or leading zeros, as far as the prime can
  /// tell. Takes about 0.06 ns a digit with AVX2, plus 10 to 30 ns.
  [[nodiscard]] bool passes(std::uint64_t n, std::string_view text) const;

 private:
  FibonacciResidue expected_;
  TextResidue text_residue_;
};

}  // namespace fibo
