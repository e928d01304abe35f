// SPDX-License-Identifier: MIT
#include "fibo/farm/affinity.hpp"

#include <cstdint>

#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

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

void wake_promptly() {
  // As sched_setattr(2) gives it; the header that declares it clashes with <sched.h>.
  struct {
    std::uint32_t size;
    std::uint32_t sched_policy;
    std::uint64_t sched_flags;
    std::int32_t sched_nice;
    std::uint32_t sched_priority;
    std::uint64_t sched_runtime;
    std::uint64_t sched_deadline;
    std::uint64_t sched_period;
  } attributes{};
  if (::syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 0) != 0) return;
  if (attributes.sched_policy != SCHED_OTHER) return;
  attributes.sched_runtime = 100'000;  // ns; its turn, and how long others may be ahead of it
  ::syscall(SYS_sched_setattr, 0, &attributes, 0);
}

}  // namespace fibo
