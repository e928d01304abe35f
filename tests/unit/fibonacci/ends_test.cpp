// SPDX-License-Identifier: MIT
#include "fibo/fibonacci/ends.hpp"

#include "ends_doubling.hpp"
#include "ends_logarithm.hpp"
#include "support/gmp_integer.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <ostream>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gmp.h>
#include <gtest/gtest.h>
#include <mpfr.h>

namespace fibo {

std::ostream& operator<<(std::ostream& out, const Ends& ends) {
  return out << ends.leading << "..." << ends.trailing << " (" << ends.digit_count << " digits)";
}

namespace {

using test::fibonacci_by_gmp;
using test::GmpInteger;

constexpr std::uint64_t max_64 = std::numeric_limits<std::uint64_t>::max();

class Real {
 public:
  explicit Real(mpfr_prec_t bits = 512) { mpfr_init2(value_, bits); }
  Real(const Real&) = delete;
  Real(Real&&) = delete;
  Real& operator=(const Real&) = delete;
  Real& operator=(Real&&) = delete;
  ~Real() { mpfr_clear(value_); }

  mpfr_ptr get() { return value_; }

 private:
  mpfr_t value_;
};

// log10(phi) and log10(sqrt 5), rounded down or up.
void set_log10_phi(Real& x, mpfr_rnd_t rounding) {
  mpfr_sqrt_ui(x.get(), 5, rounding);
  mpfr_add_ui(x.get(), x.get(), 1, rounding);
  mpfr_div_2ui(x.get(), x.get(), 1, rounding);
  mpfr_log10(x.get(), x.get(), rounding);
}

void set_log10_sqrt5(Real& x, mpfr_rnd_t rounding) {
  mpfr_sqrt_ui(x.get(), 5, rounding);
  mpfr_log10(x.get(), x.get(), rounding);
}

// floor(x 2^bits)
GmpInteger scaled(Real& x, unsigned long bits) {
  GmpInteger integer;
  mpfr_mul_2ui(x.get(), x.get(), bits, MPFR_RNDN);
  mpfr_get_z(integer.get(), x.get(), MPFR_RNDD);
  return integer;
}

Ends ends_of(const std::string& digits, std::uint64_t count) {
  if (digits.size() <= 2 * count) return {digits.size(), digits, ""};
  return {digits.size(), digits.substr(0, count), digits.substr(digits.size() - count)};
}

// The number of digits of F(n) and its first `count` digits by MPFR, for n >= 1000: from an
// interval around F(n), `bits` wide in precision, which must settle them.
std::pair<std::uint64_t, std::string> leading_by_mpfr(std::uint64_t n, std::uint64_t count,
                                                      mpfr_prec_t bits = 512) {
  std::pair<std::uint64_t, std::string> bounds[2];
  for (const mpfr_rnd_t rounding : {MPFR_RNDD, MPFR_RNDU}) {
    const mpfr_rnd_t inverse = rounding == MPFR_RNDD ? MPFR_RNDU : MPFR_RNDD;
    Real x{bits};
    Real y{bits};
    set_log10_phi(x, rounding);
    mpfr_mul_ui(x.get(), x.get(), n, rounding);
    set_log10_sqrt5(y, inverse);
    mpfr_sub(x.get(), x.get(), y.get(), rounding);
    mpfr_floor(y.get(), x.get());
    auto& bound = bounds[rounding == MPFR_RNDU];
    bound.first = mpfr_get_uj(y.get(), MPFR_RNDD) + 1;
    mpfr_sub(x.get(), x.get(), y.get(), rounding);
    mpfr_add_ui(x.get(), x.get(), count - 1, rounding);
    mpfr_exp10(x.get(), x.get(), rounding);
    GmpInteger digits;
    mpfr_get_z(digits.get(), x.get(), MPFR_RNDD);
    bound.second = digits.text();
  }
  EXPECT_EQ(bounds[0], bounds[1]) << "MPFR needs more bits for F(" << n << ")";
  return bounds[0];
}

// Keys of all lengths.
class RandomKeys {
 public:
  explicit RandomKeys(std::uint64_t seed) : random_{seed} {}
  std::uint64_t operator()(std::uint64_t min) {
    for (;;) {
      const std::uint64_t n = random_() >> (random_() % 3 == 0 ? random_() % 54 : 0);
      if (n >= min) return n;
    }
  }

 private:
  std::mt19937_64 random_;
};

TEST(Ends, OfTenToTheEighteenth) {
  const Ends ends = fibonacci_ends(1'000'000'000'000'000'000U, 8);
  EXPECT_EQ(ends.digit_count, 208987640249978734U);
  EXPECT_EQ(ends.leading, "26289788");
  EXPECT_EQ(ends.trailing, "60546875");
}

TEST(Ends, OfTheLargestKey) {
  for (const std::uint64_t count : {1U, 9U, 19U, 20U, 32U, 33U, 100U, 1000U, 4000U}) {
    const Ends ends = fibonacci_ends(max_64, count);
    const auto [digit_count, leading] =
        leading_by_mpfr(max_64, count, 512 + 4 * static_cast<mpfr_prec_t>(count));
    EXPECT_EQ(ends.digit_count, digit_count);
    EXPECT_EQ(ends.leading, leading);
    // By another way than the library's beyond 19 digits: F(2k+1) = F(k+1)^2 + F(k)^2.
    GmpInteger modulus;
    mpz_ui_pow_ui(modulus.get(), 10, count);
    GmpInteger a{0};  // F(k)
    GmpInteger b{1};  // F(k+1)
    GmpInteger odd;
    GmpInteger even;
    for (int bit = 0; bit < 64; ++bit) {  // k <- 2k + 1, from 0 to 2^64 - 1
      mpz_mul(odd.get(), a.get(), a.get());
      mpz_addmul(odd.get(), b.get(), b.get());
      mpz_mul_2exp(even.get(), a.get(), 1);
      mpz_add(even.get(), even.get(), b.get());
      mpz_mul(even.get(), even.get(), b.get());  // F(2k+2) = F(k+1) (F(k+1) + 2 F(k))
      mpz_mod(a.get(), odd.get(), modulus.get());
      mpz_mod(b.get(), even.get(), modulus.get());
    }
    std::string trailing = a.text();
    trailing.insert(0, count - trailing.size(), '0');
    EXPECT_EQ(ends.trailing, trailing);
    EXPECT_EQ(FibonacciEnds{count}(max_64), ends);
  }
}

TEST(Ends, AgreeWithTheDigitsOfEverySmallKey) {
  const std::vector<std::uint64_t> counts{1, 2, 9, 10, 18, 19, 20, 32, 33, 36, 40, 100, 1000};
  const std::vector<FibonacciEnds> of_many{counts.begin(), counts.end()};
  for (std::uint64_t n = 0; n <= 2000; ++n) {
    const std::string digits = fibonacci_by_gmp(n);
    for (std::size_t i = 0; i < counts.size(); ++i) {
      const Ends expected = ends_of(digits, counts[i]);
      ASSERT_EQ(fibonacci_ends(n, counts[i]), expected) << "F(" << n << "), " << counts[i];
      ASSERT_EQ(of_many[i](n), expected) << "F(" << n << "), " << counts[i];
    }
  }
}

TEST(Ends, AgreeWithTheDigitsOfRandomKeysTo200000) {
  const std::vector<std::uint64_t> counts{1, 2, 9, 10, 18, 19, 20, 32, 33, 36, 40, 100, 1000};
  std::mt19937_64 random{11};
  for (int i = 0; i < 100; ++i) {
    const std::uint64_t n = random() % 200'000;
    const std::string digits = fibonacci_by_gmp(n);
    for (const std::uint64_t count : counts) {
      ASSERT_EQ(fibonacci_ends(n, count), ends_of(digits, count)) << "F(" << n << "), " << count;
    }
  }
}

TEST(Ends, ShowAValueInFullUpToTwiceTheCountExactly) {
  // For every count a key with 2 count digits, and the next with 2 count + 1.
  std::uint64_t n = 0;
  for (std::uint64_t count = 1; count <= 60; ++count) {
    while (fibonacci_digit_count(n + 1) <= 2 * count) ++n;
    const std::string last_in_full = fibonacci_by_gmp(n);
    const std::string first_cut = fibonacci_by_gmp(n + 1);
    ASSERT_EQ(last_in_full.size(), 2 * count);
    ASSERT_EQ(first_cut.size(), 2 * count + 1);
    EXPECT_EQ(fibonacci_ends(n, count), (Ends{2 * count, last_in_full, ""}));
    EXPECT_EQ(fibonacci_ends(n + 1, count),
              (Ends{2 * count + 1, first_cut.substr(0, count), first_cut.substr(count + 1)}));
  }
}

TEST(Ends, AreTheSameWhetherTheValueIsComputedForThemOrNot) {
  for (const std::uint64_t count : std::vector<std::uint64_t>{1, 20, 32, 33, 300, 3'000}) {
    const std::uint64_t largest = largest_in_full(count);
    for (const std::uint64_t n : {largest - 1, largest, largest + 1})
      EXPECT_EQ(fibonacci_ends(n, count), ends_of(fibonacci_by_gmp(n), count))
          << n << ", " << count << " digits";
  }
}

// Schoolbook products of so many digits take many times as long as one by transforms.
TEST(Ends, OfManyDigitsComputeTheValueWhereThatIsSooner) {
  EXPECT_EQ(largest_in_full(300'000), 100'000'000U);
  EXPECT_GT(largest_in_full(30'000), 6'000'000U);
  EXPECT_LT(fibonacci_ends_cost_ns(6'000'000, 30'000), 30e6);
  EXPECT_LT(largest_in_full(100), 20'000U);
}

TEST(Ends, KeepTheLeadingZerosOfTheTrailingDigits) {
  // 10^k divides F(n) for n = 15 * 10^(k-1), k >= 3.
  EXPECT_EQ(fibonacci_ends(1'500'000'000, 9).trailing, "000000000");
  EXPECT_EQ(fibonacci_ends(1'500'000'001, 9).trailing, "000000001");
  EXPECT_EQ(fibonacci_ends(15'000'000'000'000'000'000U, 19).trailing, std::string(19, '0'));
  EXPECT_EQ(fibonacci_ends(15'000'000'000'000'000'002U, 19).trailing, std::string(18, '0') + "1");
  const std::string trailing = fibonacci_ends(15'000'000'000'000'000'000U, 25).trailing;
  EXPECT_EQ(trailing.size(), 25U);
  EXPECT_EQ(trailing.substr(6), std::string(19, '0'));
}

TEST(Ends, AcceptACountBeyondAnyValue) {
  EXPECT_EQ(fibonacci_ends(100, max_64), (Ends{21, "354224848179261915075", ""}));
  EXPECT_EQ(fibonacci_ends(0, 1), (Ends{1, "0", ""}));
}

TEST(Ends, RefuseACountOfZero) {
  EXPECT_THROW(fibonacci_ends(5, 0), std::invalid_argument);
  EXPECT_THROW(FibonacciEnds{0}, std::invalid_argument);
}

TEST(DigitCount, IsThatOfEveryKeyTo100000) {
  GmpInteger value{0};
  GmpInteger next{1};
  GmpInteger power{10};
  std::uint64_t digits = 1;
  for (std::uint64_t n = 0; n <= 100'000; ++n) {
    if (mpz_cmp(value.get(), power.get()) >= 0) {
      ++digits;
      mpz_mul_ui(power.get(), power.get(), 10);
    }
    ASSERT_EQ(fibonacci_digit_count(n), digits) << n;
    mpz_add(value.get(), value.get(), next.get());
    mpz_swap(value.get(), next.get());
  }
}

TEST(DigitCount, IsThatOfTheLogarithmForRandomKeys) {
  RandomKeys keys{3};
  for (int i = 0; i < 5000; ++i) {
    const std::uint64_t n = keys(1000);
    ASSERT_EQ(fibonacci_digit_count(n), leading_by_mpfr(n, 1).first) << n;
  }
}

// The least n >= 0 with low <= a n mod m <= high, for 0 <= low <= high < m; nothing if there is
// none. Euclid's algorithm on (m, a): if no multiple of a itself lies between, the multiples of m
// do modulo a.
std::optional<GmpInteger> first_between(const GmpInteger& a, const GmpInteger& m,
                                        const GmpInteger& low, const GmpInteger& high) {
  if (mpz_sgn(low.get()) == 0) return GmpInteger{0};
  if (mpz_sgn(a.get()) == 0) return std::nullopt;
  GmpInteger n;
  GmpInteger multiple;
  mpz_cdiv_q(n.get(), low.get(), a.get());
  mpz_mul(multiple.get(), n.get(), a.get());
  if (mpz_cmp(multiple.get(), high.get()) <= 0) return n;
  GmpInteger rest;
  GmpInteger next_low;
  GmpInteger next_high;
  mpz_mod(rest.get(), m.get(), a.get());
  mpz_neg(next_low.get(), high.get());
  mpz_mod(next_low.get(), next_low.get(), a.get());
  mpz_neg(next_high.get(), low.get());
  mpz_mod(next_high.get(), next_high.get(), a.get());
  const auto turns = first_between(rest, a, next_low, next_high);
  if (!turns) return std::nullopt;
  mpz_mul(n.get(), turns->get(), m.get());
  mpz_add(n.get(), n.get(), low.get());
  mpz_cdiv_q(n.get(), n.get(), a.get());
  return n;
}

// The least n for which the fraction of n log10(phi) - log10(sqrt 5) lies within 2^-bits of
// log10(d), 1 <= d < 10, or of an integer for d = 1, by numbers of 320 bits: F(n) begins almost as
// d does.
GmpInteger first_key_near(const std::string& d, unsigned long bits) {
  constexpr unsigned long precision = 320;
  Real phi;
  Real center;
  Real sqrt5;
  set_log10_phi(phi, MPFR_RNDN);
  set_log10_sqrt5(sqrt5, MPFR_RNDN);
  mpfr_set_str(center.get(), d.c_str(), 10, MPFR_RNDN);
  mpfr_log10(center.get(), center.get(), MPFR_RNDN);
  mpfr_add(center.get(), center.get(), sqrt5.get(), MPFR_RNDN);
  mpfr_frac(center.get(), center.get(), MPFR_RNDN);
  const GmpInteger middle = scaled(center, precision);
  GmpInteger one;
  GmpInteger radius;
  GmpInteger low;
  GmpInteger high;
  mpz_ui_pow_ui(one.get(), 2, precision);
  mpz_ui_pow_ui(radius.get(), 2, precision - bits);
  mpz_sub(low.get(), middle.get(), radius.get());
  mpz_add(high.get(), middle.get(), radius.get());
  return first_between(scaled(phi, precision), one, low, high).value();
}

TEST(DigitCount, NoLogarithmIsNearAnInteger) {
  // What makes the integer part of n log10(phi) - log10(sqrt 5) exact with 128 bits of fraction.
  // Below 2^64 the numbers of 320 bits are wrong by less than 2^-255 of an integer.
  const GmpInteger n = first_key_near("1", 72);
  EXPECT_GE(mpz_sizeinbase(n.get(), 2), 65U) << n.text();
}

TEST(DigitCount, IsRightWhereTheLogarithmIsNearestToAnInteger) {
  // The nearest misses: for each distance the first key that comes so near to a power of ten.
  for (unsigned long bits = 8; bits < 64; ++bits) {
    const GmpInteger key = first_key_near("1", bits);
    if (mpz_sizeinbase(key.get(), 2) > 64) break;
    const std::uint64_t n = mpz_get_ui(key.get());
    if (n < 1000) continue;
    for (const std::uint64_t near : {n - 1, n, n + 1}) {
      const auto [digit_count, leading] = leading_by_mpfr(near, 30);
      EXPECT_EQ(fibonacci_digit_count(near), digit_count) << near;
      EXPECT_EQ(fibonacci_ends(near, 30).leading, leading) << near;
    }
  }
}

// x as an integer of GMP
GmpInteger integer_of(Uint128 x) {
  GmpInteger integer{detail::high_word(x)};
  mpz_mul_2exp(integer.get(), integer.get(), 64);
  mpz_add_ui(integer.get(), integer.get(), detail::low_word(x));
  return integer;
}

TEST(Logarithm, HasTheConstantsOfMpfr) {
  Real x;
  set_log10_phi(x, MPFR_RNDN);
  GmpInteger expected{detail::log10_phi[0]};
  for (const std::size_t word : {1U, 2U}) {
    mpz_mul_2exp(expected.get(), expected.get(), 64);
    mpz_add_ui(expected.get(), expected.get(), detail::log10_phi[word]);
  }
  EXPECT_EQ(scaled(x, 192).text(), expected.text());

  set_log10_sqrt5(x, MPFR_RNDN);
  EXPECT_EQ(scaled(x, 128).text(), integer_of(detail::log10_sqrt5 - 1).text());

  mpfr_log_ui(x.get(), 10, MPFR_RNDN);
  EXPECT_EQ(scaled(x, 126).text(), integer_of(detail::ln10).text());
}

TEST(Logarithm, PowersOfTenKeepTheirErrorBound) {
  // The extremes: every window of 8 bits empty, full or a single bit, and what is left full or
  // empty.
  std::vector<Uint128> fractions;
  for (const std::uint64_t first : {0x00U, 0x01U, 0x7fU, 0x80U, 0xfeU, 0xffU}) {
    for (const std::uint64_t later : {0x000000U, 0x010101U, 0x7f7f7fU, 0x808080U, 0xffffffU}) {
      for (const std::uint64_t rest : {std::uint64_t{0}, max_64}) {
        const std::uint64_t high = (first << 56) | (later << 32) | (rest >> 32);
        fractions.push_back(detail::words(high, rest));
        fractions.push_back(detail::words(high, rest - 2));
      }
    }
  }
  std::mt19937_64 random{17};
  for (int i = 0; i < 3000; ++i) fractions.push_back(detail::words(random(), random()));

  for (const Uint128 fraction : fractions) {
    const GmpInteger power = integer_of(detail::power_of_ten(fraction));
    const GmpInteger whole = integer_of(fraction);
    // The argument may be short of the truth by anything below 3 units.
    for (const unsigned long short_by : {0U, 3U}) {
      Real x;
      mpfr_set_z(x.get(), whole.get(), MPFR_RNDN);
      mpfr_add_ui(x.get(), x.get(), short_by, MPFR_RNDN);
      mpfr_div_2ui(x.get(), x.get(), 128, MPFR_RNDN);
      mpfr_exp10(x.get(), x.get(), MPFR_RNDN);
      mpfr_mul_2ui(x.get(), x.get(), 124, MPFR_RNDN);
      mpfr_sub_z(x.get(), x.get(), power.get(), MPFR_RNDN);
      EXPECT_GE(mpfr_cmp_ui(x.get(), 0), 0) << whole.text();
      EXPECT_LT(mpfr_cmp_ui(x.get(), detail::power_of_ten_error), 0) << whole.text();
    }
  }
}

TEST(LeadingDigits, AreThoseOfTheLogarithmInMpfr) {
  RandomKeys keys{5};
  const std::vector<std::uint64_t> counts{1, 2, 8, 9, 10, 18, 19, 20, 27, 28, 32, 33, 60, 100};
  for (int i = 0; i < 300; ++i) {
    const std::uint64_t n = keys(5000);
    for (const std::uint64_t count : counts) {
      ASSERT_EQ(fibonacci_ends(n, count).leading, leading_by_mpfr(n, count).second)
          << n << ", " << count;
    }
  }
}

TEST(LeadingDigits, AreTheSameByLogarithmAndByDoubling) {
  RandomKeys keys{13};
  int undecided = 0;
  for (int i = 0; i < 4000; ++i) {
    const std::uint64_t n = keys(detail::min_logarithm_n);
    const std::uint64_t count =
        1 + static_cast<std::uint64_t>(i) %
                std::min(detail::max_logarithm_digits, fibonacci_digit_count(n));
    const auto by_logarithm = detail::leading_by_logarithm(n, count);
    if (!by_logarithm) ++undecided;
    ASSERT_EQ(by_logarithm.value_or(fibonacci_ends(n, count).leading),
              detail::leading_by_doubling(n, count))
        << n << ", " << count;
  }
  EXPECT_LT(undecided, 10);
}

TEST(LeadingDigits, AreRightBeforeLongRunsOfNinesAndZeros) {
  // For ten digits at random, a key with some 16 nines or zeros after them.
  std::mt19937_64 random{23};
  int nines = 0;
  int zeros = 0;
  for (int i = 0; i < 40; ++i) {
    std::string prefix = std::to_string(1'000'000'000 + random() % 9'000'000'000);
    prefix.insert(1, 1, '.');
    const GmpInteger key = first_key_near(prefix, 62);
    if (mpz_sizeinbase(key.get(), 2) > 64) continue;
    const std::uint64_t n = mpz_get_ui(key.get());
    const std::string expected = leading_by_mpfr(n, 40).second;
    nines += expected.substr(10, 7) == "9999999";
    zeros += expected.substr(10, 7) == "0000000";
    for (const std::uint64_t count : {9U, 10U, 11U, 17U, 18U, 19U, 25U, 26U, 27U, 28U, 32U, 40U}) {
      EXPECT_EQ(fibonacci_ends(n, count).leading, expected.substr(0, count)) << n << ", " << count;
      EXPECT_EQ(detail::leading_by_doubling(n, count), expected.substr(0, count)) << n;
    }
  }
  EXPECT_GT(nines, 5);
  EXPECT_GT(zeros, 5);
}

TEST(LeadingDigits, AreComputedAgainWhereTheLogarithmDoesNotProveThem) {
  // Found by trying up to 2 * 10^8 random keys for each count, with 13 more digits that show why.
  struct Key {
    std::uint64_t n;
    std::uint64_t count;
    std::string more_digits;
  };
  const std::vector<Key> keys{
      {7291529590093978359U, 27, "191368309506846176580522170999999998625"},
      {14456642151414413897U, 28, "3418288649429135814530812706999999974043"},
      {2194111937766141417U, 28, "1763700483389765149297557802999999989794"},
      {2025340555659363937U, 30, "199772366854732238046743833175999997405381"},
      {5789717832769792146U, 30, "178138295492067569841998170399999994981902"},
      {15842691574767712162U, 32, "87849760181526926474809351176117000010950721"},
      {11899865594532372598U, 32, "71274210427923214797907102651887000015826754"},
  };
  for (const auto& [n, count, more_digits] : keys) {
    ASSERT_EQ(leading_by_mpfr(n, more_digits.size()).second, more_digits);
    EXPECT_EQ(detail::leading_by_logarithm(n, count), std::nullopt) << n;
    EXPECT_EQ(fibonacci_ends(n, count).leading, more_digits.substr(0, count));
    EXPECT_EQ(FibonacciEnds{count}(n).leading, more_digits.substr(0, count));
  }
}

TEST(LeadingDigits, AreComputedAgainWhereTheFirstLimbsDoNotProveThem) {
  // Found among 10^8 random keys, with 14 more digits that show why.
  struct Key {
    std::uint64_t n;
    std::string more_digits;
  };
  const std::vector<Key> keys{
      {5313376193760778184U, "6986740270902413754585238806899999999619063"},
      {10650785226870899779U, "6337287977119357727941809761099999998323639"},
  };
  for (const auto& [n, more_digits] : keys) {
    constexpr std::uint64_t count = 29;
    ASSERT_EQ(leading_by_mpfr(n, more_digits.size()).second, more_digits);
    const std::size_t limbs = detail::leading_limbs(count);
    EXPECT_EQ(detail::leading_by_doubling(n, count, limbs), std::nullopt) << n;
    EXPECT_EQ(detail::leading_by_doubling(n, count, limbs + 1), more_digits.substr(0, count)) << n;
    EXPECT_EQ(detail::leading_by_doubling(n, count), more_digits.substr(0, count)) << n;
  }
}

TEST(LeadingDigits, AreNeverGuessedFromTooFewLimbs) {
  // Three limbs prove some 16 to 18 digits of a key of 64 bits.
  std::mt19937_64 random{29};
  int proven = 0;
  int undecided = 0;
  for (int i = 0; i < 2000; ++i) {
    const std::uint64_t n = random();
    const std::uint64_t count = 15 + static_cast<std::uint64_t>(i) % 5;
    const std::string expected = leading_by_mpfr(n, count, 256).second;
    const auto text = detail::leading_by_doubling(n, count, 3);
    ++(text ? proven : undecided);
    ASSERT_EQ(text.value_or(expected), expected) << n << ", " << count;
    ASSERT_EQ(detail::leading_by_doubling(n, count), expected) << n << ", " << count;
  }
  EXPECT_GT(proven, 200);
  EXPECT_GT(undecided, 200);
}

TEST(LeadingDigits, ByDoublingAreThoseOfEverySmallKey) {
  for (std::uint64_t n = 1; n <= 3000; ++n) {
    const std::string digits = fibonacci_by_gmp(n);
    for (std::uint64_t count = 1; count <= digits.size(); count += 1 + digits.size() / 8) {
      ASSERT_EQ(detail::leading_by_doubling(n, count), digits.substr(0, count)) << n;
    }
    ASSERT_EQ(detail::leading_by_doubling(n, digits.size()), digits) << n;
  }
}

TEST(LeadingDigits, KeepTheirErrorBoundAtAllLengths) {
  // Where the bound is too small by any factor that matters, a longer computation disagrees.
  std::mt19937_64 random{31};
  for (const std::uint64_t count : {29U, 47U, 65U, 101U, 200U, 500U, 1001U}) {
    for (int i = 0; i < 20; ++i) {
      const std::uint64_t n = random();
      const std::string longer = detail::leading_by_doubling(n, count + 50);
      for (std::uint64_t shorter = count; shorter < count + 30; ++shorter) {
        const std::string expected = longer.substr(0, shorter);
        const auto text = detail::leading_by_doubling(n, shorter, detail::leading_limbs(count));
        ASSERT_EQ(text.value_or(expected), expected) << n << ", " << shorter;
      }
    }
  }
}

TEST(TrailingDigits, ByDoublingAreThoseOfEverySmallKey) {
  for (std::uint64_t n = 0; n <= 3000; ++n) {
    const std::string digits = fibonacci_by_gmp(n);
    for (std::uint64_t count = 1; count <= digits.size(); count += 1 + digits.size() / 8) {
      ASSERT_EQ(detail::trailing_by_doubling(n, count), digits.substr(digits.size() - count)) << n;
    }
    ASSERT_EQ(detail::trailing_by_doubling(n, digits.size() + 3), "000" + digits) << n;
  }
}

TEST(TrailingDigits, AreTheSameByDoublingAndByResidue) {
  RandomKeys keys{37};
  for (int i = 0; i < 2000; ++i) {
    const std::uint64_t n = keys(0);
    const std::uint64_t count = 1 + static_cast<std::uint64_t>(i) % 19;
    std::uint64_t power = 1;
    for (std::uint64_t digit = 0; digit < count; ++digit) power *= 10;
    std::string expected = std::to_string(fibonacci_mod(n, power));
    expected.insert(0, count - expected.size(), '0');
    ASSERT_EQ(detail::trailing_by_doubling(n, count), expected) << n;
  }
}

}  // namespace
}  // namespace fibo
