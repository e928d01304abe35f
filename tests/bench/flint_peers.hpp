// SPDX-License-Identifier: MIT
#pragma once

#include "peers.hpp"

#include <vector>

namespace fibo::bench {

/// FLINT's fmpz_fib_ui and fmpz_get_str; with FLINT 3.7 and later also F(n) by its decimal
/// integers.
std::vector<Peer> make_flint_peers();

}  // namespace fibo::bench
