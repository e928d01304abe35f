// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/farm/placement.hpp"

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <vector>

namespace fibo::test {

/// CPUs first to last.
inline CpuSet cpus(std::size_t first, std::size_t last) {
  CpuSet set;
  for (std::size_t cpu = first; cpu <= last; ++cpu) set.set(cpu);
  return set;
}

/// A rank on a host of 64 GiB with CPUs 0 to host_cpus - 1, each a core, bound to `bound`.
inline Placement placed(std::string_view host, const CpuSet& bound, std::size_t host_cpus) {
  Placement placement;
  placement.host = ShortText<64>(host);
  placement.mpi_library = ShortText<64>("Open MPI v4.1.4");
  placement.commit = ShortText<48>("abc");
  placement.cpus = placement.cores = bound;
  placement.available_cpus = cpus(0, host_cpus - 1);
  placement.available_cores = static_cast<std::uint32_t>(host_cpus);
  placement.memory_bytes = placement.machine_bytes = std::uint64_t{64} << 30;
  placement.shared_memory_bytes = std::uint64_t{32} << 30;
  return placement;
}

/// `ranks` ranks on such a host, rank i bound to CPU i.
inline std::vector<Placement> one_each(std::string_view host, std::size_t ranks,
                                       std::size_t host_cpus) {
  std::vector<Placement> placements;
  for (std::size_t i = 0; i < ranks; ++i) placements.push_back(placed(host, cpus(i, i), host_cpus));
  return placements;
}

/// Those of several hosts, one after the other.
inline std::vector<Placement> joined(std::initializer_list<std::vector<Placement>> hosts) {
  std::vector<Placement> all;
  for (const auto& host : hosts) all.insert(all.end(), host.begin(), host.end());
  return all;
}

}  // namespace fibo::test
