// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/farm/channel.hpp"
#include "fibo/farm/placement.hpp"
#include "fibo/farm/process_identity.hpp"
#include "fibo/farm/service_end.hpp"
#include "fibo/farm/worker_thread.hpp"

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace fibo {

class MpiProducerChannel;

/// This process as a rank of an MPI job, from MPI_Init to MPI_Finalize. Started without mpirun it
/// is a job of one rank. At most one lives at a time, on the first thread.
class MpiJob {
 public:
  /// Collective. Asks for MPI_THREAD_FUNNELED. argv loses what is MPI's own.
  MpiJob(int& argc, char**& argv);
  MpiJob(const MpiJob&) = delete;
  MpiJob& operator=(const MpiJob&) = delete;
  ~MpiJob();

  [[nodiscard]] int rank() const;
  [[nodiscard]] int size() const;
  [[nodiscard]] std::string host() const;

  /// Where all ranks are, by rank; nothing on other ranks than 0. Collective, and blocking until
  /// all ranks are there. All ranks run one binary, and so write a Placement alike.
  [[nodiscard]] std::vector<Placement> gather(const Placement& own);

  /// For rank 0: the channel to all workers, `own_worker` among them, which outlives the job's use
  /// of it. Collective, with serve() on all other ranks.
  ProducerChannel& open_producer_channel(WorkerThread& own_worker);

  /// For rank 0: closes the channel, and lets the other ranks go.
  /// @return whether MPI can be finalized. If not, a rank has died, may die or does not answer, and
  ///         would be waited for in vain: this process must end by std::_Exit, without destroying
  ///         the job.
  bool say_farewell();

  /// Ends this process where MPI cannot be finalized. mpirun that lets a job outlive its dead waits
  /// for a rank that does not answer, or leaves it behind: rank 0 kills those of its machine, and
  /// has mpirun end the job if there are others.
  [[noreturn]] void leave(int exit_code) const;

  /// For the other ranks: serves rank 0 until it says farewell, or has died.
  /// @param signal  the number of the signal that asks this rank to end the run; 0 while there is
  ///                none
  ServiceEnd serve(
      WorkerThread& worker, const std::function<int()>& signal = [] { return 0; });

 private:
  struct Boost;
  std::unique_ptr<Boost> boost_;
  std::unique_ptr<MpiProducerChannel> channel_;
  std::vector<ProcessIdentity> processes_;  ///< of all ranks, on rank 0
  std::set<int> missing_ranks_;
};

}  // namespace fibo
