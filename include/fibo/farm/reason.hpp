// SPDX-License-Identifier: MIT
#pragma once

#include <exception>
#include <new>
#include <string>

namespace fibo {

/// What an exception says to people: std::bad_alloc of itself names a class.
inline std::string reason_of(const std::exception& error) {
  const bool is_out_of_memory = dynamic_cast<const std::bad_alloc*>(&error) != nullptr;
  return is_out_of_memory ? "out of memory" : error.what();
}

}  // namespace fibo
