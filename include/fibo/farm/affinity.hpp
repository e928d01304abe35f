// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/farm/placement.hpp"

#include <cstddef>
#include <vector>

/// On which CPUs a thread runs (sched_setaffinity(2)).
namespace fibo {

/// The CPUs that the calling thread may use; none if the system does not say.
CpuSet cpus_of_this_thread();

/// Lets the calling thread, and those that it starts from then on, use these CPUs alone. Where
/// there are none, or the system does not allow that, it stays where it is.
void run_this_thread_on(const CpuSet& cpus);

/// The numbers of these CPUs, ascending.
std::vector<std::size_t> numbers_of(const CpuSet& cpus);

/// Asks the system to let this thread run as soon as it wakes, where another computes on its core:
/// for one that runs for some microseconds at a time. Without a system that can (Linux 6.12), it
/// may wait for as long as the other's turn is, some milliseconds.
void wake_promptly();

}  // namespace fibo
