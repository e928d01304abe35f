// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/farm/channel.hpp"
#include "fibo/farm/worker.hpp"

#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <stdexcept>
#include <utility>
#include <vector>

namespace fibo::test {

/// How ranks stall: at each step of one, with this chance, for up to so many steps of all.
struct Stalls {
  double chance = 0;
  std::uint64_t longest_steps = 1;
};

/// Workers and the way to them, in one thread, in an order that a seed decides: any worker may be
/// slow, and messages of different workers overtake each other. Those of one worker keep their
/// order, as MPI's do. A rank that stalls neither computes nor has its messages delivered. Real
/// workers answer real bytes.
class FakeChannel final : public ProducerChannel {
 public:
  FakeChannel(int workers, const EvaluatorMaker& make_evaluator, std::uint64_t seed,
              std::size_t part_bytes = 1000, Stalls stalls = {})
      : random_(seed), stalls_(stalls) {
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

  std::optional<Envelope> receive() override {
    for (;;) {
      const std::vector<std::pair<Rank, bool>> steps = possible_steps();
      if (steps.empty()) {
        wait_for_a_stalled_rank();
        continue;
      }
      ++now_steps_;
      const auto [rank, deliver] = steps[random_() % steps.size()];
      Desk& desk = desks_.at(rank);
      if (std::bernoulli_distribution(stalls_.chance)(random_)) {
        desk.stalled_until_steps = now_steps_ + 1 + random_() % stalls_.longest_steps;
        continue;
      }
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

  /// The rank neither computes nor has its messages delivered for the first so many steps of all.
  void silence(Rank worker, std::uint64_t steps) { desks_.at(worker).stalled_until_steps = steps; }

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
    std::uint64_t stalled_until_steps = 0;

    [[nodiscard]] bool can_deliver() const { return !to_producer.empty(); }
    [[nodiscard]] bool can_process() const { return !to_worker.empty() && !stopped; }
  };

  // Each is of a rank, and delivers a message to the producer or has the worker process one.
  [[nodiscard]] std::vector<std::pair<Rank, bool>> possible_steps() const {
    std::vector<std::pair<Rank, bool>> steps;
    for (const auto& [rank, desk] : desks_) {
      if (desk.stalled_until_steps > now_steps_) continue;
      if (desk.can_deliver()) steps.emplace_back(rank, true);
      if (desk.can_process()) steps.emplace_back(rank, false);
    }
    return steps;
  }

  void wait_for_a_stalled_rank() {
    std::optional<std::uint64_t> soonest_steps;
    for (const auto& [rank, desk] : desks_)
      if (desk.can_deliver() || desk.can_process())
        soonest_steps =
            std::min(soonest_steps.value_or(desk.stalled_until_steps), desk.stalled_until_steps);
    if (!soonest_steps) throw std::logic_error("the producer waits for a message that never comes");
    now_steps_ = *soonest_steps;
  }

  std::mt19937_64 random_;
  Stalls stalls_;
  std::uint64_t now_steps_ = 0;
  std::vector<Rank> ranks_;
  std::map<Rank, Desk> desks_;
};

}  // namespace fibo::test
