// SPDX-License-Identifier: MIT
#pragma once

namespace fibo {

// __extension__: GCC and Clang both have these types, ISO C++ does not.
__extension__ using Uint128 = unsigned __int128;
__extension__ using Int128 = __int128;

}  // namespace fibo
