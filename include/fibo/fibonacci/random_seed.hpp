// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace fibo {

/// 64 bits that nobody can foresee, from the operating system.
std::uint64_t random_seed();

}  // namespace fibo
