// SPDX-License-Identifier: MIT
#include "fibo/fibonacci/ends.hpp"

#include "fibo/fibonacci/residue_reciprocal.hpp"

namespace fibo {

std::uint64_t fibonacci_digit_count(std::uint64_t n) {
  using detail::high_word;
  using detail::uint128;
  if (n < 7) return 1;
  // floor(n log10(phi) - log10(5) / 2) + 1 with 128 fractional bits.
  constexpr std::uint64_t log_phi_high = 0x3580'36c8'2451'b7f3;
  constexpr std::uint64_t log_phi_low = 0x65d3'db23'8455'99f5;
  constexpr uint128 half_log_5 =
      uint128{0x5977'd95e'c10c'0219} << 64 | uint128{0xdc1d'a994'fd20'dba1};
  const uint128 low = uint128{n} * log_phi_low;
  const uint128 high = uint128{n} * log_phi_high + high_word(low);
  const uint128 fraction = high << 64 | static_cast<std::uint64_t>(low);
  return high_word(high) + (fraction < half_log_5 ? 0 : 1);
}

}  // namespace fibo
