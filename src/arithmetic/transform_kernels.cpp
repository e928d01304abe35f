// SPDX-License-Identifier: MIT
#include "fibo/arithmetic/transform_kernels.hpp"

#include <stdexcept>

namespace fibo::detail {

const TransformKernels& transform_kernels(InstructionSet set) {
  if (!is_available(set)) throw std::invalid_argument("the instruction set is missing");
#ifdef FIBO_HAVE_X86_SIMD
  if (set == InstructionSet::avx512) return avx512_kernels;
  if (set == InstructionSet::avx2) return avx2_kernels;
#endif
  return portable_kernels;
}

}  // namespace fibo::detail
