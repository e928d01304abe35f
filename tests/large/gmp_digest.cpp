// SPDX-License-Identifier: MIT
//
// gmp_digest N...: a row of the table in large_values_test.cpp for each N, by GMP alone.
// F(10^9) takes over a minute.
#include "large/digest.hpp"

#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include <gmp.h>

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    mpz_t value;
    mpz_init(value);
    mpz_fib_ui(value, std::strtoul(argv[i], nullptr, 10));
    char* const text = mpz_get_str(nullptr, 10, value);
    mpz_clear(value);
    std::printf("{%s, 0x%016" PRIx64 "},\n", argv[i], fibo::test::digest(text));
    std::fflush(stdout);
    std::free(text);
  }
}
