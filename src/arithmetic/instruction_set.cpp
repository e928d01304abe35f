// SPDX-License-Identifier: MIT
#include "fibo/arithmetic/instruction_set.hpp"

#include <algorithm>
#include <array>

namespace fibo {
namespace {

constexpr std::array all_sets{InstructionSet::portable, InstructionSet::avx2,
                              InstructionSet::avx512};

// Each needs those before it, so that a loop without a form for one set may take the one below.
std::size_t count_available() {
#ifdef FIBO_HAVE_X86_SIMD
  if (__builtin_cpu_supports("avx2") == 0 || __builtin_cpu_supports("fma") == 0) return 1;
  return __builtin_cpu_supports("avx512f") == 0 ? 2 : 3;
#else
  return 1;
#endif
}

}  // namespace

std::span<const InstructionSet> available_instruction_sets() {
  static const std::size_t count = count_available();
  return std::span(all_sets).first(count);
}

InstructionSet best_instruction_set() {
  return available_instruction_sets().back();
}

bool is_available(InstructionSet set) {
  return set <= best_instruction_set();
}

std::string_view name_of(InstructionSet set) {
  switch (set) {
    case InstructionSet::portable:
      return "portable";
    case InstructionSet::avx2:
      return "avx2";
    case InstructionSet::avx512:
      return "avx512";
  }
  return "?";
}

}  // namespace fibo
