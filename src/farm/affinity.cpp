// SPDX-License-Identifier: MIT
#include "fibo/farm/affinity.hpp"

#include <sched.h>

namespace fibo {

static_assert(CpuSet().size() == CPU_SETSIZE);

CpuSet cpus_of_this_thread() {
  cpu_set_t set;
  CPU_ZERO(&set);
  CpuSet cpus;
  if (::sched_getaffinity(0, sizeof set, &set) != 0) return cpus;
  for (std::size_t cpu = 0; cpu < cpus.size(); ++cpu) cpus[cpu] = CPU_ISSET(cpu, &set);
  return cpus;
}

void run_this_thread_on(const CpuSet& cpus) {
  if (cpus.none()) return;
  cpu_set_t set;
  CPU_ZERO(&set);
  for (const std::size_t cpu : numbers_of(cpus)) CPU_SET(cpu, &set);
  ::sched_setaffinity(0, sizeof set, &set);
}

std::vector<std::size_t> numbers_of(const CpuSet& cpus) {
  std::vector<std::size_t> numbers;
  for (std::size_t cpu = 0; cpu < cpus.size(); ++cpu)
    if (cpus[cpu]) numbers.push_back(cpu);
  return numbers;
}

}  // namespace fibo
