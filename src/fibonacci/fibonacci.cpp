// SPDX-License-Identifier: MIT
#include "fibo/fibonacci/fibonacci.hpp"

#include <limits>
#include <stdexcept>

#include <gmp.h>

namespace fibo {

std::string fibonacci(std::uint64_t n) {
  // GMP counts limbs in an int and takes n as unsigned long; it aborts the process past its limit.
  constexpr std::uint64_t max_n = std::uint64_t{1} << 36;
  if (n > max_n) throw std::length_error("F(n) is past the range of the arithmetic");

  mpz_t value;
  mpz_init(value);
  mpz_fib_ui(value, static_cast<unsigned long>(n));
  std::string digits(mpz_sizeinbase(value, 10) + 2, '\0');
  mpz_get_str(digits.data(), 10, value);
  mpz_clear(value);
  digits.resize(digits.find('\0'));
  return digits;
}

}  // namespace fibo
