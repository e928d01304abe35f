// SPDX-License-Identifier: MIT
//
// In place of transform_avx2.cpp where that is not built.
#include "fibo/arithmetic/transform_kernels.hpp"

namespace fibo::detail {

const TransformKernels* avx2_kernels() {
  return nullptr;
}

}  // namespace fibo::detail
