// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/farm/channel.hpp"
#include "fibo/farm/worker.hpp"

#include <deque>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

namespace fibo::test {

/// A worker that computes when the producer waits for an answer: a whole farm, without threads and
/// MPI.
class InPlaceChannel final : public ProducerChannel {
 public:
  explicit InPlaceChannel(WorkerParts parts)
      : worker_(std::move(parts),
                [this](Bytes message) { to_producer_.push_back(std::move(message)); }) {
    worker_.greet();
  }

  [[nodiscard]] std::vector<Rank> workers() const override { return {producer_rank}; }

  void send(Rank /*worker*/, Bytes message) override { to_worker_.push_back(std::move(message)); }

  std::optional<Envelope> receive() override {
    while (to_producer_.empty()) {
      if (to_worker_.empty())
        throw std::logic_error("the producer waits for work it did not hand out");
      const Bytes message = std::move(to_worker_.front());
      to_worker_.pop_front();
      worker_.process(message);
    }
    Envelope envelope{producer_rank, std::move(to_producer_.front())};
    to_producer_.pop_front();
    return envelope;
  }

 private:
  std::deque<Bytes> to_worker_;
  std::deque<Bytes> to_producer_;
  Worker worker_;
};

}  // namespace fibo::test
