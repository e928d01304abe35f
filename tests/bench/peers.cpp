// SPDX-License-Identifier: MIT
#include "peers.hpp"

#include <cstdlib>
#include <memory>
#include <utility>

#include <gmp.h>

#ifdef FIBO_HAVE_PARI
#include "pari_peer.hpp"
#endif
#ifdef FIBO_HAVE_FLINT
#include "flint_peers.hpp"
#endif

namespace fibo::bench {
namespace {

/// mpz_fib_ui and mpz_get_str, with memory that is kept from key to key.
class Gmp {
 public:
  Gmp() { mpz_init(value_); }
  Gmp(const Gmp&) = delete;
  Gmp& operator=(const Gmp&) = delete;
  ~Gmp() { mpz_clear(value_); }

  std::size_t digits(std::uint64_t n) {
    mpz_fib_ui(value_, n);
    const std::size_t size = mpz_sizeinbase(value_, 10) + 2;
    if (text_.size() < size) text_.resize(size);
    mpz_get_str(text_.data(), 10, value_);
    // mpz_sizeinbase is the number of digits or one more.
    return text_[size - 3] == '\0' ? size - 3 : size - 2;
  }

 private:
  mpz_t value_;
  std::vector<char> text_;
};

}  // namespace

Peer make_gmp() {
  return {std::string("GMP ") + gmp_version, 1'000'000'000,
          [gmp = std::make_shared<Gmp>()](std::uint64_t n) { return gmp->digits(n); }};
}

std::vector<Peer> make_peers() {
  std::vector<Peer> peers{make_gmp()};
#ifdef FIBO_HAVE_PARI
  peers.push_back({pari_name(), 10'000'000, &pari_fibonacci_digits});
#endif
#ifdef FIBO_HAVE_FLINT
  for (Peer& peer : make_flint_peers()) peers.push_back(std::move(peer));
#endif
  return peers;
}

}  // namespace fibo::bench
