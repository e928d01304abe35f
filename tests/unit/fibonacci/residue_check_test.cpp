// SPDX-License-Identifier: MIT
#include "fibo/fibonacci/residue_check.hpp"

#include "support/gmp_integer.hpp"
#include "support/instruction_sets.hpp"

#include <random>
#include <set>
#include <string>

#include <gmp.h>
#include <gtest/gtest.h>

namespace fibo::test {
namespace {

class ResidueCheckTest : public testing::TestWithParam<InstructionSet> {
 protected:
  void SetUp() override {
    if (!is_available(GetParam())) GTEST_SKIP() << "not on this machine, or not built";
  }

  static ResidueCheck check(std::uint64_t seed) { return ResidueCheck{seed, GetParam()}; }
};

TEST_P(ResidueCheckTest, PassesEveryValueUpTo20000) {
  const ResidueCheck residue_check = check(1);
  GmpInteger value;
  GmpInteger before{"1"};
  for (std::uint64_t n = 0; n <= 20'000; ++n) {
    ASSERT_TRUE(residue_check.passes(n, value.text())) << n;
    mpz_add(before.get(), before.get(), value.get());
    mpz_swap(before.get(), value.get());
  }
}

TEST_P(ResidueCheckTest, CatchesEveryChangedDigit) {
  std::mt19937_64 random{1};
  for (int i = 0; i < 10'000; ++i) {
    const ResidueCheck residue_check = check(static_cast<std::uint64_t>(i) / 100);
    const std::uint64_t n = 10 + random() % 12'000;
    std::string text = fibonacci_by_gmp(n);
    char& digit = text[random() % text.size()];
    digit = static_cast<char>('0' + (digit - '0' + 1 + static_cast<int>(random() % 9)) % 10);
    ASSERT_FALSE(residue_check.passes(n, text)) << n;
  }
}

TEST_P(ResidueCheckTest, CatchesEveryByteThatIsNoDigitInEveryPlace) {
  const ResidueCheck residue_check = check(1);
  const std::string text = fibonacci_by_gmp(900);
  for (std::size_t place = 0; place < text.size(); ++place) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string changed = text;
      changed[place] = static_cast<char>(byte);
      ASSERT_EQ(residue_check.passes(900, changed), changed == text) << place << ' ' << byte;
    }
  }
}

TEST_P(ResidueCheckTest, CatchesBytesThatOnlyStandForTheRightValue) {
  // ":" is the byte after "9": read as a digit it is worth ten.
  const ResidueCheck residue_check = check(1);
  std::string text = fibonacci_by_gmp(300);
  const std::size_t place = text.find('0', 1);
  ASSERT_NE(place, std::string::npos);
  text[place] = ':';
  --text[place - 1];
  EXPECT_FALSE(residue_check.passes(300, text));
}

TEST_P(ResidueCheckTest, CatchesAWrongLengthAndLeadingZeros) {
  const ResidueCheck residue_check = check(1);
  for (const std::uint64_t n : {0U, 1U, 10U, 100U, 1000U, 10'000U}) {
    const std::string text = fibonacci_by_gmp(n);
    EXPECT_FALSE(residue_check.passes(n, "0" + text)) << n;
    EXPECT_FALSE(residue_check.passes(n, text.substr(1))) << n;
    EXPECT_FALSE(residue_check.passes(n, text + "0")) << n;
    EXPECT_FALSE(residue_check.passes(n, "")) << n;
  }
}

TEST_P(ResidueCheckTest, CatchesTheValueOfANeighbour) {
  const ResidueCheck residue_check = check(1);
  for (std::uint64_t n = 3; n < 500; ++n) {
    EXPECT_FALSE(residue_check.passes(n, fibonacci_by_gmp(n + 1))) << n;
    EXPECT_FALSE(residue_check.passes(n, fibonacci_by_gmp(n - 1))) << n;
  }
}

INSTANTIATE_TEST_SUITE_P(EveryInstructionSet, ResidueCheckTest,
                         testing::ValuesIn(every_instruction_set), set_name);

TEST(CheckFailed, NamesTheKey) {
  const CheckFailed failure{10};
  EXPECT_EQ(failure.n(), 10U);
  EXPECT_NE(std::string{failure.what()}.find("F(10)"), std::string::npos);
}

TEST(ResidueCheckPrime, IsAPrimeOf61BitsThatTheSeedDecides) {
  std::set<std::uint64_t> primes;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const std::uint64_t prime = ResidueCheck{seed}.prime();
    EXPECT_EQ(prime >> 60, 1U);
    GmpInteger candidate{prime};
    EXPECT_NE(mpz_probab_prime_p(candidate.get(), 30), 0) << prime;
    EXPECT_EQ(ResidueCheck{seed}.prime(), prime);
    primes.insert(prime);
  }
  EXPECT_EQ(primes.size(), 200U);
}

}  // namespace
}  // namespace fibo::test
