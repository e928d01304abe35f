// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/farm/channel.hpp"
#include "fibo/farm/worker.hpp"

#include <deque>
#include <map>
#include <memory>
#include <random>
#include <stdexcept>
#include <utility>
#include <vector>

namespace fibo::test {

/// Workers and the way to them, in one thread, in an order that a seed decides: any worker may be
/// slow, and messages of different workers overtake each other. Those of one worker keep their
/// order, as MPI's do. Real workers answer real bytes.
class FakeChannel final : public ProducerChannel {
 public:
  FakeChannel(int workers, const EvaluatorMaker& make_evaluator, std::uint64_t seed,
              std::size_t part_bytes = 1000)
      : random_(seed) {
    for (int i = 0; i < workers; ++i) {
      const Rank rank{i};
      ranks_.push_back(rank);
      Desk& desk = desks_[rank];
      desk.worker = std::make_unique<Worker>(
          WorkerParts{.host = "host" + std::to_string(i % 3),
                      .make_evaluator = make_evaluator,
                      .now_s = [] { return 0.0; },
                      .part_bytes = part_bytes},
          [&desk](Bytes message) { desk.to_producer.push_back(std::move(message)); });
      desk.worker->greet();
    }
  }

  [[nodiscard]] std::vector<Rank> workers() const override { return ranks_; }

  void send(Rank worker, Bytes message) override {
    desks_.at(worker).to_worker.push_back(std::move(message));
  }

  Envelope receive() override {
    for (;;) {
      std::vector<std::pair<Rank, bool>> steps;
      for (auto& [rank, desk] : desks_) {
        if (!desk.to_producer.empty()) steps.emplace_back(rank, true);
        if (!desk.to_worker.empty() && !desk.stopped) steps.emplace_back(rank, false);
      }
      if (steps.empty())
        throw std::logic_error("the producer waits for a message that never comes");
      const auto [rank, deliver] = steps[random_() % steps.size()];
      Desk& desk = desks_.at(rank);
      if (deliver) {
        Envelope envelope{rank, std::move(desk.to_producer.front())};
        desk.to_producer.pop_front();
        return envelope;
      }
      const Bytes message = std::move(desk.to_worker.front());
      desk.to_worker.pop_front();
      desk.stopped = !desk.worker->process(message);
    }
  }

  /// Puts a message into a worker's mouth.
  void forge(Rank worker, Bytes message) {
    desks_.at(worker).to_producer.push_back(std::move(message));
  }

  /// Every message was received, and every worker was told to stop.
  [[nodiscard]] bool nothing_left_over() const {
    for (const auto& [rank, desk] : desks_)
      if (!desk.to_producer.empty() || !desk.to_worker.empty() || !desk.stopped) return false;
    return true;
  }

 private:
  struct Desk {
    std::unique_ptr<Worker> worker;
    std::deque<Bytes> to_worker;
    std::deque<Bytes> to_producer;
    bool stopped = false;
  };

  std::mt19937_64 random_;
  std::vector<Rank> ranks_;
  std::map<Rank, Desk> desks_;
};

}  // namespace fibo::test
