// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/farm/process_identity.hpp"

#include <algorithm>
#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>

namespace fibo {

/// Hardware threads of one machine by the number that the system gives them, as many as Linux's
/// cpu_set_t has.
using CpuSet = std::bitset<1024>;

/// A short text without memory of its own, cut where it is too long.
template <std::size_t most>
class ShortText {
 public:
  ShortText() = default;
  explicit ShortText(std::string_view text) { text.copy(characters_.data(), most); }

  [[nodiscard]] std::string text() const {
    return {characters_.begin(), std::ranges::find(characters_, '\0')};
  }

 private:
  std::array<char, most> characters_{};
};

/// Where a rank runs, and what that place offers. Ranks send it to each other as it lies in memory.
struct Placement {
  ShortText<64> host;
  ShortText<64> mpi_library;  ///< as it names itself
  ShortText<48> commit;       ///< that the program was built from

  CpuSet cpus;                        ///< that it may run on
  CpuSet cores;                       ///< of these, one for each core: its first
  CpuSet available_cpus;              ///< that it could be bound to
  std::uint32_t available_cores = 0;  ///< that these are of
  double cpu_quota = 0;               ///< the CPUs that its cgroup may use; 0 for all

  ProcessIdentity process;

  std::uint64_t memory_bytes = 0;         ///< that it may use
  std::uint64_t machine_bytes = 0;        ///< of memory
  std::uint64_t shared_memory_bytes = 0;  ///< that are free in /dev/shm
  /// What the rank may still map (ulimit -v).
  std::uint64_t address_space_bytes = std::numeric_limits<std::uint64_t>::max();
};
static_assert(std::is_trivially_copyable_v<Placement>);

}  // namespace fibo
