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
  // Each limb is made as if it carried, a[i] + b[i] + carry - 10^18, and put right if that is
  // negative. All of it stays within 2^61, so the top bit is the sign. `less` is all ones if the
  // limb below did not carry: 1 + less is the carry.
  Limb less = mask_if(true);
  std::size_t i = 0;
  for (; i < b.size(); ++i) {
    const Limb sum = a[i] + b[i] + (1 - base) + less;
    less = mask_if_negative(sum);
    out[i] = sum + (less & base);
  }
  for (; i < a.size(); ++i) {
    const Limb sum = a[i] + (1 - base) + less;
    less = mask_if_negative(sum);
    out[i] = sum + (less & base);
  }
  return 1 + less;
}

void subtract(std::span<const Limb> a, std::span<const Limb> b, Limb* out) {
  assert(a.size() >= b.size());
  Limb borrow = 0;  // all ones, that is -1, if the limb below borrows
  std::size_t i = 0;
  for (; i < b.size(); ++i) {
    const Limb difference = a[i] - b[i] + borrow;
    borrow = mask_if_negative(difference);
    out[i] = difference + (borrow & base);
  }
  for (; i < a.size(); ++i) {
    const Limb difference = a[i] + borrow;
    borrow = mask_if_negative(difference);
    out[i] = difference + (borrow & base);
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
  // Each position is divided on its own, so that the divisions overlap, and what is left is an
  // addition of remainders and the quotients from below: a quotient is at most x + y - 1, because
  // (10^18 - 1) (x + y) < 10^18 (x + y), so with a carry the sum stays below 2 * 10^18.
  Limb quotient_below = 0;
  Limb less = mask_if(true);  // as in `add`
  for (std::size_t i = 0; i < a.size(); ++i) {
    const auto [quotient, remainder] = divide_by_base(Uint128{a[i]} * x + Uint128{b[i]} * y);
    const Limb sum = remainder + quotient_below + (1 - base) + less;
    less = mask_if_negative(sum);
    out[i] = sum + (less & base);
    quotient_below = quotient;
  }
  return quotient_below + 1 + less;
}

void sum_and_difference(std::span<const Limb> a, std::span<const Limb> b, int sign, Limb* sum,
                        Limb* difference) {
  assert(a.size() == b.size() && (sign == 1 || sign == -1));
  Limb less = mask_if(true);  // as in `add`
  Limb carry = sign > 0 ? Limb{2} : -Limb{2};
  for (std::size_t i = 0; i < a.size(); ++i) {
    const Limb limb_a = a[i];
    const Limb limb_b = b[i];

    const Limb total = limb_a + limb_b + (1 - base) + less;
    less = mask_if_negative(total);
    sum[i] = total + (less & base);

    // 3a - 2b lies in (-2 * 10^18, 3 * 10^18), so adding 2 * 10^18 makes it a natural number below
    // 5 * 10^18, and its quotient by 10^18, less 2, is in [-2, 2]. The carry, in [-3, 3], is added
    // after the division, which keeps the division out of the chain from limb to limb; it takes the
    // remainder at most 3 out of [0, 10^18) on either side.
    const Limb shifted = 3 * limb_a + 2 * (base - limb_b);
    const Limb quotient = shifted / base;
    const Limb remainder = shifted - quotient * base + carry;
    const Limb below = mask_if_negative(remainder);
    const Limb within = mask_if_negative(remainder - base);
    difference[i] = remainder + (below & base) - (~within & base);
    carry = quotient - 2 + below + (1 + within);
  }
  assert(less == mask_if(true) && carry == 0);
}

}  // namespace fibo::decimal
