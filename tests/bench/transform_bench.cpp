// SPDX-License-Identifier: MIT
//
// F(n) with all its decimal digits: the engine against GMP's mpz_fib_ui and mpz_get_str, side by
// side in one run.
//
//   transform_bench [N...]        n to measure; 10^4 to 10^8 if none are given
//
// Times are medians in milliseconds, of processor time for one thread and of elapsed time for two;
// cold is the first call of a new engine. The digits of both are compared.
#include "fibo/fibonacci/transform_engine.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>
#include <vector>

#include <gmp.h>

namespace {

double now_ms(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) * 1e-6;
}

// Milliseconds of calls that take turns, so that both meet the same neighbours.
class Stopwatch {
 public:
  explicit Stopwatch(clockid_t clock) : clock_(clock) {}

  template <class Work>
  void time(const Work& work) {
    const double start = now_ms(clock_);
    work();
    times_ms_.push_back(now_ms(clock_) - start);
  }

  [[nodiscard]] double first_ms() const { return times_ms_.front(); }

  [[nodiscard]] double median_ms() const {
    std::vector<double> sorted = times_ms_;
    std::ranges::sort(sorted);
    return sorted[sorted.size() / 2];
  }

 private:
  clockid_t clock_;
  std::vector<double> times_ms_;
};

std::string gmp_digits(std::uint64_t n) {
  mpz_t value;
  mpz_init(value);
  mpz_fib_ui(value, static_cast<unsigned long>(n));
  std::string text(mpz_sizeinbase(value, 10) + 2, '\0');
  mpz_get_str(text.data(), 10, value);
  mpz_clear(value);
  text.resize(std::strlen(text.c_str()));
  return text;
}

bool measure(std::uint64_t n) {
  const int rounds = n >= 500'000'000 ? 1 : n >= 50'000'000 ? 3 : n >= 1'000'000 ? 7 : 101;
  Stopwatch gmp(CLOCK_PROCESS_CPUTIME_ID);
  Stopwatch one(CLOCK_PROCESS_CPUTIME_ID);
  Stopwatch two(CLOCK_MONOTONIC);
  Stopwatch one_elapsed(CLOCK_MONOTONIC);
  std::string text(fibo::fibonacci_text_bound(n), '\0');
  std::string expected;
  std::size_t digits = 0;
  bool equal = true;
  {
    fibo::TransformEngine engine({.threads = 1});
    for (int round = 0; round <= rounds; ++round) {
      one.time([&] { digits = engine.fibonacci_text(n, text); });
      one_elapsed.time([&] { digits = engine.fibonacci_text(n, text); });
      if (round < rounds) gmp.time([&] { expected = gmp_digits(n); });
      equal = equal && text.compare(0, digits, expected) == 0;
    }
  }
  {
    fibo::TransformEngine engine({.threads = 2});
    for (int round = 0; round <= rounds; ++round) {
      two.time([&] { digits = engine.fibonacci_text(n, text); });
      equal = equal && text.compare(0, digits, expected) == 0;
    }
  }
  std::printf("%12llu %12.4f %12.4f %12.4f %8.2f %12.4f %8.2f  %s\n",
              static_cast<unsigned long long>(n), gmp.median_ms(), one.first_ms(), one.median_ms(),
              gmp.median_ms() / one.median_ms(), two.median_ms(),
              one_elapsed.median_ms() / two.median_ms(), equal ? "equal" : "DIFFERENT");
  std::fflush(stdout);
  return equal;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::uint64_t> keys;
  for (int i = 1; i < argc; ++i) {
    keys.push_back(static_cast<std::uint64_t>(std::strtod(argv[i], nullptr)));
  }
  if (keys.empty()) keys = {10'000, 100'000, 1'000'000, 10'000'000, 100'000'000};
  std::printf("compiler %s, instructions %s, GMP %s\n", __VERSION__,
              name_of(fibo::best_instruction_set()).data(), gmp_version);
  std::printf("%12s %12s %12s %12s %8s %12s %8s\n", "n", "GMP", "cold", "warm", "ratio",
              "two threads", "gain");
  bool equal = true;
  for (const std::uint64_t n : keys) equal = measure(n) && equal;
  return equal ? EXIT_SUCCESS : EXIT_FAILURE;
}
