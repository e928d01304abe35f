// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/farm/channel.hpp"
#include "fibo/farm/worker.hpp"

#include <deque>

namespace fibo {

/// A worker that computes when the producer waits for an answer. No thread and no MPI: the serial
/// baseline, and what tests and debuggers run.
class InPlaceChannel final : public ProducerChannel {
 public:
  explicit InPlaceChannel(WorkerParts parts);

  [[nodiscard]] std::vector<Rank> workers() const override { return {producer_rank}; }
  void send(Rank worker, Bytes message) override;
  std::optional<Envelope> receive() override;

 private:
  std::deque<Bytes> to_worker_;
  std::deque<Bytes> to_producer_;
  Worker worker_;
};

}  // namespace fibo
