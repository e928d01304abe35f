// SPDX-License-Identifier: MIT
//
// The first or the last digits of F(n), any number of them, by fast doubling on numbers of which
// only the first or the last limbs are kept:
//     F(2k) = F(k) (F(k) + 2 F(k-1)),  F(2k-1) = F(k)^2 + F(k-1)^2,  F(2k+1) = F(2k) + F(2k-1).
//
// There is no subtraction: from lower bounds come lower bounds, and relative errors do not grow but
// by the doubling of the exponent.
#include "ends_doubling.hpp"

#include "fibo/arithmetic/residue_reciprocal.hpp"

#include "ends_text.hpp"

#include <algorithm>
#include <bit>
#include <span>
#include <utility>
#include <vector>

namespace fibo::detail {
namespace {

// A natural number in limbs of 18 decimal digits, the least significant first.
using Limbs = std::vector<std::uint64_t>;
using LimbSpan = std::span<const std::uint64_t>;

constexpr std::uint64_t limb_base = powers_of_ten[limb_digits];
constexpr Reciprocal limb_reciprocal{limb_base};

// One column of a product after the other, from its least: the sum of what falls into the column,
// of which one limb stays and the rest is carried to the next.
//
// Factors are limbs, or on one side up to three times as large: a product is below 3 * 10^36. The
// sum is folded where it reaches 2^64 * 10^18, so that with 64 more products and the carry, which
// is below 4 * 10^18 times the number of limbs, it stays below 2^128 up to 10^19 limbs.
class Column {
 public:
  // Adds x[i] y[sum - i] for begin <= i < end.
  void add_products(const std::uint64_t* x, const std::uint64_t* y, std::size_t sum,
                    std::size_t begin, std::size_t end) {
    constexpr std::size_t terms = 64;
    static_assert(((~Uint128{0} - (Uint128{limb_base} << 64)) /
                   (Uint128{limb_base} * limb_base * 3)) > terms);
    while (begin < end) {
      for (const std::size_t stop = std::min(end, begin + terms); begin < stop; ++begin) {
        sum_ += Uint128{x[begin]} * y[sum - begin];
      }
      if (begin < end || high_word(sum_) >= limb_base) fold();
    }
  }

  // The limb of this column; from here on the sum is that of the next one.
  std::uint64_t next() {
    if (high_word(sum_) >= limb_base) fold();
    const Reciprocal::Division division = limb_reciprocal.divide(sum_);
    sum_ = carry_ + division.quotient;
    carry_ = 0;
    return division.remainder;
  }

 private:
  void fold() {
    const std::uint64_t high = high_word(sum_) / limb_base;
    const Uint128 rest = (Uint128{high_word(sum_) % limb_base} << 64) | low_word(sum_);
    const Reciprocal::Division low = limb_reciprocal.divide(rest);
    carry_ += (Uint128{high} << 64) | low.quotient;
    sum_ = low.remainder;
  }

  Uint128 sum_ = 0;
  Uint128 carry_ = 0;  // to the next column, beyond what is still in the sum
};

// x + y, as long as both, which are alike; what carries out is lost.
void add_to(Limbs& x, LimbSpan y) {
  std::uint64_t carry = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const std::uint64_t limb = x[i] + y[i] + carry;
    carry = limb >= limb_base ? 1 : 0;
    x[i] = limb - (carry != 0 ? limb_base : 0);
  }
}

std::string text_of(LimbSpan limbs) {
  std::string text;
  text.reserve(limbs.size() * limb_digits);
  for (std::size_t i = limbs.size(); i-- > 0;) append_padded(text, limbs[i], limb_digits);
  return text.substr(std::min(text.find_first_not_of('0'), text.size()));
}

// F(k) and F(k-1), in as many limbs each.
class Neighbours {
 public:
  // From a k below 64: F(k) and F(k-1) are single limbs.
  explicit Neighbours(std::uint64_t k) {
    std::uint64_t value = 0;
    std::uint64_t before = 1;
    for (; k > 0; --k) before = std::exchange(value, value + before);
    value_.push_back(value);
    before_.push_back(before);
  }

  [[nodiscard]] const Limbs& value() const { return value_; }

  // From k to 2k + odd. Of the result only the limbs from position `first` to before `last` are
  // computed, and without what the columns below `first` carry into them. The one place where
  // numbers are multiplied.
  void double_up(bool odd, std::size_t first, std::size_t last) {
    const std::size_t size = value_.size();
    twice_value_.resize(size);
    twice_before_.resize(size);
    sum_.resize(size);
    for (std::size_t i = 0; i < size; ++i) {
      twice_value_[i] = 2 * value_[i];
      twice_before_[i] = 2 * before_[i];
      sum_[i] = value_[i] + twice_before_[i];
    }
    // F(2k) < 3 F(k)^2 and F(2k+1) < 4 F(k)^2 need one limb more than F(k)^2.
    last = std::min(last, 2 * size + 1);
    even_.resize(last - first);
    odd_.resize(last - first);
    Column even_column;
    Column odd_column;
    for (std::size_t column = first; column < last; ++column) {
      const std::size_t begin = column < size ? 0 : column - size + 1;
      const std::size_t end = std::min(column + 1, size);
      even_column.add_products(value_.data(), sum_.data(), column, begin, end);
      even_[column - first] = even_column.next();
      // Squares: every product of two different limbs occurs twice.
      const std::size_t middle = (column + 1) / 2;
      odd_column.add_products(twice_value_.data(), value_.data(), column, begin, middle);
      odd_column.add_products(twice_before_.data(), before_.data(), column, begin, middle);
      if (column % 2 == 0 && middle < end) {
        odd_column.add_products(value_.data(), value_.data(), column, middle, middle + 1);
        odd_column.add_products(before_.data(), before_.data(), column, middle, middle + 1);
      }
      odd_[column - first] = odd_column.next();
    }
    if (odd) {
      add_to(odd_, even_);
      value_.swap(odd_);
      before_.swap(even_);
    } else {
      value_.swap(even_);
      before_.swap(odd_);
    }
  }

  // Drops the leading zeros of F(k), where F(k-1) has zeros too.
  void trim() {
    while (value_.size() > 1 && value_.back() == 0) {
      value_.pop_back();
      before_.pop_back();
    }
  }

  // Drops the last limbs, but `kept`.
  void keep_first(std::size_t kept) {
    const auto excess = static_cast<std::ptrdiff_t>(value_.size() - kept);
    value_.erase(value_.begin(), value_.begin() + excess);
    before_.erase(before_.begin(), before_.begin() + excess);
  }

 private:
  Limbs value_;
  Limbs before_;
  // Room for a doubling: their limbs twice, and those of F(k) + 2 F(k-1), without carries.
  Limbs twice_value_;
  Limbs twice_before_;
  Limbs sum_;
  Limbs even_;  // F(2k)
  Limbs odd_;   // F(2k-1), F(2k+1)
};

// How many bits of n are left to double_up() after a start from the first ones.
int bits_after_start(std::uint64_t n) {
  constexpr int start_bits = 6;
  return std::max(0, static_cast<int>(std::bit_width(n)) - start_bits);
}

bool bit_of(std::uint64_t n, int bit) {
  return ((n >> bit) & 1) != 0;
}

}  // namespace

// Of F(k) and F(k-1) the W = `limbs` first limbs of F(k), and what stands beside them of F(k-1),
// are kept. Let B = 10^18, and u = B^-(W-1): the last limb kept counts for at most u F(k), and, as
// F(k-1) is at least F(k)/2, for at most 2u F(k-1). The columns of the products that are left out
// are two or more below that limb, and their sums are below 5 W B^2: all of them are worth less
// than 6 W/B of it. With the limbs that are dropped, less than 2 of it is lost, for W up to 10^17.
//
// Where a pair falls short of the truth by a fraction of at most e, the doubled pair does by at
// most 2e, and shortened by at most 2e + 4u. So after t doublings that shorten, e < 2^(t+2) u, and
// the truth lies less than a fraction of e / (1 - e) < 2^(t+3) u above the W limbs computed: e is
// below 1/2, as t is at most 58 and W at least 3.
std::optional<std::string> leading_by_doubling(std::uint64_t n, std::uint64_t count,
                                               std::size_t limbs) {
  int bit = bits_after_start(n);
  int shortened = 0;
  Neighbours pair{n >> bit};
  while (bit-- > 0) {
    // F(2k) has 2 size - 1 limbs or more.
    const std::size_t size = 2 * pair.value().size() - 1;
    const std::size_t first = size > limbs + 2 ? size - limbs - 2 : 0;
    pair.double_up(bit_of(n, bit), first, static_cast<std::size_t>(-1));
    pair.trim();
    if (pair.value().size() > limbs) {
      pair.keep_first(limbs);
      ++shortened;
    }
  }
  std::string text = text_of(pair.value());
  if (shortened > 0) {
    // W limbs are worth less than (top limb + 1) B^(W-1), so the error is below 10^18 2^61 < 2^121.
    Limbs upper = pair.value();
    Uint128 carry = (Uint128{upper.back()} + 1) << (shortened + 3);
    for (std::uint64_t& limb : upper) {
      const Reciprocal::Division sum = limb_reciprocal.divide(carry + limb);
      limb = sum.remainder;
      carry = sum.quotient;
    }
    upper.push_back(low_word(carry));
    const std::string upper_text = text_of(upper);
    if (upper_text.size() != text.size() || text.compare(0, count, upper_text, 0, count) != 0) {
      return std::nullopt;
    }
  }
  text.resize(count);
  return text;
}

std::size_t leading_limbs(std::uint64_t count) {
  // 2^(t+3) <= 2^61 takes 19 digits; 6 more make another attempt rare. The first limb may be short.
  constexpr std::uint64_t guard_digits = 25;
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
  int bit = bits_after_start(n);
  Neighbours pair{n >> bit};
  while (bit-- > 0) pair.double_up(bit_of(n, bit), 0, limbs);
  std::string text = text_of(pair.value());
  if (text.size() < count) text.insert(0, count - text.size(), '0');
  return text.substr(text.size() - count);
}

}  // namespace fibo::detail
