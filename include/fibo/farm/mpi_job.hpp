// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/farm/channel.hpp"
#include "fibo/farm/worker_thread.hpp"

#include <memory>
#include <string>

namespace fibo {

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

  /// For rank 0: the channel to all workers, `own_worker` among them, which outlives the channel.
  /// Collective, with serve() on all other ranks.
  std::unique_ptr<ProducerChannel> open_producer_channel(WorkerThread& own_worker);

  /// For the other ranks: serves rank 0 until it says stop.
  void serve(WorkerThread& worker);

 private:
  struct Boost;
  std::unique_ptr<Boost> boost_;
};

/// The MPI library that this process runs with, as it names itself, in one line.
std::string mpi_library_version();

}  // namespace fibo
