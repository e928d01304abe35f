// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/farm/channel.hpp"
#include "fibo/farm/worker.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <stdexcept>
#include <utility>
#include <vector>

namespace fibo::test {

/// How ranks stall: at each step of one, with this chance, for up to so many steps of all.
struct Stalls {
  double chance = 0;
  std::uint64_t longest_steps = 1;
};

/// A rank that dies, or falls silent without dying, as far as anybody can tell: after so many steps
/// of all ranks it computes nothing more.
struct Fault {
  Rank rank{};
  std::uint64_t after_steps = 0;
  bool dies = true;  ///< the channel says so, as a transport does that notices; or it never will
};

/// Workers and the way to them, in one thread, in an order that a seed decides: any worker may be
/// slow, and messages of different workers overtake each other. Those of one worker keep their
/// order, as MPI's do. A rank that stalls neither computes nor has its messages delivered. Of what
/// a rank sent before its end, the last messages may get lost. Real workers answer real bytes, each
/// by a clock and at a speed of its own.
class FakeChannel final : public ProducerChannel {
 public:
  FakeChannel(int workers, const EvaluatorMaker& make_evaluator, std::uint64_t seed,
              std::size_t part_bytes = 1000, Stalls stalls = {}, std::vector<Fault> faults = {})
      : random_(seed), stalls_(stalls), faults_(std::move(faults)) {
    for (int i = 0; i < workers; ++i) {
      const Rank rank{i};
      ranks_.push_back(rank);
      Desk& desk = desks_[rank];
      desk.now_s = static_cast<double>(i);
      desk.tick_s = std::ldexp(1e-6, i % 5);
      desk.worker = std::make_unique<Worker>(
          WorkerParts{.host = "host" + std::to_string(i % 3),
                      .make_evaluator = make_evaluator,
                      .now_s = [&desk] { return desk.now_s += desk.tick_s; },
                      .make_wide_evaluator =
                          [&desk, make_evaluator](const Quantity& quantity, unsigned threads) {
                            desk.most_threads = std::max(desk.most_threads, threads);
                            return make_evaluator(quantity);
                          },
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
      let_ranks_fail();
      const std::vector<std::pair<Rank, bool>> steps = possible_steps();
      if (steps.empty()) {
        if (wait_for_a_stalled_rank()) continue;
        return std::nullopt;
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

  /// The most threads that the worker was to use for a key.
  [[nodiscard]] unsigned most_threads(Rank worker) const { return desks_.at(worker).most_threads; }

  /// The steps of all ranks so far.
  [[nodiscard]] std::uint64_t now_steps() const { return now_steps_; }

  /// Every message was received, and every worker was told to stop, but for ranks that failed.
  [[nodiscard]] bool nothing_left_over(const std::set<Rank>& given_up = {}) const {
    for (const auto& [rank, desk] : desks_)
      if (!desk.failed && !given_up.contains(rank) &&
          (!desk.to_producer.empty() || !desk.to_worker.empty() || !desk.stopped))
        return false;
    return true;
  }

 private:
  struct Desk {
    std::unique_ptr<Worker> worker;
    std::deque<Bytes> to_worker;
    std::deque<Bytes> to_producer;
    bool stopped = false;
    bool failed = false;
    unsigned most_threads = 1;
    std::uint64_t stalled_until_steps = 0;
    double now_s = 0;   ///< on the worker's clock
    double tick_s = 0;  ///< between two readings of it

    [[nodiscard]] bool can_deliver() const { return !to_producer.empty(); }
    [[nodiscard]] bool can_process() const { return !to_worker.empty() && !stopped && !failed; }
  };

  void let_ranks_fail() {
    for (const Fault& fault : faults_) {
      Desk& desk = desks_.at(fault.rank);
      if (now_steps_ < fault.after_steps || std::exchange(desk.failed, true)) continue;
      auto& sent = desk.to_producer;
      sent.resize(random_() % (sent.size() + 1));
      if (fault.dies) sent.push_back(encode(ToProducer(Lost{"it died"})));
    }
  }

  [[nodiscard]] bool some_are_silent() const {
    return std::ranges::any_of(faults_, [](const Fault& fault) { return !fault.dies; });
  }

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

  /// @return false if none will come, but time goes on, as the producer waits for a silent one
  bool wait_for_a_stalled_rank() {
    std::optional<std::uint64_t> soonest_steps;
    for (const auto& [rank, desk] : desks_)
      if (desk.can_deliver() || desk.can_process())
        soonest_steps =
            std::min(soonest_steps.value_or(desk.stalled_until_steps), desk.stalled_until_steps);
    if (soonest_steps) {
      now_steps_ = *soonest_steps;
      return true;
    }
    if (!some_are_silent())
      throw std::logic_error("the producer waits for a message that never comes");
    now_steps_ += quiet_steps;
    quiet_steps_ += quiet_steps;
    if (quiet_steps_ > longest_quiet_steps)
      throw std::logic_error("the producer waits for a rank that is silent for ever");
    return false;
  }

  static constexpr std::uint64_t quiet_steps = 100;
  static constexpr std::uint64_t longest_quiet_steps = 10'000'000;

  std::mt19937_64 random_;
  Stalls stalls_;
  std::vector<Fault> faults_;
  std::uint64_t quiet_steps_ = 0;
  std::uint64_t now_steps_ = 0;
  std::vector<Rank> ranks_;
  std::map<Rank, Desk> desks_;
};

}  // namespace fibo::test
