// SPDX-License-Identifier: MIT
#include "fibo/arithmetic/limb_text.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace fibo::detail {
namespace {

// The top digits: the highest limb less what is borrowed from it, or if that leaves nothing the
// highest below it that has some.
struct Top {
  std::size_t limbs;
  std::uint64_t value;
};

Top top_of(std::span<const double> limbs, const DecimalBase& base) {
  const std::size_t significant = significant_limbs(limbs);
  std::size_t count = significant;
  double value = 0;
  while (count > 0 && value == 0) {
    value = limbs[count - 1] + borrow_into(limbs, count - 1);
    // Below the highest limb of a number > 0, which has been used up.
    if (value < 0 && count < significant) value += base.base;
    --count;
  }
  if (!(value > 0 && value < base.base)) throw std::length_error("no number > 0 has such limbs");
  return {count + 1, static_cast<std::uint64_t>(value)};
}

// Eight digits of x < 10^8, the first one in the lowest byte: halves of four digits, of two and of
// one, by multiplication with inverses of 100 and of 10.
std::uint64_t eight_digits(std::uint64_t x) {
  const std::uint64_t top = x / 10000;
  const std::uint64_t fours = top + ((x - top * 10000) << 32);
  const std::uint64_t hundreds = ((fours * 10486) >> 20) & 0x0000007F0000007F;
  const std::uint64_t twos = hundreds + ((fours - hundreds * 100) << 16);
  const std::uint64_t tens = ((twos * 103) >> 10) & 0x000F000F000F000F;
  const std::uint64_t ones = tens + ((twos - tens * 10) << 8);
  return ones + 0x3030303030303030;
}

void write_eight(char* at, std::uint64_t x) {
  const std::uint64_t digits = eight_digits(x);
  for (int i = 0; i < 8; ++i) at[i] = static_cast<char>((digits >> (8 * i)) & 0xFF);
}

}  // namespace

DigitCount count_digits(std::span<const double> limbs, const DecimalBase& base) {
  const Top top = top_of(limbs, base);
  std::size_t digits = (top.limbs - 1) * static_cast<std::size_t>(base.digits);
  for (std::uint64_t rest = top.value; rest != 0; rest /= 10) ++digits;
  return {digits, top.limbs};
}

void write_digits(std::span<const double> limbs, const DecimalBase& base, const DigitCount& count,
                  std::size_t begin, std::size_t end, LimbWriter writer, std::span<char> text) {
  const auto width = static_cast<std::size_t>(base.digits);
  const std::size_t full = std::min(end, count.limbs - 1);
  char* at = text.data() + count.digits - std::min(begin, full) * width;
  double borrow = borrow_into(limbs, begin);
  std::size_t i = begin;
  if (writer != nullptr && i < full) {
    i += writer(limbs.data() + i, full - i, base, borrow, at);
    at -= (i - begin) * width;
  }
  for (; i < full; ++i, at -= width) {
    const double value = limbs[i] + borrow;
    borrow = value < 0 ? -1 : 0;
    const auto digits = static_cast<std::uint64_t>(value < 0 ? value + base.base : value);
    char sixteen[16];
    write_eight(sixteen, digits / 100000000);
    write_eight(sixteen + 8, digits % 100000000);
    if (i + 2 < full) {
      // The leading zeros fall where the next limbs of this range will be written.
      std::memcpy(at - 16, sixteen, 16);
    } else {
      std::memcpy(at - width, sixteen + 16 - width, width);
    }
  }
  if (begin < count.limbs && end >= count.limbs) {
    std::uint64_t rest = top_of(limbs, base).value;
    for (; at != text.data(); rest /= 10) *--at = static_cast<char>('0' + rest % 10);
  }
}

}  // namespace fibo::detail
