// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/app/launch.hpp"
#include "fibo/farm/mpi_facts.hpp"
#include "fibo/farm/placement.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// What --doctor says: whether this machine and this launch are right for a run, and what to do if
/// not. All of it is a function of facts, which app/machine gathers.
namespace fibo {

/// The folder that a store is, or would be, in.
struct StoreFacts {
  std::string folder;
  std::string file_system;  ///< "ext4", "nfs", ...
  std::uint64_t free_bytes = 0;
  bool writable = false;
  bool has_locks = false;  ///< fcntl locks, which keep two runs from one store
  bool is_there = true;    ///< the folder; where it is not, nothing else is known
};

struct LaunchFacts {
  std::vector<Placement> ranks;  ///< by rank
  Launch launch;
  std::size_t slots = 0;  ///< that mpirun was given for ranks; 0 if nobody says
  bool root = false;
  bool root_allowed = false;  ///< by the variables that Open MPI asks for
  bool container = false;
  MpiFacts mpi;
  std::string_view instruction_set;  ///< that the arithmetic uses
  StoreFacts store;
};

struct Finding {
  enum class Level : std::uint8_t {
    good,
    note,     ///< worth knowing; nothing is slowed or stopped by it
    problem,  ///< would slow or stop a run
  };
  Level level = Level::good;
  std::string subject;
  std::string says;
  std::string fix{};  ///< what to do, for a problem always
};

/// One finding at least on each subject, in the order in which they are to be read.
std::vector<Finding> examine(const LaunchFacts& facts);

/// The findings as a page for people.
std::string doctor_page(const LaunchFacts& facts, const std::vector<Finding>& findings);

}  // namespace fibo
