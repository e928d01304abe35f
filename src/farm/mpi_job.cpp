// SPDX-License-Identifier: MIT
#include "fibo/farm/mpi_job.hpp"

#include "fibo/farm/mpi_channel.hpp"

#include <array>

#include <boost/mpi/communicator.hpp>
#include <boost/mpi/environment.hpp>
#include <mpi.h>

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

std::string mpi_library_version() {
  std::array<char, MPI_MAX_LIBRARY_VERSION_STRING> text{};
  int length = 0;
  MPI_Get_library_version(text.data(), &length);
  const std::string whole(text.data(), static_cast<std::size_t>(length));
  return whole.substr(0, whole.find_first_of(",\n"));
}

}  // namespace fibo
