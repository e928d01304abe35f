// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include <boost/mpi/communicator.hpp>
#include <boost/mpi/exception.hpp>

/// Ranks that have died, as User-Level Failure Mitigation tells it: Open MPI 5 under
/// `mpirun --with-ft ulfm`. Elsewhere mpirun ends the job with the first of its ranks that dies,
/// and no error here is ever one of those.
namespace fibo {

/// Whether the MPI of the build can tell of dead ranks.
bool has_ulfm();

/// Whether the survivors of a dead rank can go on: the MPI has ULFM, and mpirun was told to use it.
bool outlives_dead_ranks();

/// Whether an MPI call failed because another rank is dead.
bool is_rank_failure(const boost::mpi::exception& error);

/// Makes MPI calls; returns false if one of them failed because another rank is dead.
template <class Calls>
bool unless_dead(const Calls& calls) {
  try {
    calls();
    return true;
  } catch (const boost::mpi::exception& error) {
    if (!is_rank_failure(error)) throw;
    return false;
  }
}

/// The ranks of `comm` that are known to have died so far; calls that take messages from any source
/// go on after this. Local, does not block.
std::vector<int> acknowledge_dead_ranks(const boost::mpi::communicator& comm);

}  // namespace fibo
