// SPDX-License-Identifier: MIT
#include "fibo/arithmetic/decimal_limbs.hpp"

#include <cassert>

namespace fibo::decimal {

std::size_t significant_limbs(std::span<const Limb> number) {
  std::size_t size = number.size();
  while (size > 0 && number[size - 1] == 0) --size;
  return size;
}

Limb add(std::span<const Limb> a, std::span<const Limb> b, Limb* out) {
  assert(a.size() >= b.size());
  Limb carry = 0;
  std::size_t i = 0;
  for (; i < b.size(); ++i) {
    const Limb sum = a[i] + b[i] + carry;
    carry = sum >= base ? 1 : 0;
    out[i] = sum - (carry != 0 ? base : 0);
  }
  for (; i < a.size(); ++i) {
    const Limb sum = a[i] + carry;
    carry = sum >= base ? 1 : 0;
    out[i] = carry != 0 ? 0 : sum;
  }
  return carry;
}

void subtract(std::span<const Limb> a, std::span<const Limb> b, Limb* out) {
  assert(a.size() >= b.size());
  Limb borrow = 0;
  std::size_t i = 0;
  for (; i < b.size(); ++i) {
    const Limb difference = a[i] - b[i] - borrow;
    borrow = difference >> 63;  // limbs are below 2^60: a negative difference has its top bit set
    out[i] = difference + (borrow != 0 ? base : 0);
  }
  for (; i < a.size(); ++i) {
    const Limb difference = a[i] - borrow;
    borrow = difference >> 63;
    out[i] = borrow != 0 ? base - 1 : difference;
  }
}

void add_small(std::span<Limb> number, Limb small) {
  assert(small < base);
  for (Limb& limb : number) {
    limb += small;
    if (limb < base) return;
    limb -= base;
    small = 1;
  }
}

void subtract_small(std::span<Limb> number, Limb small) {
  assert(small < base);
  for (Limb& limb : number) {
    if (limb >= small) {
      limb -= small;
      return;
    }
    limb += base - small;
    small = 1;
  }
}

bool absolute_difference(std::span<const Limb> a, std::span<const Limb> b, Limb* out) {
  assert(a.size() == b.size());
  std::size_t top = a.size();
  while (top > 0 && a[top - 1] == b[top - 1]) out[--top] = 0;
  if (top == 0) return false;
  const bool less = a[top - 1] < b[top - 1];
  const auto low_a = a.first(top);
  const auto low_b = b.first(top);
  less ? subtract(low_b, low_a, out) : subtract(low_a, low_b, out);
  return less;
}

Limb combine(std::span<const Limb> a, Limb x, std::span<const Limb> b, Limb y, Limb* out) {
  assert(a.size() == b.size() && x <= base && y <= base - x);
  // With carry <= x + y: (10^18 - 1) * (x + y) + carry <= 10^18 * (x + y), so that the next carry
  // is at most x + y again, and the dividend stays below 10^36, far inside what divide_by_base
  // takes.
  Limb carry = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const auto [quotient, remainder] = divide_by_base(Wide{a[i]} * x + Wide{b[i]} * y + carry);
    out[i] = remainder;
    carry = quotient;
  }
  return carry;
}

void sum_and_difference(std::span<const Limb> a, std::span<const Limb> b, int sign, Limb* sum,
                        Limb* difference) {
  assert(a.size() == b.size() && (sign == 1 || sign == -1));
  constexpr auto signed_base = static_cast<std::int64_t>(base);
  Limb sum_carry = 0;
  std::int64_t carry = 2 * sign;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const Limb limb_a = a[i];
    const Limb limb_b = b[i];

    const Limb total = limb_a + limb_b + sum_carry;
    sum_carry = total >= base ? 1 : 0;
    sum[i] = total - (sum_carry != 0 ? base : 0);

    // 3a - 2b lies in (-2 * 10^18, 3 * 10^18), so adding 2 * 10^18 makes it a natural number below
    // 5 * 10^18 < 2^63, and its quotient by 10^18, less 2, is in [-2, 2]. The carry, in [-3, 3], is
    // added after the division, which keeps the division out of the chain from limb to limb.
    const Limb shifted = 3 * limb_a + 2 * (base - limb_b);
    const Limb quotient = shifted / base;
    std::int64_t remainder = static_cast<std::int64_t>(shifted - quotient * base) + carry;
    carry = static_cast<std::int64_t>(quotient) - 2;
    if (remainder < 0) {
      remainder += signed_base;
      --carry;
    } else if (remainder >= signed_base) {
      remainder -= signed_base;
      ++carry;
    }
    difference[i] = static_cast<Limb>(remainder);
  }
  assert(sum_carry == 0 && carry == 0);
}

}  // namespace fibo::decimal
