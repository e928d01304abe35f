// SPDX-License-Identifier: MIT
#include "fibo/farm/mpi_job.hpp"

#include "fibo/farm/mpi_channel.hpp"

#include <boost/mpi/collectives/gather.hpp>
#include <boost/mpi/communicator.hpp>
#include <boost/mpi/environment.hpp>

namespace fibo {

struct MpiJob::Boost {
  boost::mpi::environment environment;
  boost::mpi::communicator world;

  Boost(int& argc, char**& argv) : environment(argc, argv, boost::mpi::threading::funneled) {}
};

MpiJob::MpiJob(int& argc, char**& argv) : boost_(std::make_unique<Boost>(argc, argv)) {}

MpiJob::~MpiJob() = default;

int MpiJob::rank() const {
  return boost_->world.rank();
}

int MpiJob::size() const {
  return boost_->world.size();
}

std::string MpiJob::host() const {
  return boost::mpi::environment::processor_name();
}

std::vector<Placement> MpiJob::gather(const Placement& own) const {
  std::vector<Placement> all;
  if (rank() == 0) all.resize(static_cast<std::size_t>(size()));
  boost::mpi::gather(boost_->world, reinterpret_cast<const char*>(&own), int{sizeof own},
                     reinterpret_cast<char*>(all.data()), 0);
  return all;
}

ProducerChannel& MpiJob::open_producer_channel(WorkerThread& own_worker) {
  channel_ = std::make_unique<MpiProducerChannel>(boost_->world, own_worker);
  return *channel_;
}

bool MpiJob::say_farewell() {
  const bool together = channel_->say_farewell();
  channel_.reset();
  return together;
}

bool MpiJob::serve(WorkerThread& worker, const std::function<int()>& signal) {
  return run_worker_rank(boost_->world, worker, signal);
}

}  // namespace fibo
