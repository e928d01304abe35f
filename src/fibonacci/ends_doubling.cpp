// SPDX-License-Identifier: MIT
//
// The first or the last digits of F(n), any number of them, by fast doubling on numbers of which
// only the first or the last limbs are kept:
//     F(2k) = F(k) (F(k) + 2 F(k-1)),  F(2k-1) = F(k)^2 + F(k-1)^2,  F(2k+1) = F(2k) + F(2k-1).
//
// There is no subtraction: from lower bounds come lower bounds, and relative errors do not grow but
// by the doubling of the exponent.
#include "ends_doubling.hpp"

#include "fibo/fibonacci/residue_reciprocal.hpp"

#include "ends_text.hpp"

#include <algorithm>
#include <bit>
#include <span>
#include <utility>
#include <vector>

namespace fibo::detail {
namespace {

// A natural number in limbs of 18 decimal digits, the least significant first, without leading
// zeros.
using Limbs = std::vector<std::uint64_t>;
using LimbSpan = std::span<const std::uint64_t>;

constexpr std::uint64_t limb_base = powers_of_ten[limb_digits];
constexpr Reciprocal limb_reciprocal{limb_base};

struct Split {
  uint128 quotient;
  std::uint64_t remainder;
};

Split split_limb(uint128 x) {
  const std::uint64_t high = high_word(x) / limb_base;
  const auto rest = (uint128{high_word(x) % limb_base} << 64) | low_word(x);
  const Reciprocal::Division low = limb_reciprocal.divide(rest);
  return {(uint128{high} << 64) | low.quotient, low.remainder};
}

void trim(Limbs& x) {
  while (!x.empty() && x.back() == 0) x.pop_back();
}

// x y mod 10^(18 max_limbs), column by column.
Limbs multiply(LimbSpan x, LimbSpan y, std::size_t max_limbs) {
  if (x.empty() || y.empty()) return {};
  // A product of two limbs is below 10^36: 256 of them, a limb and a carry, which stays below
  // 2 * 10^18 times the number of limbs, are below 2^128 up to 10^19 limbs.
  constexpr std::size_t terms = 256;
  Limbs product(std::min(x.size() + y.size(), max_limbs));
  uint128 carry = 0;
  for (std::size_t column = 0; column < product.size(); ++column) {
    std::size_t at = column < y.size() ? 0 : column - y.size() + 1;
    const std::size_t end = std::min(column + 1, x.size());
    uint128 sum = std::exchange(carry, 0);
    do {
      for (const std::size_t stop = std::min(end, at + terms); at < stop; ++at) {
        sum += uint128{x[at]} * y[column - at];
      }
      const Split split = split_limb(sum);
      carry += split.quotient;
      sum = split.remainder;
    } while (at < end);
    product[column] = low_word(sum);
  }
  trim(product);
  return product;
}

// x + y mod 10^(18 max_limbs)
Limbs add(LimbSpan x, LimbSpan y, std::size_t max_limbs) {
  if (x.size() < y.size()) std::swap(x, y);
  Limbs sum(std::min(x.size() + 1, max_limbs));
  std::uint64_t carry = 0;
  for (std::size_t i = 0; i < sum.size(); ++i) {
    const std::uint64_t limb = (i < x.size() ? x[i] : 0) + (i < y.size() ? y[i] : 0) + carry;
    carry = limb >= limb_base ? 1 : 0;
    sum[i] = limb - (carry != 0 ? limb_base : 0);
  }
  trim(sum);
  return sum;
}

Limbs limbs_of(uint128 x) {
  Limbs limbs;
  while (x != 0) {
    const Split split = split_limb(x);
    limbs.push_back(split.remainder);
    x = split.quotient;
  }
  return limbs;
}

std::string text_of(LimbSpan limbs) {
  std::string text;
  text.reserve(limbs.size() * limb_digits);
  for (std::size_t i = limbs.size(); i-- > 0;) append_padded(text, limbs[i], limb_digits);
  return text.substr(std::min(text.find_first_not_of('0'), text.size()));
}

struct Neighbours {
  Limbs value;   // F(k)
  Limbs before;  // F(k-1)
};

// F(n) and F(n-1), n >= 1, by way of shorten(), which is called after each doubling to do to both
// numbers what keeps them short. `max_limbs` says that only residues modulo 10^(18 max_limbs)
// matter.
template <typename Shorten>
Neighbours double_up(std::uint64_t n, std::size_t max_limbs, Shorten shorten) {
  constexpr int start_bits = 6;  // F(63) is a single limb
  int bit = std::max(0, static_cast<int>(std::bit_width(n)) - start_bits);
  std::uint64_t value = 0;
  std::uint64_t before = 1;
  for (std::uint64_t k = n >> bit; k > 0; --k) before = std::exchange(value, value + before);

  Neighbours pair{limbs_of(value), limbs_of(before)};
  while (bit-- > 0) {
    const Limbs& a = pair.value;
    const Limbs& b = pair.before;
    Limbs odd = add(multiply(a, a, max_limbs), multiply(b, b, max_limbs), max_limbs);
    Limbs even = multiply(a, add(a, add(b, b, max_limbs), max_limbs), max_limbs);
    if (((n >> bit) & 1) != 0) odd = add(even, odd, max_limbs);
    const bool is_odd = ((n >> bit) & 1) != 0;
    pair = is_odd ? Neighbours{std::move(odd), std::move(even)}
                  : Neighbours{std::move(even), std::move(odd)};
    shorten(pair);
  }
  return pair;
}

void drop_limbs(Limbs& x, std::size_t limbs) {
  x.erase(x.begin(), x.begin() + static_cast<std::ptrdiff_t>(std::min(limbs, x.size())));
}

}  // namespace

// Of F(k) and F(k-1) the W = `limbs` first limbs of F(k), and what stands beside them of F(k-1),
// are kept. With B = 10^18, dropping the others takes less than B^-(W-1) of F(k), and, as F(k-1) is
// at least F(k)/2, less than 2 B^-(W-1) of F(k-1). Where a pair falls short of the truth by a
// fraction of at most e, the doubled pair does by at most 2e, and shortened by at most 2e + 2
// B^-(W-1). So after t doublings that shorten, e < 2^(t+1) B^-(W-1), and the truth lies less than a
// fraction of e / (1 - e) < 2^(t+2) B^-(W-1) above the W limbs computed. (t < 64 and W >= 3: e is
// below 1/2.)
std::optional<std::string> leading_by_doubling(std::uint64_t n, std::uint64_t count,
                                               std::size_t limbs) {
  int shortened = 0;
  const Limbs lower = double_up(n, static_cast<std::size_t>(-1), [&](Neighbours& pair) {
                        if (pair.value.size() <= limbs) return;
                        const std::size_t excess = pair.value.size() - limbs;
                        drop_limbs(pair.value, excess);
                        drop_limbs(pair.before, excess);
                        ++shortened;
                      }).value;
  std::string text = text_of(lower);
  if (shortened > 0) {
    // W limbs are below (top limb + 1) B^(W-1). The sum is below 10^18 2^66 < 2^126.
    const uint128 error = (uint128{lower.back()} + 1) << (shortened + 2);
    const std::string upper = text_of(add(lower, limbs_of(error), lower.size() + 1));
    if (upper.size() != text.size() || text.compare(0, count, upper, 0, count) != 0) {
      return std::nullopt;
    }
  }
  text.resize(count);
  return text;
}

std::size_t leading_limbs(std::uint64_t count) {
  // 2^(t+2) <= 2^66 takes 20 digits; 6 more make another attempt rare. The first limb may be short.
  constexpr std::uint64_t guard_digits = 26;
  return (count + guard_digits + limb_digits - 1) / limb_digits + 1;
}

std::string leading_by_doubling(std::uint64_t n, std::uint64_t count) {
  // Ends at the latest where the limbs hold all of F(n).
  for (std::size_t limbs = leading_limbs(count);; ++limbs) {
    if (auto text = leading_by_doubling(n, count, limbs)) return *std::move(text);
  }
}

std::string trailing_by_doubling(std::uint64_t n, std::uint64_t count) {
  const std::size_t limbs = (count - 1) / limb_digits + 1;
  std::string text = n == 0 ? "" : text_of(double_up(n, limbs, [](Neighbours&) {}).value);
  if (text.size() < count) text.insert(0, count - text.size(), '0');
  return text.substr(text.size() - count);
}

}  // namespace fibo::detail
