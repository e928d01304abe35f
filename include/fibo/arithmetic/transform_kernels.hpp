// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/arithmetic/balanced_limbs.hpp"
#include "fibo/arithmetic/instruction_set.hpp"
#include "fibo/arithmetic/limb_text.hpp"
#include "fibo/arithmetic/root_table.hpp"
#include "fibo/arithmetic/row_program.hpp"

#include <cstddef>

namespace fibo::detail {

/// Ranges of columns begin and end at multiples of this, a cache line.
inline constexpr std::size_t chunk_columns = 8;

/// The shortest rows: what one base kernel transforms.
inline constexpr std::size_t block_size = 64;

/// What leaves the end of a run of limbs for the next two limbs above.
struct Spill {
  double first;
  double second;
};

/// Rows of `length` numbers lie one after another as limbs, and begin `stride` apart as residues:
/// some numbers more, as distances of a power of two crowd into few places of a cache.
struct RowLayout {
  std::size_t length;
  std::size_t stride;
  bool streaming;  ///< whether what is written goes past the caches, as it is too much to find
                   ///< there again
};

/// The constants that turn a pair of residues into limbs, see `LimbCarrier`.
struct RecombineConstants {
  Factor scale_first;    ///< 1/s mod p1, where s is the factor that the inverse transform leaves
  Factor scale_second;   ///< 1/(s p1) mod p2
  Factor first_inverse;  ///< 1/p1 mod p2
  double base;           ///< B = 10^d
  double base_inverse;   ///< 1/B, rounded
  Factor low;            ///< p1 mod B, balanced, and low/B
  double high;           ///< (p1 - low)/B
};

/// Those for limbs of `base`, where s = 2^halvings.
RecombineConstants recombine_constants(const DecimalBase& base, int halvings);

/// What `recombine` takes of one prime.
struct RecombineInput {
  RowSteps program;
  PrimeTable table;
  const double* residues;
};

/// The loops of the transform, compiled for one instruction set. Rows are aligned to cache lines.
struct TransformKernels {
  /// The transform of the limbs' columns [begin, end), multiples of `chunk_columns`, as `program`
  /// says.
  void (*forward_rows)(const RowSteps& program, const PrimeTable& table, const double* limbs,
                       std::size_t input_rows, const RowLayout& layout, double* rows,
                       std::size_t begin, std::size_t end);

  /// Row r of a <- a b, in the ring modulo x^L - W(r)^2, times L/2. Destroys b.
  /// L is a power of two from `block_size` up. |a|, |b| <= forward_entry_bound p; results <=
  /// inverse_exit_bound p.
  void (*multiply_row)(const PrimeTable& table, double* a, double* b, std::size_t length,
                       std::size_t row);

  /// Row r: a <- a a and b <- a b, as `multiply_row`.
  void (*square_and_multiply_row)(const PrimeTable& table, double* a, double* b, std::size_t length,
                                  std::size_t row);

  /// The limbs of columns [begin, end) of all rows from their residues modulo both primes. What
  /// each row's last columns carry out is in spill[row]; the first two limbs of each row at `begin`
  /// lack what comes in there.
  void (*recombine)(const RecombineInput (&input)[2], const RecombineConstants& constants,
                    const RowLayout& layout, double* limbs, std::size_t begin, std::size_t end,
                    Spill* spill);

  /// Writes digits; nullptr where plain C++ does as well.
  LimbWriter write_limbs;
};

/// The loops for `set`.
/// @throws std::invalid_argument  if it is not available
const TransformKernels& transform_kernels(InstructionSet set);

extern const TransformKernels portable_kernels;
extern const TransformKernels avx2_kernels;
extern const TransformKernels avx512_kernels;

}  // namespace fibo::detail
