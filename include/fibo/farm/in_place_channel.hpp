// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/farm/channel.hpp"
#include "fibo/farm/worker.hpp"

#include <deque>

namespace fibo {

/// Rank 0 alone: its worker computes when the producer waits for an answer. No thread and no MPI:
/// the serial baseline, and what to run in a debugger.
class InPlaceChannel final : public ProducerChannel {
 public:
  explicit InPlaceChannel(WorkerParts parts);

  [[nodiscard]] std::vector<Rank> workers() const override { return {producer_rank}; }
  void send(Rank worker, Bytes message) override;
  Envelope receive() override;

 private:
  std::deque<Bytes> to_worker_;
  std::deque<Bytes> to_producer_;
  Worker worker_;
};

}  // namespace fibo
