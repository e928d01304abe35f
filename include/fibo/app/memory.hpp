// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

namespace fibo {

/// The bytes of memory that all processes like this one on its machine may use together: those of
/// the machine, or of its cgroup if that is less.
std::uint64_t memory_limit_bytes();

/// The bytes that this process alone may still map, whatever the others do (ulimit -v); 2^64 - 1 if
/// there is no limit.
std::uint64_t free_address_space_bytes();

/// The bytes of memory that the machine has.
std::uint64_t machine_memory_bytes();

/// The bytes of memory this process takes at present, those shared with others included.
std::uint64_t resident_bytes();

/// "3.0 GiB": a size for people, with one decimal.
std::string size_text(std::uint64_t bytes);

}  // namespace fibo
