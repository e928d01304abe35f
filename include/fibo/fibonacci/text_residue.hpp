// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/arithmetic/instruction_set.hpp"
#include "fibo/arithmetic/residue_reciprocal.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace fibo {

/// The value of decimal text modulo m, 2^60 < m < 2^61, in one pass over its bytes.
///
/// The text is cut into blocks of up to 16 chunks of 64 digits, and a rest of less than a chunk.
/// Within a block every eight digits are joined to a number, which is multiplied by its weight,
/// 10^(8 i) mod m; the products are added up without reduction. Blocks and the pieces of the rest
/// are joined by Horner's rule, with one reduction each.
/// Immutable: any number of threads may use one object.
class TextResidue {
 public:
  static constexpr std::size_t chunk_digits = 64;
  static constexpr std::size_t block_chunks = 16;
  static constexpr std::size_t chunk_groups = chunk_digits / 8;

  /// The weights of the groups of a full block, chunk by chunk from the most significant. Within a
  /// chunk, group g has its weight at place[g]: in the order in which AVX2 packs the groups.
  struct Weights {
    static constexpr std::array<std::size_t, chunk_groups> place{0, 4, 2, 6, 1, 5, 3, 7};
    alignas(32) std::array<std::array<std::uint64_t, chunk_groups>, block_chunks> chunk;
  };

  /// @throws std::invalid_argument  if `modulus` is out of range or `set` is not available
  explicit TextResidue(std::uint64_t modulus, InstructionSet set = best_instruction_set());

  /// The value of `text` mod m, or nothing if a byte of it is no digit; 0 for an empty text.
  [[nodiscard]] std::optional<std::uint64_t> operator()(std::string_view text) const;

 private:
  static constexpr std::size_t piece_digits = 32;

  /// The residue of a text that is followed by a piece of at most 32 digits.
  [[nodiscard]] std::uint64_t append(std::uint64_t residue, std::string_view piece,
                                     std::uint64_t& bad) const;

  detail::Reciprocal reciprocal_;
  Weights weights_{};
  std::uint64_t block_power_ = 0;                        // 10^1024 mod m
  std::array<std::uint64_t, piece_digits + 1> power_{};  // 10^i mod m
  InstructionSet instruction_set_;
};

}  // namespace fibo
