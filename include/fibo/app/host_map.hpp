// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/farm/key.hpp"
#include "fibo/farm/placement.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

/// Which ranks are on which host, and on which of its CPUs.
namespace fibo {

/// The ranks of one host.
struct HostRanks {
  std::string host;
  std::vector<std::size_t> ranks;  ///< ascending
  CpuSet cpus;                     ///< that any of them may run on
  CpuSet cores;                    ///< of these
  CpuSet available_cpus;           ///< that they could be bound to

  /// Those, ascending, for which no CPU is left that they may run on where each of the others has
  /// one: if there are any, ranks must take turns.
  [[nodiscard]] std::vector<std::size_t> surplus(const std::vector<Placement>& placements) const;
};

/// In the order of their first ranks.
std::vector<HostRanks> hosts_of(const std::vector<Placement>& placements);

/// The surplus ranks of all hosts.
std::vector<Rank> surplus_ranks(const std::vector<Placement>& placements);

/// "0-3,8": numbers in ascending order, as the kernel lists CPUs.
std::string list_of(const std::vector<std::size_t>& numbers);
std::string list_of(const CpuSet& cpus);

/// A line for each host: "node1: 4 ranks, 0-3, on CPUs 0-3, one each", and which ranks are surplus.
std::vector<std::string> host_map(const std::vector<Placement>& placements);

/// What is to be said where ranks of a host share a core by a wrong binding, while others of the
/// host's cores have none; nothing if all is well.
std::optional<std::string> shared_core_warning(const std::vector<Placement>& placements);

}  // namespace fibo
