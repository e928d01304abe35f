// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/app/launch.hpp"
#include "fibo/farm/clock.hpp"
#include "fibo/farm/placement.hpp"
#include "fibo/farm/producer.hpp"

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <limits>
#include <string>
#include <vector>

namespace fibo {

class Terminal;

/// What rank 0 needs of the world beside the farm.
struct Surroundings {
  std::string host;            ///< the name of this machine
  std::ostream& err;           ///< for people
  Clock now_s;                 ///< of all times, those of the farm included
  std::uint64_t memory_bytes;  ///< what the ranks of this machine may use together
  /// What this process may still map (ulimit -v).
  std::uint64_t address_space_bytes = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t process_bytes = 0;  ///< what it takes without values and arithmetic
  std::uint64_t random_seed;        ///< for random keys whose seed the user did not give
  /// The number of the signal that asks the program to end; 0 while there is none.
  std::function<int()> signal = [] { return 0; };
  /// How long a rank may be silent, in seconds, beyond what its keys take (see Watch).
  double silence_s = Watch{}.silence_s;
  Launch launch = {};
  std::vector<Placement> placements = {};  ///< of all ranks, by rank
  Clock cpu_s = thread_cpu_s;              ///< what the producer's thread has computed
  Terminal* terminal = nullptr;            ///< that `err` goes to, if it goes to one
  bool results_on_terminal = false;        ///< stdout goes to one
  bool results_in_pipe = false;            ///< stdout goes to another program
  bool color = false;                      ///< terminals show it, and it is not unwanted
};

}  // namespace fibo
