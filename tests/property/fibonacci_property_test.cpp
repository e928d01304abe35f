// SPDX-License-Identifier: MIT
//
// Identities that hold for all Fibonacci numbers, tried on random ones. RC_PARAMS="seed=..."
// repeats a failure, RC_PARAMS="max_success=..." tries more.
#include "fibo/fibonacci/engine.hpp"
#include "fibo/fibonacci/fibonacci.hpp"
#include "fibo/fibonacci/residue_check.hpp"

#include "support/gmp_integer.hpp"

#include <cstdint>
#include <numeric>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace fibo::test {
namespace {

GmpInteger value(std::uint64_t n) {
  return GmpInteger{fibonacci(n)};
}

/// Keys of all sizes up to the limit, small ones as often as large ones, in all tries alike: not,
/// as RapidCheck does by itself, small ones first.
rc::Gen<std::uint64_t> key(unsigned max_bits) {
  return rc::gen::resize(rc::kNominalSize,
                         rc::gen::mapcat(rc::gen::inRange(1U, max_bits + 1), [](unsigned bits) {
                           return rc::gen::inRange<std::uint64_t>(0, std::uint64_t{1} << bits);
                         }));
}

RC_GTEST_PROP(FibonacciProperty, SumOfIndices, ()) {
  const auto m = *key(20);
  const auto n = *key(20) + 1;
  // F(m+n) = F(m+1) F(n) + F(m) F(n-1)
  RC_ASSERT(value(m + n) == value(m + 1) * value(n) + value(m) * value(n - 1));
}

RC_GTEST_PROP(FibonacciProperty, Cassini, ()) {
  const auto n = *key(21) + 1;
  // F(n-1) F(n+1) - F(n)^2 = (-1)^n
  const GmpInteger one{"1"};
  const GmpInteger product = value(n - 1) * value(n + 1);
  const GmpInteger square = value(n) * value(n);
  const bool holds = n % 2 == 0 ? product == square + one : product + one == square;
  RC_ASSERT(holds);
}

RC_GTEST_PROP(FibonacciProperty, GreatestCommonDivisor, ()) {
  const auto common = *key(14) + 1;
  const auto m = *rc::gen::inRange<std::uint64_t>(1, 100) * common;
  const auto n = *rc::gen::inRange<std::uint64_t>(1, 100) * common;
  GmpInteger divisor;
  mpz_gcd(divisor.get(), value(m).get(), value(n).get());
  RC_ASSERT(divisor == value(std::gcd(m, n)));
}

RC_GTEST_PROP(FibonacciProperty, RunsEqualSingleKeys, ()) {
  const auto start = *key(16);
  const auto gap_bits = *rc::gen::inRange(0U, 12U);
  const auto gaps = *rc::gen::container<std::vector<std::uint64_t>>(
      rc::gen::inRange<std::uint64_t>(0, std::uint64_t{1} << gap_bits));
  std::vector<std::uint64_t> keys{start};
  for (const std::uint64_t gap : gaps) keys.push_back(keys.back() + gap);
  Engine engine{{.check_seed = 1}};
  std::size_t count = 0;
  engine.run(keys, [&](std::uint64_t n, std::string_view digits) {
    RC_ASSERT(n == keys[count++]);
    RC_ASSERT(digits == fibonacci(n));
  });
  RC_ASSERT(count == keys.size());
}

RC_GTEST_PROP(FibonacciProperty, AWrongDigitDoesNotPass, (std::uint64_t seed)) {
  const auto n = *key(14);
  std::string digits = fibonacci(n);
  const ResidueCheck check{seed};
  RC_ASSERT(check.passes(n, digits));
  const auto place = *rc::gen::inRange<std::size_t>(0, digits.size());
  const auto byte = *rc::gen::arbitrary<char>();
  RC_PRE(digits[place] != byte);
  digits[place] = byte;
  RC_ASSERT_FALSE(check.passes(n, digits));
}

}  // namespace
}  // namespace fibo::test
