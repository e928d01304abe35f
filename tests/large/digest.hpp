// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string_view>

namespace fibo::test {

/// FNV-1a, 64 bits (G. Fowler, L. C. Noll, K.-P. Vo): enough to tell a wrong text, and short.
inline std::uint64_t digest(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

}  // namespace fibo::test
