// SPDX-License-Identifier: MIT
#include "fibo/farm/scheduler.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace fibo {
namespace {

// A chunk is cut from an even share of the work that is left, and of the room for values, by this:
// with two chunks each, the workers then have half of it.
constexpr std::uint64_t parts_of_share = 4;

// A chunk in the midst of a run is this many times as long as the shortest that the producer could
// serve: it then has time to spare, and no worker waits for it.
constexpr double unhurried = 4;

// Over about so many keys costs are averaged: one giant hardly counts, and a slow drift is
// followed.
constexpr double recent_keys = 1024;

}  // namespace

Scheduler::Scheduler(KeySource& source, const std::vector<Rank>& workers, KeyModel model,
                     SchedulerLimits limits)
    : source_(source),
      model_(std::move(model)),
      limits_(limits),
      worker_count_(workers.size()),
      workers_(static_cast<std::size_t>(to_int(std::ranges::max(workers))) + 1) {
  for (const Rank worker : workers)
    state_of(worker) = {
        .in_flight = {}, .line = &idle_, .place = idle_.insert(idle_.end(), worker)};
  look_up_next();
  if (upcoming_) recent_cost_s_ = upcoming_->cost_s;
}

Scheduler::WorkerState& Scheduler::state_of(Rank worker) {
  return workers_.at(static_cast<std::size_t>(to_int(worker)));
}

void Scheduler::look_up_next() {
  const std::optional<Key> key = source_.peek();
  upcoming_.reset();
  if (key) upcoming_ = {*key, model_.cost_s(*key), model_.value_bytes(*key)};
}

// The producer's time for a chunk of k keys is dispatch_s + k take_s, and each of W workers wants
// one while it computes its own of cost k c: W (dispatch_s + k take_s) <= k c. Where the keys
// alone take more than half of the producer's time, longer chunks would spoil the balance of the
// last ones and gain little.
double Scheduler::smallest_chunk_s() const {
  const auto workers = static_cast<double>(worker_count_);
  const double share_left = 1 - workers * limits_.take_s / recent_cost_s_;
  return workers * limits_.dispatch_s / std::max(share_left, 0.5);
}

double Scheduler::largest_chunk_s() const {
  return std::max(limits_.chunk_s, unhurried * smallest_chunk_s());
}

double Scheduler::ahead_s() const {
  return std::max(limits_.ahead_s, largest_chunk_s());
}

// A wait for the producer is nothing beside a costly key. Towards the end only cheap keys go ahead:
// another worker may be free before this one is.
bool Scheduler::upcoming_may_go_ahead() const {
  const double cost_s = upcoming_->cost_s;
  return cost_s <= std::max(limits_.chunk_s, smallest_chunk_s()) ||
         (cost_s <= ahead_s() && source_.remaining_at_most() / 2 > worker_count_);
}

std::optional<Scheduler::Assignment> Scheduler::next(std::uint64_t held_bytes) {
  if (!upcoming_) return std::nullopt;
  const std::list<Rank>& line = idle_.empty() ? busy_ : idle_;
  if (line.empty()) return std::nullopt;
  if (&line == &busy_ && !upcoming_may_go_ahead()) return std::nullopt;

  const std::uint64_t used_bytes = held_bytes + in_flight_bytes_;
  const std::uint64_t budget_bytes =
      limits_.result_bytes > used_bytes ? limits_.result_bytes - used_bytes : 0;
  // With nothing in flight nobody would make room: one key goes out whatever it takes.
  if (anything_in_flight() && upcoming_->value_bytes > budget_bytes) return std::nullopt;

  const Rank worker = line.front();
  InFlight entry = cut_chunk(budget_bytes);
  Assignment assignment{worker, {.id = entry.id, .keys = entry.keys}};
  state_of(worker).in_flight.push_back(std::move(entry));
  put_in_line(worker);
  return assignment;
}

Scheduler::InFlight Scheduler::cut_chunk(std::uint64_t budget_bytes) {
  const std::uint64_t left_keys = source_.remaining_at_most();
  const double left_s = static_cast<double>(left_keys) * recent_cost_s_;
  const double chunk_s = std::clamp(left_s / static_cast<double>(parts_of_share * worker_count_),
                                    smallest_chunk_s(), largest_chunk_s());
  // An even share is not exceeded, be the chunk as small as it may.
  const auto max_keys = static_cast<std::size_t>(
      std::clamp<std::uint64_t>(left_keys / worker_count_, 1, limits_.chunk_keys));

  const std::uint64_t room_bytes =
      std::min(budget_bytes, limits_.result_bytes / (parts_of_share * worker_count_));

  InFlight entry{
      .id = next_chunk_++, .keys = {}, .returned_keys = 0, .cost_s = 0, .value_bytes = 0};
  do {
    source_.take();
    entry.keys.push_back(upcoming_->key);
    entry.cost_s += upcoming_->cost_s;
    entry.value_bytes += upcoming_->value_bytes;
    recent_cost_s_ += (upcoming_->cost_s - recent_cost_s_) / recent_keys;
    look_up_next();
  } while (upcoming_ && entry.keys.size() < max_keys &&
           entry.cost_s + upcoming_->cost_s <= chunk_s &&
           entry.value_bytes + upcoming_->value_bytes <= room_bytes);

  std::ranges::sort(entry.keys);
  smallest_in_flight_.insert(entry.keys.front());
  in_flight_bytes_ += entry.value_bytes;
  return entry;
}

Scheduler::InFlight& Scheduler::find_due(Rank worker, ChunkId chunk, Key key) {
  std::vector<InFlight>& in_flight = state_of(worker).in_flight;
  const auto entry = std::ranges::find(in_flight, chunk, &InFlight::id);
  if (entry == in_flight.end())
    throw UnexpectedResult(fmt::format("chunk {} is not in flight there", chunk));
  if (key != entry->keys[entry->returned_keys])
    throw UnexpectedResult(fmt::format("key {} of chunk {} came where {} was due", key, chunk,
                                       entry->keys[entry->returned_keys]));
  return *entry;
}

void Scheduler::returned(Rank worker, ChunkId chunk, Key key) {
  InFlight& entry = find_due(worker, chunk, key);
  if (++entry.returned_keys < entry.keys.size()) return;

  smallest_in_flight_.erase(smallest_in_flight_.find(entry.keys.front()));
  in_flight_bytes_ -= entry.value_bytes;
  std::vector<InFlight>& in_flight = state_of(worker).in_flight;
  in_flight.erase(std::ranges::find(in_flight, chunk, &InFlight::id));
  put_in_line(worker);
}

// Moves a worker to the end of the line that its chunks put it in.
void Scheduler::put_in_line(Rank worker) {
  WorkerState& state = state_of(worker);
  const auto& in_flight = state.in_flight;
  std::list<Rank>* line = &full_;
  if (in_flight.empty())
    line = &idle_;
  else if (in_flight.size() == 1 && in_flight.front().cost_s <= ahead_s())
    line = &busy_;
  line->splice(line->end(), *state.line, state.place);
  state.line = line;
}

std::optional<Key> Scheduler::settled_below() const {
  std::optional<Key> bound;
  if (upcoming_) bound = source_.floor();
  if (anything_in_flight())
    bound = std::min(bound.value_or(*smallest_in_flight_.begin()), *smallest_in_flight_.begin());
  return bound;
}

}  // namespace fibo
