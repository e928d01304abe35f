// SPDX-License-Identifier: MIT
#include "fibo/fibonacci/quantity.hpp"

#include "fibo/fibonacci/ends.hpp"
#include "fibo/fibonacci/engine.hpp"
#include "fibo/fibonacci/evaluator.hpp"
#include "fibo/fibonacci/fibonacci.hpp"

#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace fibo {
namespace {

constexpr std::uint64_t max_n = std::numeric_limits<std::uint64_t>::max();

TEST(Evaluate, AnswersEachQuantity) {
  EXPECT_EQ(evaluate(FullDigits{}, 10), Value(std::string("55")));
  EXPECT_EQ(evaluate(EndDigits{5}, 1000), Value(Ends{209, "43466", "28875"}));
  EXPECT_EQ(evaluate(Residue{7}, 10), Value(std::uint64_t{6}));
}

TEST(MakeEvaluator, AnswersKeysInTheirOrder) {
  const std::vector<std::uint64_t> keys{0, 3, 4, 90, 1000};
  for (const Quantity& quantity :
       {Quantity(FullDigits{}), Quantity(EndDigits{5}), Quantity(Residue{7})}) {
    std::vector<std::uint64_t> answered;
    make_evaluator(quantity)(keys, [&](std::uint64_t n, const ValueView& value) {
      answered.push_back(n);
      EXPECT_EQ(copy_of(value), evaluate(quantity, n));
    });
    EXPECT_EQ(answered, keys);
  }
}

TEST(ValueBytes, IsAnUpperBoundOfTheDigits) {
  for (std::uint64_t n = 0; n < 3000; ++n) {
    const std::uint64_t digits = fibonacci(n).size();
    EXPECT_GE(value_bytes(FullDigits{}, n), digits);
    EXPECT_LE(value_bytes(FullDigits{}, n), digits + 2);
  }
  EXPECT_EQ(value_bytes(EndDigits{10}, max_n), 20U);
  EXPECT_EQ(value_bytes(Residue{10}, max_n), 8U);
  EXPECT_GT(value_bytes(FullDigits{}, max_n), std::uint64_t{1} << 61);
}

TEST(WorkingBytes, ArePastAnyMachineForTheLargestKeys) {
  EXPECT_GT(working_bytes(FullDigits{}, max_n), std::uint64_t{1} << 61);
  EXPECT_GT(working_bytes(FullDigits{}, max_key(FullDigits{}) + 1),
            working_bytes(FullDigits{}, max_key(FullDigits{})) - 1);
  EXPECT_LT(working_bytes(EndDigits{10}, max_n), 1000U);
}

TEST(WorkingBytes, OfEndsAreThoseOfTheValueWhereItIsComputedForThem) {
  const EndDigits ends{1'000'000};
  const std::uint64_t largest = largest_in_full(ends.count);
  EXPECT_GT(working_bytes(ends, largest), Engine::memory_bytes(largest));
  EXPECT_EQ(computing_bytes(ends, largest), Engine::memory_bytes(largest));
  EXPECT_LT(working_bytes(ends, largest + 1), 3U * ends.count);
  EXPECT_EQ(computing_bytes(ends, max_n), Engine::memory_bytes(largest));
  EXPECT_EQ(largest_in_full(1'000'000'000), Engine::max_n);
}

TEST(EstimatedCost, GrowsWithTheKey) {
  double last_s = 0;
  for (std::uint64_t n = 1; n < max_key(FullDigits{}); n *= 2) {
    const double cost_s = estimated_cost_s(FullDigits{}, n);
    EXPECT_GE(cost_s, last_s);
    last_s = cost_s;
  }
}

TEST(EstimatedCost, IsNoMoreAfterANearKey) {
  for (std::uint64_t n = 2; n < max_key(FullDigits{}); n *= 2) {
    const double alone_s = estimated_cost_s(FullDigits{}, n);
    double last_s = 0;
    for (std::uint64_t gap = 1; gap <= n && gap < 1'000'000; gap *= 3) {
      const double after_s = estimated_cost_after_s(FullDigits{}, n, gap);
      EXPECT_LE(after_s, alone_s);
      EXPECT_GE(after_s, last_s) << "a farther one helps less";
      last_s = after_s;
    }
  }
  EXPECT_LT(estimated_cost_after_s(FullDigits{}, 100'000, 1),
            estimated_cost_s(FullDigits{}, 100'000) / 4);
  EXPECT_EQ(estimated_cost_after_s(EndDigits{10}, 1000, 1), estimated_cost_s(EndDigits{10}, 1000));
}

TEST(HasFormOfAnswer, HoldsForAnswers) {
  for (std::uint64_t n = 0; n < 500; ++n)
    for (const Quantity& quantity : {Quantity(FullDigits{}), Quantity(EndDigits{1}),
                                     Quantity(EndDigits{7}), Quantity(Residue{3})})
      EXPECT_TRUE(has_form_of_answer(quantity, n, view_of(evaluate(quantity, n)))) << n;
  EXPECT_TRUE(has_form_of_answer(EndDigits{19}, max_n, view_of(evaluate(EndDigits{19}, max_n))));
}

TEST(HasFormOfAnswer, FailsForOtherKindsLengthsAndRanges) {
  EXPECT_FALSE(has_form_of_answer(FullDigits{}, 10, std::string_view("5")));
  EXPECT_FALSE(has_form_of_answer(FullDigits{}, 10, std::string_view("055")));
  EXPECT_FALSE(has_form_of_answer(FullDigits{}, 10, std::uint64_t{55}));
  EXPECT_FALSE(has_form_of_answer(EndDigits{5}, 1000, EndsView{208, "43466", "28875"}));
  EXPECT_FALSE(has_form_of_answer(EndDigits{5}, 1000, EndsView{209, "43466", ""}));
  EXPECT_FALSE(has_form_of_answer(EndDigits{5}, 1000, EndsView{209, "4346", "28875"}));
  EXPECT_FALSE(has_form_of_answer(EndDigits{5}, 10, EndsView{2, "55", "00055"}));
  EXPECT_FALSE(has_form_of_answer(Residue{7}, 10, std::uint64_t{7}));
}

TEST(ShownDigits, CountsWhatIsPrinted) {
  EXPECT_EQ(shown_digits(std::string("12345")), 5U);
  EXPECT_EQ(shown_digits(EndsView{209, "43466", "28875"}), 10U);
  EXPECT_EQ(shown_digits(std::uint64_t{0}), 1U);
  std::uint64_t power = 10;
  for (std::uint64_t digits = 1; digits < 20; ++digits, power *= 10) {
    EXPECT_EQ(shown_digits(power - 1), digits);
    EXPECT_EQ(shown_digits(power), digits + 1);
    EXPECT_EQ(shown_digits(power + 1), digits + 1);
  }
  EXPECT_EQ(shown_digits(max_n), 20U);
}

}  // namespace
}  // namespace fibo
