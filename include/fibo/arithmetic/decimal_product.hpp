// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/arithmetic/decimal_limbs.hpp"

#include <cstddef>
#include <span>

/// Products of natural numbers in base 10^18, for sizes below those where a transform wins.
namespace fibo::decimal {

/// Limbs of working memory that `multiply` needs for factors of up to `larger` and `smaller` limbs,
/// and `square` for `larger` == `smaller`.
std::size_t product_scratch_limbs(std::size_t larger, std::size_t smaller);

/// out = a * b, out of a.size() + b.size() limbs, the top one possibly zero.
/// `out` and `scratch` (of product_scratch_limbs) overlap neither the factors nor each other.
///
/// Schoolbook by columns for short factors, Karatsuba above; a factor much longer than the other is
/// cut into pieces of the shorter one's length.
void multiply(std::span<const Limb> a, std::span<const Limb> b, Limb* out, Limb* scratch);

/// out = a^2, out of 2 * a.size() limbs; the rest as for `multiply`. About two thirds of its cost.
void square(std::span<const Limb> a, Limb* out, Limb* scratch);

}  // namespace fibo::decimal
