// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <type_traits>

namespace fibo {

/// What tells a process from all others, of other machines and of earlier ones with its number too.
/// Ranks send it to each other as it lies in memory.
struct ProcessIdentity {
  std::array<char, 36> boot{};      ///< of the machine, as the kernel names it
  std::uint64_t pid_namespace = 0;  ///< in which the next is its number
  std::uint64_t process = 0;        ///< 0 where nothing is known
  std::uint64_t start_ticks = 0;    ///< since that boot

  bool operator==(const ProcessIdentity&) const = default;
};
static_assert(std::is_trivially_copyable_v<ProcessIdentity>);

ProcessIdentity this_process();

/// Ends that process by SIGKILL, which ends a stopped one too, if it is to be seen from this one.
/// @return whether it was
bool kill_process(const ProcessIdentity& identity);

}  // namespace fibo
