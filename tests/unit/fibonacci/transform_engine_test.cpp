// SPDX-License-Identifier: MIT
#include "fibo/fibonacci/transform_engine.hpp"

#include "fibo/arithmetic/balanced_limbs.hpp"
#include "fibo/arithmetic/prime_field.hpp"
#include "fibo/arithmetic/transform_kernels.hpp"

#include "support/decimal_oracle.hpp"

#include <cmath>
#include <limits>
#include <ostream>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace fibo {
namespace {

using test::GmpInteger;

std::string text_of(TransformEngine& engine, std::uint64_t n) {
  std::string text(fibonacci_text_bound(n), '?');
  text.resize(engine.fibonacci_text(n, text));
  return text;
}

std::vector<std::uint64_t> sample_keys(std::uint64_t max_n, int count) {
  std::mt19937_64 random(max_n);
  std::vector<std::uint64_t> keys;
  const double top = std::log(static_cast<double>(max_n));
  for (int i = 0; i < count; ++i) {
    std::uniform_real_distribution<double> logarithm(top - 3, top);
    keys.push_back(static_cast<std::uint64_t>(std::exp(logarithm(random))));
  }
  return keys;
}

struct Setting {
  std::string name;
  InstructionSet instruction_set;
  unsigned threads;
};

void PrintTo(const Setting& setting, std::ostream* out) {
  *out << setting.name;
}

std::vector<Setting> settings() {
  std::vector<Setting> all;
  for (const InstructionSet set : available_instruction_sets()) {
    for (const unsigned threads : {1U, 2U, 5U}) {
      all.push_back({std::string(name_of(set)) + "_" + std::to_string(threads), set, threads});
    }
  }
  return all;
}

class TransformEngineTest : public testing::TestWithParam<Setting> {
 protected:
  TransformEngine engine_{{GetParam().threads, GetParam().instruction_set, {}}};
};

INSTANTIATE_TEST_SUITE_P(EverySetting, TransformEngineTest, testing::ValuesIn(settings()),
                         [](const auto& test) { return test.param.name; });

TEST_P(TransformEngineTest, AgreesWithGmpForEverySmallKey) {
  for (std::uint64_t n = 0; n <= 2500; ++n) {
    ASSERT_EQ(text_of(engine_, n), GmpInteger::fibonacci(n).text()) << "F(" << n << ")";
  }
}

TEST_P(TransformEngineTest, AgreesWithGmpForKeysOfAllSizes) {
  for (const std::uint64_t max_n : {20'000UL, 5'000'000UL}) {
    for (const std::uint64_t n : sample_keys(max_n, max_n > 100'000 ? 8 : 100)) {
      ASSERT_EQ(text_of(engine_, n), GmpInteger::fibonacci(n).text()) << "F(" << n << ")";
    }
  }
}

TEST_P(TransformEngineTest, PairIsTheNumberAndTheOneBefore) {
  for (const std::uint64_t n :
       {1UL, 2UL, 3UL, 90UL, 91UL, 92UL, 1000UL, 4097UL, 65'535UL, 100'001UL, 2'500'000UL}) {
    const std::size_t words = (fibonacci_text_bound(n) + 17) / 18;
    std::vector<std::uint64_t> value(words + 1, 7);
    std::vector<std::uint64_t> previous(words, 7);
    engine_.fibonacci_pair(n, value, previous);
    ASSERT_EQ(test::value_of(value), GmpInteger::fibonacci(n)) << n;
    ASSERT_EQ(test::value_of(previous), GmpInteger::fibonacci(n - 1)) << n;
    for (const std::uint64_t word : value) ASSERT_LT(word, 1'000'000'000'000'000'000);
  }
}

TEST_P(TransformEngineTest, ProductsOfRandomAndOfExtremeWords) {
  std::mt19937_64 random(3);
  std::uniform_int_distribution<std::uint64_t> any(0, 999'999'999'999'999'999);
  const std::vector<std::size_t> sizes{1, 2, 7, 40, 150, 151, 1200, 5000};
  for (const std::size_t a_size : sizes) {
    for (const std::size_t b_size : sizes) {
      for (const bool worst : {false, true}) {
        std::vector<std::uint64_t> a(a_size);
        std::vector<std::uint64_t> b(b_size);
        // Words of fives and fours make balanced limbs close to half the base.
        for (auto& word : a) word = worst ? 500'000'000'000'000'000 : any(random);
        for (auto& word : b) word = worst ? 499'999'999'999'999'999 : any(random);
        std::vector<std::uint64_t> out(a_size + b_size, 7);
        engine_.multiply(a, b, out);
        ASSERT_EQ(test::value_of(out), test::value_of(a) * test::value_of(b))
            << a_size << " x " << b_size;
      }
    }
  }
}

// Words whose decimal digits are so many times 50...0 of d digits: limbs of B/2 each.
std::vector<std::uint64_t> words_of_half_limbs(std::size_t words, int d) {
  std::vector<std::uint64_t> result(words, 0);
  const auto width = static_cast<std::size_t>(d);
  for (std::size_t place = width - 1; place < 18 * words; place += width) {
    std::uint64_t digit = 5;
    for (std::size_t i = place % 18; i > 0; --i) digit *= 10;
    result[place / 18] += digit;
  }
  return result;
}

std::uint64_t words_mod(std::span<const std::uint64_t> words, std::uint64_t modulus) {
  std::uint64_t result = 0;
  for (std::size_t i = words.size(); i-- > 0;) {
    result = static_cast<std::uint64_t>((Uint128{result} * 1'000'000'000'000'000'000 + words[i]) %
                                        modulus);
  }
  return result;
}

TEST_P(TransformEngineTest, LargestLimbsInTheLongestFactorsOfEachBase) {
  for (int d = 12; d <= detail::max_limb_digits; ++d) {
    // The most words for which this base is taken.
    const std::size_t words = (detail::max_factor_limbs(d) - 2) * static_cast<std::size_t>(d) / 18;
    ASSERT_EQ(detail::base_for_factors(18 * words).digits, d);
    ASSERT_LT(detail::base_for_factors(18 * (words + 2)).digits, d);
    for (const std::size_t other : {words, words + words / 2}) {
      if (d == 12 && (other != words || GetParam().threads > 2)) continue;  // some seconds each
      const std::vector<std::uint64_t> a = words_of_half_limbs(words, d);
      const std::vector<std::uint64_t> b = words_of_half_limbs(other, d);
      std::vector<std::uint64_t> out(words + other);
      engine_.multiply(a, b, out);
      for (const std::uint64_t modulus :
           {1'000'000'000'000'000'003UL, 2'305'843'009'213'693'951UL}) {
        EXPECT_EQ(words_mod(out, modulus),
                  detail::multiply_mod(words_mod(a, modulus), words_mod(b, modulus), modulus));
      }
    }
  }
}

TEST_P(TransformEngineTest, MemoryStaysWithinItsFormula) {
  for (const std::uint64_t n : {100UL, 5'000UL, 60'000UL, 1'000'000UL, 3'000'000UL}) {
    TransformEngine engine({GetParam().threads, GetParam().instruction_set, {}});
    const std::string text = text_of(engine, n);
    EXPECT_GT(text.size(), 0U);
    EXPECT_LE(engine.memory_bytes(), transform_memory_bytes(n, GetParam().threads));
    const std::size_t held = engine.memory_bytes();
    text_of(engine, n);
    EXPECT_EQ(engine.memory_bytes(), held);
  }
}

TEST_P(TransformEngineTest, AFaultAtAnyStageShowsInTheDigits) {
  for (const TransformStage stage :
       {TransformStage::factor, TransformStage::residue, TransformStage::product}) {
    int calls = 0;
    TransformEngine faulty({GetParam().threads, GetParam().instruction_set,
                            [&](TransformStage at, std::span<double> data) {
                              if (at == stage && ++calls == 3) data[data.size() / 2] += 1;
                            }});
    EXPECT_NE(text_of(faulty, 100'000), text_of(engine_, 100'000));
    EXPECT_GE(calls, 3);
  }
}

// Values that no limb and no residue has, and a sign that carries as far as the number goes.
const std::vector<double>& spoiled_values() {
  using Limits = std::numeric_limits<double>;
  static const std::vector<double> values{Limits::quiet_NaN(),
                                          Limits::infinity(),
                                          -Limits::infinity(),
                                          Limits::max(),
                                          Limits::lowest(),
                                          0x1p63,
                                          -0x1p63,
                                          0x1p53,
                                          -0x1p53};
  return values;
}

TEST_P(TransformEngineTest, NoValueWhateverLeadsOutOfItsMemory) {
  std::mt19937_64 random(7);
  const std::uint64_t n = 60'000;
  const std::string truth = text_of(engine_, n);
  const std::size_t words = (fibonacci_text_bound(n) + 17) / 18;
  std::vector<std::uint64_t> value(words);
  std::vector<std::uint64_t> previous(words);
  engine_.fibonacci_pair(n, value, previous);
  const std::vector<std::uint64_t> true_value = value;
  for (const TransformStage stage :
       {TransformStage::factor, TransformStage::residue, TransformStage::product}) {
    std::uint64_t passes = 0;
    double spoiled = 0;
    bool negates = false;
    TransformEngine faulty({GetParam().threads, GetParam().instruction_set,
                            [&](TransformStage at, std::span<double> data) {
                              if (at != stage || passes-- != 0) return;
                              double& place = data[random() % data.size()];
                              place = negates ? -place : spoiled;
                            }});
    for (int i = 0; i < 100; ++i) {
      negates = i % 3 == 0;
      spoiled = spoiled_values()[random() % spoiled_values().size()];
      passes = random() % 12;
      std::string text;
      try {
        text = text_of(faulty, n);
      } catch (const std::length_error&) {
      }
      EXPECT_LE(text.size(), fibonacci_text_bound(n));
      passes = random() % 12;
      try {
        faulty.fibonacci_pair(n, value, previous);
      } catch (const std::length_error&) {
      }
      passes = ~std::uint64_t{0};
      ASSERT_EQ(text_of(faulty, n), truth);
      faulty.fibonacci_pair(n, value, previous);
      ASSERT_EQ(value, true_value);
    }
  }
}

TEST(TransformEngine, RefusesWhatIsPastItsRange) {
  TransformEngine engine;
  std::string text(1000, '?');
  EXPECT_THROW(engine.fibonacci_text(max_transform_n + 1, text), std::length_error);
  EXPECT_THROW(engine.fibonacci_text(100'000, text), std::length_error);
  EXPECT_THROW(engine.fibonacci_text(90, std::span<char>(text).first(18)), std::length_error);
  EXPECT_THROW(fibonacci_text_bound(max_transform_n + 1), std::length_error);
  EXPECT_THROW(transform_memory_bytes(max_transform_n + 1, 1), std::length_error);
  EXPECT_GT(transform_memory_bytes(max_transform_n, 1), std::size_t{1} << 38);
  std::vector<std::uint64_t> words(3);
  EXPECT_THROW(engine.fibonacci_pair(0, words, words), std::length_error);
  EXPECT_THROW(engine.fibonacci_pair(1000, words, words), std::length_error);
  EXPECT_THROW(engine.multiply(words, words, words), std::length_error);
}

TEST(TransformEngine, TextBoundIsTightWithinTwoDigits) {
  for (std::uint64_t n = 0; n < 3000; ++n) {
    const std::size_t digits = GmpInteger::fibonacci(n).text().size();
    ASSERT_GE(fibonacci_text_bound(n), digits);
    ASSERT_LE(fibonacci_text_bound(n), digits + 2);
  }
}

}  // namespace
}  // namespace fibo
