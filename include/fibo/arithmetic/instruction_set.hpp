// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace fibo {

/// What the hot loops are written for. All give the same bytes.
enum class InstructionSet : std::uint8_t {
  portable,  ///< plain C++
  avx2,      ///< AVX2 and FMA
  avx512,    ///< AVX-512F; where a loop gains nothing from it, its form for AVX2
};

/// The sets that this build has and this processor runs, the fastest last.
std::span<const InstructionSet> available_instruction_sets();

/// The fastest of them.
InstructionSet best_instruction_set();

bool is_available(InstructionSet set);

/// "portable", "avx2" or "avx512".
std::string_view name_of(InstructionSet set);

}  // namespace fibo
