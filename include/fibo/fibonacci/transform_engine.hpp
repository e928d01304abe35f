// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/arithmetic/instruction_set.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

namespace fibo {

/// Where a TransformEngine lets its probe look.
enum class TransformStage : std::uint8_t {
  factor,   ///< the limbs of a factor, before its transform
  residue,  ///< a product's transform, before it goes back
  product,  ///< the limbs of a product
};

struct TransformOptions {
  unsigned threads = 1;
  /// The instruction set to use; it must be available.
  InstructionSet instruction_set = best_instruction_set();
  /// Called with the live data at each stage, for tests that spoil it, with any value whatever;
  /// empty otherwise. It must not throw.
  std::function<void(TransformStage, std::span<double>)> probe = {};
};

/// Exact products and Fibonacci numbers of many decimal digits.
///
/// A number is a polynomial in 10^d whose coefficients are its limbs of d digits; products are made
/// by number-theoretic transforms modulo two primes just under 2^50, in double-precision arithmetic
/// that is exact by the bounds of residue_bounds.hpp (after J. van der Hoeven and G. Lecerf,
/// "Implementing number theoretic transforms", and the technique of FLINT's fft_small). d is the
/// largest from 14 down to 10 for which a product of the size asked for is determined by its two
/// residues.
///
/// F(n) comes from the pair of Lucas numbers L(k), L(k+1), doubled bit by bit of n (two transforms
/// forth and two back), and one last product F(2k) = F(k) L(k) or F(2k+1) = F(k+1) L(k) - (-1)^k.
///
/// An engine keeps its memory from call to call: a second number of the same size allocates
/// nothing. It is not to be used by two callers at once.
class TransformEngine {
 public:
  /// @throws std::invalid_argument  if the machine or the build lacks the instruction set asked for
  explicit TransformEngine(TransformOptions options = {});
  TransformEngine(const TransformEngine&) = delete;
  TransformEngine& operator=(const TransformEngine&) = delete;
  TransformEngine(TransformEngine&&) noexcept;
  TransformEngine& operator=(TransformEngine&&) noexcept;
  ~TransformEngine();

  /// Writes all decimal digits of F(n) to the front of `out`, without leading zeros, and returns
  /// how many there are. All of `out` is used for intermediate values: size it by
  /// `fibonacci_text_bound(n)`.
  /// @throws std::length_error  if n > max_transform_n, if the digits do not fit, or if a mistake
  /// of the machine has made an intermediate value outgrow its place
  /// @throws std::bad_alloc     if there is no memory; `transform_memory_bytes` tells beforehand
  std::size_t fibonacci_text(std::uint64_t n, std::span<char> out);

  /// Writes F(n) and F(n-1), n >= 1, as limbs of 18 digits (0 <= limb < 10^18, lowest first),
  /// filled up with zeros. Either needs `fibonacci_text_bound(n)` / 18, rounded up.
  /// @throws std::length_error  as `fibonacci_text`
  /// @throws std::bad_alloc     if there is no memory
  void fibonacci_pair(std::uint64_t n, std::span<std::uint64_t> value,
                      std::span<std::uint64_t> previous);

  /// out <- a b, limbs of 18 digits (0 <= limb < 10^18, lowest first), filled up with zeros.
  /// @throws std::length_error  if out.size() < a.size() + b.size(), or the factors are past the
  /// transform's range
  /// @throws std::bad_alloc     if there is no memory
  void multiply(std::span<const std::uint64_t> a, std::span<const std::uint64_t> b,
                std::span<std::uint64_t> out);

  /// Bytes that the engine holds at present.
  [[nodiscard]] std::size_t memory_bytes() const;

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

/// The largest n that `TransformEngine` takes.
inline constexpr std::uint64_t max_transform_n = 1'000'000'000'000;

/// At least the number of decimal digits of F(n), and at most two more.
/// @throws std::length_error  if n > max_transform_n
std::size_t fibonacci_text_bound(std::uint64_t n);

/// The most bytes a TransformEngine holds after `fibonacci_text(n, out)` with an `out` of
/// `fibonacci_text_bound(n)` bytes, if it held nothing before. `out` itself is not counted.
/// @throws std::length_error  if n > max_transform_n
std::size_t transform_memory_bytes(std::uint64_t n, unsigned threads);

/// The same after `fibonacci_pair(n, ...)`.
/// @throws std::length_error  if n > max_transform_n
std::size_t transform_pair_memory_bytes(std::uint64_t n, unsigned threads);

}  // namespace fibo
