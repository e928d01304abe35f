// SPDX-License-Identifier: MIT
#include "pari_peer.hpp"

#include <cstring>

#include <pari/pari.h>

namespace {

struct Pari {
  Pari() { pari_init(std::size_t{1} << 30, 2); }
  Pari(const Pari&) = delete;
  Pari& operator=(const Pari&) = delete;
  ~Pari() { pari_close(); }
};

}  // namespace

std::string pari_name() {
  return "PARI " + std::to_string(paricfg_version_code >> 16) + "." +
         std::to_string(paricfg_version_code >> 8 & 0xff);
}

std::size_t pari_fibonacci_digits(std::uint64_t n) {
  static const Pari pari;
  const pari_sp top = avma;
  char* const text = GENtostr(fibo(static_cast<long>(n)));
  const std::size_t count = std::strlen(text);
  pari_free(text);
  set_avma(top);
  return count;
}
