// SPDX-License-Identifier: MIT
#include "fibo/farm/mpi_job.hpp"

#include "fibo/farm/mpi_channel.hpp"
#include "fibo/farm/mpi_failure.hpp"

#include <cstdlib>

#include <boost/mpi/communicator.hpp>
#include <boost/mpi/environment.hpp>

namespace fibo {

namespace {

// Beside the farm's own.
constexpr int placement_tag = 2;

}  // namespace

struct MpiJob::Boost {
  boost::mpi::environment environment;
  boost::mpi::communicator world;

  // An exception is for whoever catches it, not for MPI_Abort().
  Boost(int& argc, char**& argv)
      : environment(argc, argv, boost::mpi::threading::funneled, false) {}
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

// One by one, as a collective call fails for all if one of them has died by now. A rank that has is
// in the place that says nothing; whoever waits for it hears of it later.
std::vector<Placement> MpiJob::gather(const Placement& own) {
  if (rank() != 0) {
    unless_dead([&] {
      boost_->world.send(0, placement_tag, reinterpret_cast<const char*>(&own), int{sizeof own});
    });
    return {};
  }
  std::vector<Placement> all(static_cast<std::size_t>(size()));
  all.front() = own;
  for (int from = 1; from < size(); ++from) {
    Placement& place = all[static_cast<std::size_t>(from)];
    unless_dead([&] {
      boost_->world.recv(from, placement_tag, reinterpret_cast<char*>(&place), int{sizeof place});
    });
    if (place.host.text().empty()) place.host = ShortText<64>("?");
  }
  processes_.clear();
  for (const Placement& place : all) processes_.push_back(place.process);
  return all;
}

ProducerChannel& MpiJob::open_producer_channel(WorkerThread& own_worker) {
  channel_ = std::make_unique<MpiProducerChannel>(boost_->world, own_worker);
  return *channel_;
}

bool MpiJob::say_farewell() {
  const bool together = channel_->say_farewell();
  missing_ranks_ = channel_->missing_ranks();
  channel_.reset();
  return together;
}

void MpiJob::leave(int exit_code) const {
  if (outlives_dead_ranks()) {
    bool is_alone = true;
    for (const int rank : missing_ranks_)
      is_alone &= kill_process(processes_[static_cast<std::size_t>(rank)]);
    if (!is_alone) boost::mpi::environment::abort(exit_code);
  }
  std::_Exit(exit_code);
}

ServiceEnd MpiJob::serve(WorkerThread& worker, const std::function<int()>& signal) {
  return run_worker_rank(boost_->world, worker, signal);
}

}  // namespace fibo
