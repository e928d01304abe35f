// SPDX-License-Identifier: MIT
#include "fibo/arithmetic/transform_kernels.hpp"

#include "fibo/arithmetic/prime_field.hpp"

#include <cstdint>
#include <stdexcept>

namespace fibo::detail {

RecombineConstants recombine_constants(const DecimalBase& base, int halvings) {
  constexpr std::uint64_t p1 = primes[0].value;
  constexpr std::uint64_t p2 = primes[1].value;
  constexpr std::uint64_t first_inverse = inverse_mod(p1 % p2, p2);
  const auto inverse_scale = [halvings](std::uint64_t p) {
    return power_mod((p + 1) / 2, static_cast<std::uint64_t>(halvings), p);
  };
  const auto whole_base = static_cast<std::uint64_t>(base.base);
  const Factor low = factor_of(p1 % whole_base, whole_base);
  return {factor_of(inverse_scale(p1), p1),
          factor_of(multiply_mod(inverse_scale(p2), first_inverse, p2), p2),
          factor_of(first_inverse, p2),
          base.base,
          base.base_inverse,
          low,
          (static_cast<double>(p1) - low.value) / base.base};
}

const TransformKernels& transform_kernels(InstructionSet set) {
  if (!is_available(set)) throw std::invalid_argument("the instruction set is missing");
#ifdef FIBO_HAVE_X86_SIMD
  if (set == InstructionSet::avx512) return avx512_kernels;
  if (set == InstructionSet::avx2) return avx2_kernels;
#endif
  return portable_kernels;
}

}  // namespace fibo::detail
