// SPDX-License-Identifier: MIT
#include "farm_simulation.hpp"

#include <algorithm>
#include <cstddef>
#include <deque>
#include <queue>
#include <random>
#include <stdexcept>
#include <utility>
#include <vector>

namespace fibo::simulation {
namespace {

std::vector<Rank> all_ranks(int count) {
  std::vector<Rank> ranks;
  ranks.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) ranks.push_back(Rank{i});
  return ranks;
}

class Simulation {
 public:
  Simulation(const FarmModel& farm, KeySource& source, const Load& load,
             const SchedulerLimits& limits)
      : farm_(farm),
        load_(load),
        scheduler_(source, all_ranks(farm.ranks), load.model, limits),
        workers_(static_cast<std::size_t>(farm.ranks)) {}

  Outcome run() {
    // Each worker is sent the job and has said hello.
    for (int i = 0; i < farm_.ranks; ++i) producer_.inbox.push_back({Rank{i}, Chunk{}, 0});
    hand_out(spend(farm_.message_s * farm_.ranks, 0));
    while (!scheduler_.finished()) {
      if (events_.empty()) throw std::logic_error("keys are left, and nobody has any of them");
      const Event event = events_.top();
      events_.pop();
      switch (event.what) {
        case What::chunk_arrives:
          take_chunk(event.rank, event.at_s);
          break;
        case What::chunk_is_done:
          finish_chunk(event.rank, event.at_s);
          break;
        case What::results_arrive:
          take_results(event.rank, event.at_s);
          break;
        case What::producer_serves:
          serve(event.at_s);
          break;
      }
    }
    double speeds = 0;
    for (const Rank rank : all_ranks(farm_.ranks)) speeds += farm_.speed(rank);
    const double fair_share_s = outcome_.computing_s / speeds;
    outcome_.efficiency = fair_share_s / outcome_.makespan_s;
    outcome_.over_bound = outcome_.makespan_s / std::max(fair_share_s, outcome_.longest_key_s);
    outcome_.producer_busy = producer_.busy_s / outcome_.makespan_s;
    return outcome_;
  }

 private:
  enum class What { chunk_arrives, chunk_is_done, results_arrive, producer_serves };

  struct Event {
    double at_s;
    std::uint64_t order;  ///< of events of one time: as they were foreseen
    What what;
    Rank rank;

    bool operator>(const Event& other) const {
      return std::pair(at_s, order) > std::pair(other.at_s, other.order);
    }
  };

  struct Letter {
    Rank from;
    Chunk chunk;
    double computed_s = 0;
  };

  struct WorkerState {
    std::deque<Chunk> coming;   ///< sent, not seen yet
    std::deque<Chunk> waiting;  ///< the first one is being computed
    std::deque<Letter> done;    ///< not seen by the producer yet
    double last_message_s = 0;
    double chunk_s = 0;          ///< what the first one takes
    double producer_busy_s = 0;  ///< the producer's, when the time of this chunk was last foreseen
  };

  struct Producer {
    std::deque<Letter> inbox;
    bool awake = true;
    double idle_since_s = 0;
    double busy_s = 0;
  };

  WorkerState& worker(Rank rank) { return workers_[static_cast<std::size_t>(to_int(rank))]; }

  void foresee(double at_s, What what, Rank rank) {
    events_.push({at_s, events_seen_++, what, rank});
  }

  // What is left of a nap when a message comes to a rank that has had none for so long.
  double rest_of_nap_s(double waited_s) {
    const double nap_s = std::min(farm_.longest_nap_s, waited_s);
    return nap_s * static_cast<double>(random_()) / static_cast<double>(std::mt19937::max());
  }

  // The producer is at work for `duration_s`; returns when it is done.
  double spend(double duration_s, double now_s) {
    producer_.busy_s += duration_s;
    return now_s + duration_s;
  }

  void hand_out(double now_s) {
    while (auto assignment = scheduler_.next(0)) {
      ++outcome_.chunks;
      now_s = spend(farm_.message_s, now_s);
      WorkerState& to = worker(assignment->worker);
      to.coming.push_back(std::move(assignment->chunk));
      const double arrival_s = now_s + farm_.wire_s;
      foresee(arrival_s + rest_of_nap_s(arrival_s - to.last_message_s), What::chunk_arrives,
              assignment->worker);
    }
    producer_.awake = !producer_.inbox.empty();
    producer_.idle_since_s = now_s;
    if (producer_.awake) foresee(now_s, What::producer_serves, producer_rank);
    outcome_.makespan_s = now_s;
  }

  void take_chunk(Rank rank, double now_s) {
    WorkerState& state = worker(rank);
    state.last_message_s = now_s;
    state.waiting.push_back(std::move(state.coming.front()));
    state.coming.pop_front();
    if (state.waiting.size() == 1) begin_chunk(rank, now_s);
  }

  void begin_chunk(Rank rank, double now_s) {
    WorkerState& state = worker(rank);
    double cost_s = 0;
    for (const Key key : state.waiting.front().keys) {
      const double key_s = load_.true_cost_s(key);
      cost_s += key_s;
      outcome_.longest_key_s = std::max(outcome_.longest_key_s, key_s);
    }
    outcome_.keys += state.waiting.front().keys.size();
    outcome_.computing_s += cost_s;
    state.producer_busy_s = producer_.busy_s;
    state.chunk_s = cost_s / farm_.speed(rank);
    foresee(now_s + state.chunk_s, What::chunk_is_done, rank);
  }

  void finish_chunk(Rank rank, double now_s) {
    WorkerState& state = worker(rank);
    if (rank == producer_rank) {
      const double stood_still_s =
          producer_.busy_s - std::exchange(state.producer_busy_s, producer_.busy_s);
      state.chunk_s += stood_still_s;
      if (stood_still_s > 0) return foresee(now_s + stood_still_s, What::chunk_is_done, rank);
    }
    state.last_message_s = now_s;
    state.done.push_back({rank, std::move(state.waiting.front()), state.chunk_s});
    state.waiting.pop_front();
    foresee(now_s + farm_.wire_s, What::results_arrive, rank);
    if (!state.waiting.empty()) begin_chunk(rank, now_s);
  }

  void take_results(Rank rank, double now_s) {
    WorkerState& state = worker(rank);
    producer_.inbox.push_back(std::move(state.done.front()));
    state.done.pop_front();
    if (std::exchange(producer_.awake, true)) return;
    foresee(now_s + rest_of_nap_s(now_s - producer_.idle_since_s), What::producer_serves,
            producer_rank);
  }

  void serve(double now_s) {
    const Letter letter = std::move(producer_.inbox.front());
    producer_.inbox.pop_front();
    double duration_s = farm_.message_s;
    if (!letter.chunk.keys.empty())
      scheduler_.computed(letter.from, letter.chunk.id, letter.computed_s);
    for (const Key key : letter.chunk.keys) {
      scheduler_.returned(letter.from, letter.chunk.id, key);
      duration_s += farm_.key_s + farm_.byte_s * static_cast<double>(load_.model.value_bytes(key));
    }
    hand_out(spend(duration_s, now_s));
  }

  const FarmModel& farm_;
  const Load& load_;
  Scheduler scheduler_;
  Producer producer_;
  std::vector<WorkerState> workers_;
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
  std::uint64_t events_seen_ = 0;
  std::mt19937 random_;
  Outcome outcome_;
};

}  // namespace

Outcome simulate(const FarmModel& farm, KeySource& source, const Load& load,
                 const SchedulerLimits& limits) {
  return Simulation(farm, source, load, limits).run();
}

}  // namespace fibo::simulation
