// SPDX-License-Identifier: MIT
#include "flint_peers.hpp"

#include <algorithm>
#include <cstring>
#include <string>

#include <flint/flint.h>
#include <flint/fmpz.h>
#ifdef FIBO_HAVE_FLINT_RADIX
#include <flint/radix.h>
#endif

namespace fibo::bench {
namespace {

std::size_t take_length(char* text) {
  const std::size_t length = std::strlen(text);
  flint_free(text);
  return length;
}

std::size_t binary_digits(std::uint64_t n) {
  fmpz_t value;
  fmpz_init(value);
  fmpz_fib_ui(value, n);
  const std::size_t digits = take_length(fmpz_get_str(nullptr, 10, value));
  fmpz_clear(value);
  return digits;
}

#ifdef FIBO_HAVE_FLINT_RADIX

/// An integer in base 10^19.
class Decimal {
 public:
  static const radix_struct* base() {
    static const auto* const decimal = [] {
      static radix_t radix;
      radix_init(radix, 10, 0);
      return static_cast<radix_struct*>(radix);
    }();
    return decimal;
  }

  explicit Decimal(long value) {
    radix_integer_init(value_, base());
    radix_integer_set_si(value_, value, base());
  }
  Decimal(const Decimal&) = delete;
  Decimal& operator=(const Decimal&) = delete;
  ~Decimal() { radix_integer_clear(value_, base()); }

  radix_integer_struct* get() { return value_; }

 private:
  radix_integer_t value_;
};

/// F(n) from the pair of Lucas numbers a = L(k), b = L(k+1), doubled bit by bit of n/2, and one
/// last product: F(2k) = F(k) L(k), F(2k+1) = F(k+1) L(k) - (-1)^k. Two products a bit, as the
/// engine.
std::size_t decimal_digits(std::uint64_t n) {
  const radix_struct* const base = Decimal::base();
  Decimal a(2);
  Decimal b(1);
  Decimal t(0);
  const auto add = [&](Decimal& x, long addend) {
    radix_integer_set_si(t.get(), addend, base);
    radix_integer_add(x.get(), x.get(), t.get(), base);
  };
  const std::uint64_t half = n / 2;
  for (int bit = 63; bit >= 0; --bit) {
    const std::uint64_t k = bit == 63 ? 0 : half >> (bit + 1);
    const bool up = (half >> bit & 1) != 0;
    const long sign = k % 2 == 0 ? 1 : -1;
    // L(2k) = a^2 - 2 (-1)^k, L(2k+1) = a b - (-1)^k, L(2k+2) = b^2 + 2 (-1)^k
    Decimal& squared = up ? b : a;
    Decimal& other = up ? a : b;
    radix_integer_mul(other.get(), a.get(), b.get(), base);
    add(other, -sign);
    radix_integer_mul(squared.get(), squared.get(), squared.get(), base);
    add(squared, up ? 2 * sign : -2 * sign);
  }
  // 5 F(k) = 2 b - a, 5 F(k+1) = 2 a + b
  const bool odd = n % 2 != 0;
  radix_integer_add(t.get(), odd ? a.get() : b.get(), odd ? a.get() : b.get(), base);
  if (odd) {
    radix_integer_add(t.get(), t.get(), b.get(), base);
  } else {
    radix_integer_sub(t.get(), t.get(), a.get(), base);
  }
  radix_integer_struct* const fifth = t.get();
  if (fifth->size > 0) radix_divrem_1(fifth->d, fifth->d, fifth->size, 5, base);
  while (fifth->size > 0 && fifth->d[fifth->size - 1] == 0) --fifth->size;
  radix_integer_mul(b.get(), t.get(), a.get(), base);
  if (odd) add(b, half % 2 == 0 ? -1 : 1);
  const radix_integer_struct* const value = b.get();
  return take_length(radix_get_str_decimal(nullptr, value->d, value->size, 0, base));
}

#endif

}  // namespace

std::vector<Peer> make_flint_peers() {
  const std::string name = std::string("FLINT ") + FLINT_VERSION;
  std::vector<Peer> peers{{name, 1'000'000'000, binary_digits}};
#ifdef FIBO_HAVE_FLINT_RADIX
  peers.push_back({name + " radix", 1'000'000'000, decimal_digits});
#endif
  return peers;
}

}  // namespace fibo::bench
