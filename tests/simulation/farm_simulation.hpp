// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/farm/key_source.hpp"
#include "fibo/farm/scheduler.hpp"

#include <cstdint>
#include <functional>

/// A discrete-event simulation of the farm: fibo::Scheduler itself, with a model in the place of
/// messages, ranks and arithmetic.
///
/// Rank 0 serves one message at a time, in the order of their arrival, then hands out all that the
/// scheduler will give. Its own worker shares a core with that service, and stands still meanwhile.
/// A rank that waits for messages sleeps between two looks for one, the longer the longer nothing
/// came, so a message lies there for part of a nap.
namespace fibo::simulation {

/// The times of a farm, in seconds. The defaults are those measured of this program on one node of
/// 2 cores (Open MPI 4.1, AMD EPYC); the wire is a usual interconnect's.
struct FarmModel {
  int ranks = 2;
  double message_s = 5e-6;      ///< rank 0's time for a message, out or in
  double key_s = 0.25e-6;       ///< and beyond that for a key: its model, map and line of output
  double byte_s = 1.4e-9;       ///< and for a byte of a value: receive, decode, format, write
  double wire_s = 2e-6;         ///< from a send to the moment when the message can be seen
  double longest_nap_s = 1e-3;  ///< between two looks for messages (nap.hpp)
  /// A rank's speed: what takes 1 s as the load says takes this one 1 / speed.
  std::function<double(Rank)> speed = [](Rank) { return 1.0; };
};

/// The keys of a run.
struct Load {
  std::function<double(Key)> true_cost_s;  ///< what a key takes, which the scheduler only estimates
  KeyModel model;                          ///< what the scheduler knows
};

struct Outcome {
  std::uint64_t keys = 0;
  std::uint64_t chunks = 0;
  double makespan_s = 0;   ///< from the producer's first message to the last result it has taken
  double computing_s = 0;  ///< of all keys, at speed 1
  double longest_key_s = 0;
  double efficiency = 0;     ///< computing_s / (all speeds together * makespan_s)
  double over_bound = 0;     ///< makespan_s / max(computing_s / all speeds, longest_key_s)
  double producer_busy = 0;  ///< the share of the makespan in which rank 0 serves messages
};

/// Runs all keys of `source`. The same arguments give the same outcome.
/// @throws std::logic_error  if the scheduler stops handing out before all keys have come back
Outcome simulate(const FarmModel& farm, KeySource& source, const Load& load,
                 const SchedulerLimits& limits);

}  // namespace fibo::simulation
