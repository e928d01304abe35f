// SPDX-License-Identifier: MIT
#include "fibo/farm/scheduler.hpp"

#include "fibo/farm/saturating_add.hpp"

#include <algorithm>
#include <iterator>
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

// A rank is slow beside one that is so many times as fast, and gets smaller chunks below such a
// part of the mean speed: less may be chance.
constexpr double much_faster = 2;
constexpr double slow_speed = 0.7;

}  // namespace

Scheduler::Scheduler(KeySource& source, const std::vector<Rank>& workers, KeyModel model,
                     SchedulerLimits limits)
    : source_(source),
      model_(std::move(model)),
      limits_(limits),
      worker_count_(workers.size()),
      workers_(static_cast<std::size_t>(to_int(std::ranges::max(workers))) + 1),
      calibration_(workers_.size()) {
  for (const Rank worker : workers)
    state_of(worker) = {
        .in_flight = {}, .line = &idle_, .place = idle_.insert(idle_.end(), worker)};
  for (const Rank worker : limits_.surplus) {
    state_of(worker).is_surplus = true;
    put_in_line(worker);
  }
  look_up_next();
  if (upcoming_) recent_estimate_s_ = upcoming_->estimate_s;
}

Scheduler::WorkerState& Scheduler::state_of(Rank worker) {
  return workers_.at(static_cast<std::size_t>(to_int(worker)));
}

void Scheduler::look_up_next() {
  const std::optional<Key> key = source_.peek();
  const std::optional<Upcoming> before = std::exchange(upcoming_, std::nullopt);
  if (!key) return;
  const bool follows = model_.cost_after_s && before && before->key < *key;
  const double estimate_s =
      follows ? model_.cost_after_s(*key, *key - before->key) : model_.cost_s(*key);
  upcoming_ = {*key, estimate_s, estimate_s * calibration_.correction(estimate_s),
               model_.value_bytes(*key)};
}

// The producer's time for a chunk of k keys is dispatch_s + k take_s, and each of W workers wants
// one while it computes its own of cost k c: W (dispatch_s + k take_s) <= k c. Where the keys
// alone take more than half of the producer's time, longer chunks would spoil the balance of the
// last ones and gain little.
double Scheduler::smallest_chunk_s() const {
  const auto workers = static_cast<double>(worker_count_);
  const double share_left = 1 - workers * limits_.take_s / recent_cost_s();
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

// Slow workers have enough with one chunk once the others would be done with all that is left
// before they would begin with another.
void Scheduler::let_slow_workers_be() {
  while (!busy_.empty()) {
    const Rank worker = busy_.front();
    const bool is_slow = calibration_.speed(worker) < slow_speed;
    if (!is_slow || even_share_s() > 2 * in_flight_cost_s(worker)) return;
    full_.splice(full_.end(), busy_, busy_.begin());
    state_of(worker).line = &full_;
  }
}

std::optional<Scheduler::Assignment> Scheduler::next(std::uint64_t held_bytes) {
  const std::uint64_t used_bytes = held_bytes + in_flight_bytes_;
  const std::uint64_t budget_bytes =
      limits_.result_bytes > used_bytes ? limits_.result_bytes - used_bytes : 0;
  if (!again_.empty()) {
    if (auto assignment = next_again(budget_bytes)) return assignment;
    // Nothing goes ahead to busy workers, so that the next one to come free takes one of these.
    if (idle_.empty() && idle_surplus_.empty()) return std::nullopt;
  }

  if (!upcoming_) return std::nullopt;
  // One who is much slower than another idle one stands back.
  if (idle_.size() > 1 && calibration_.speed(*std::next(idle_.begin())) >
                              much_faster * calibration_.speed(idle_.front()))
    idle_.splice(idle_.end(), idle_, idle_.begin());
  const bool stays = is_not_worth_sending();
  if (!stays) let_slow_workers_be();
  const std::optional<Rank> worker = stays ? own_if_free() : who_is_next();
  if (!worker) return std::nullopt;

  // With nothing in flight nobody would make room: one key goes out whatever it takes.
  if (anything_in_flight() && upcoming_->value_bytes > budget_bytes) return std::nullopt;

  return hand_out(*worker, cut_chunk(budget_bytes, stays ? most_at_once() : share_of(*worker)));
}

std::optional<Rank> Scheduler::who_is_next() const {
  if (!idle_.empty() && !better_left_to_another(idle_.front())) return idle_.front();
  if (!idle_surplus_.empty() && upcoming_->value_bytes <= limits_.surplus_bytes)
    return idle_surplus_.front();
  if (!busy_.empty() && upcoming_may_go_ahead()) return busy_.front();
  return std::nullopt;
}

// Whether the producer's rank computes the value in less time than it would take to have it from
// another: so it is with values that follow from their neighbours. By the estimate, as what is
// measured first, in fresh memory, would have it otherwise. Not while it is at a costly key: nobody
// else would get anything.
bool Scheduler::is_not_worth_sending() const {
  const WorkerState& own = workers_.front();
  return own.line != nullptr && own.line != &gone_ &&
         upcoming_->value_bytes >= limits_.kept_bytes &&
         upcoming_->estimate_s <
             static_cast<double>(upcoming_->value_bytes) * limits_.take_byte_s &&
         in_flight_cost_s(producer_rank) <= ahead_s();
}

std::optional<Rank> Scheduler::own_if_free() const {
  const std::list<Rank>* const line = workers_.front().line;
  const bool is_free =
      line == &idle_ || line == &idle_surplus_ || (line == &busy_ && upcoming_may_go_ahead());
  return is_free ? std::optional(producer_rank) : std::nullopt;
}

// Of a key, at the mean speed.
double Scheduler::recent_cost_s() const {
  return recent_estimate_s_ * calibration_.correction(recent_estimate_s_);
}

// How long all workers together take for what is left.
double Scheduler::even_share_s() const {
  return static_cast<double>(source_.remaining_at_most()) * recent_cost_s() /
         static_cast<double>(worker_count_);
}

// Whether the others would be done with all that is left before this idle worker with one key, and
// one who is to come back first is so much faster that it would be done with that sooner. Somebody
// comes back, so the key is not left lying.
bool Scheduler::better_left_to_another(Rank slow) const {
  const std::list<Rank>& others = busy_.empty() ? full_ : busy_;
  if (others.empty()) return false;
  const Rank other = others.front();
  const double speed = calibration_.speed(slow);
  if (calibration_.speed(other) < much_faster * speed) return false;
  const double alone_s = upcoming_->cost_s / speed;
  return even_share_s() < alone_s &&
         in_flight_cost_s(other) + upcoming_->cost_s / calibration_.speed(other) < alone_s;
}

// The first of the keys that were handed out in vain that an idle worker may have.
std::optional<Scheduler::Assignment> Scheduler::next_again(std::uint64_t budget_bytes) {
  for (const auto* const line : {&idle_, &idle_surplus_}) {
    for (const Rank worker : *line) {
      const auto candidate = std::ranges::find_if(again_, [&](const auto& key_and_again) {
        return worker_count_ == 1 || may_have(worker, key_and_again.second);
      });
      if (candidate == again_.end()) continue;
      const auto& [key, again] = *candidate;
      if (anything_in_flight() && again.value_bytes > budget_bytes) return std::nullopt;
      InFlight entry{.id = next_chunk_++,
                     .keys = {key},
                     .returned_keys = 0,
                     .estimate_s = again.estimate_s,
                     .cost_s = again.estimate_s * calibration_.correction(again.estimate_s),
                     .value_bytes = again.value_bytes};
      again_.erase(candidate);
      return hand_out(worker, std::move(entry));
    }
  }
  return std::nullopt;
}

// Where there is another worker: not where its value was wrong, and the producer's rank must not
// die of a key that took down others, unless nobody else is left for it.
bool Scheduler::may_have(Rank worker, const Again& again) {
  if (again.not_at == worker) return false;
  if (worker != producer_rank || !again.took_down_a_rank) return true;
  return again.not_at && worker_count_ == 2 && state_of(*again.not_at).line != &gone_;
}

Scheduler::Assignment Scheduler::hand_out(Rank worker, InFlight entry) {
  smallest_in_flight_.insert(entry.keys.front());
  in_flight_bytes_ += entry.value_bytes;
  in_flight_keys_ += entry.keys.size();
  Assignment assignment{worker, {.id = entry.id, .keys = entry.keys}};
  state_of(worker).in_flight.push_back(std::move(entry));
  put_in_line(worker);
  return assignment;
}

Scheduler::ChunkLimits Scheduler::most_at_once() const {
  return {.cost_s = largest_chunk_s(), .keys = limits_.chunk_keys};
}

Scheduler::ChunkLimits Scheduler::share_of(Rank worker) const {
  const std::uint64_t left_keys = source_.remaining_at_most();
  const double known_speed = calibration_.speed(worker);
  const double speed = known_speed < slow_speed ? known_speed : 1;
  return {.cost_s = speed * std::clamp(even_share_s() / static_cast<double>(parts_of_share),
                                       smallest_chunk_s(), largest_chunk_s()),
          // A fair share is not exceeded, be the chunk as small as it may.
          .keys = static_cast<std::size_t>(
              std::clamp(speed * static_cast<double>(left_keys / worker_count_), 1.0,
                         static_cast<double>(limits_.chunk_keys)))};
}

Scheduler::InFlight Scheduler::cut_chunk(std::uint64_t budget_bytes, const ChunkLimits& most) {
  const std::uint64_t room_bytes = std::min(
      {budget_bytes, limits_.chunk_bytes, limits_.result_bytes / (parts_of_share * worker_count_)});

  InFlight entry{.id = next_chunk_++,
                 .keys = {},
                 .returned_keys = 0,
                 .estimate_s = 0,
                 .cost_s = 0,
                 .value_bytes = 0};
  do {
    source_.take();
    entry.keys.push_back(upcoming_->key);
    entry.estimate_s += upcoming_->estimate_s;
    entry.cost_s += upcoming_->cost_s;
    entry.value_bytes += upcoming_->value_bytes;
    recent_estimate_s_ += (upcoming_->estimate_s - recent_estimate_s_) / recent_keys;
    look_up_next();
  } while (upcoming_ && entry.keys.size() < most.keys &&
           entry.cost_s + upcoming_->cost_s <= most.cost_s &&
           entry.value_bytes + upcoming_->value_bytes <= room_bytes);

  std::ranges::sort(entry.keys);
  return entry;
}

Scheduler::InFlight& Scheduler::find_in_flight(Rank worker, ChunkId chunk) {
  std::vector<InFlight>& in_flight = state_of(worker).in_flight;
  const auto entry = std::ranges::find(in_flight, chunk, &InFlight::id);
  if (entry == in_flight.end())
    throw UnexpectedResult(fmt::format("chunk {} is not in flight there", chunk));
  return *entry;
}

Scheduler::InFlight& Scheduler::find_due(Rank worker, ChunkId chunk, Key key) {
  InFlight& entry = find_in_flight(worker, chunk);
  if (key != entry.keys[entry.returned_keys])
    throw UnexpectedResult(fmt::format("key {} of chunk {} came where {} was due", key, chunk,
                                       entry.keys[entry.returned_keys]));
  return entry;
}

void Scheduler::computed(Rank worker, ChunkId chunk, double seconds) {
  find_in_flight(worker, chunk).computed_s += seconds;
}

void Scheduler::returned(Rank worker, ChunkId chunk, Key key) {
  InFlight& entry = find_due(worker, chunk, key);
  --in_flight_keys_;
  if (!troubles_.empty()) troubles_.erase(key);
  if (++entry.returned_keys < entry.keys.size()) return;

  calibration_.measured(worker, entry.keys.size(), entry.estimate_s, entry.computed_s);
  note_gone(entry);
  std::erase_if(state_of(worker).in_flight,
                [=](const InFlight& other) { return other.id == chunk; });
  put_in_line(worker);
}

void Scheduler::lost(Rank worker) {
  WorkerState& state = state_of(worker);
  if (state.line == &gone_) return;
  if (!state.in_flight.empty()) {
    // Chunks are computed one after the other: it was in the first one, most likely.
    const InFlight& first = state.in_flight.front();
    for (std::size_t i = first.returned_keys; i < first.keys.size(); ++i)
      troubles_[first.keys[i]].lost_ranks.push_back(worker);
  }
  for (const InFlight& entry : std::exchange(state.in_flight, {})) take_back(entry);
  gone_.splice(gone_.end(), *state.line, state.place);
  state.line = &gone_;
  --worker_count_;
  engage_surplus();
}

void Scheduler::check_failed(Rank worker, ChunkId chunk, Key key) {
  const InFlight entry = find_due(worker, chunk, key);
  troubles_[key].failed_checks.push_back(worker);
  std::erase_if(state_of(worker).in_flight,
                [=](const InFlight& other) { return other.id == chunk; });
  take_back(entry);
  put_in_line(worker);
}

// The CPU of the lost one may be free now.
void Scheduler::engage_surplus() {
  for (WorkerState& state : workers_) state.is_surplus = false;
  for (const Rank worker : idle_surplus_) state_of(worker).line = &idle_;
  idle_.splice(idle_.end(), idle_surplus_);
}

// Those keys of the chunk that have not come back are to be handed out again, or are given up.
void Scheduler::take_back(const InFlight& entry) {
  for (std::size_t i = entry.returned_keys; i < entry.keys.size(); ++i) {
    const Key key = entry.keys[i];
    --in_flight_keys_;
    std::optional<Rank> not_at;
    bool took_down_a_rank = false;
    if (const auto found = troubles_.find(key); found != troubles_.end()) {
      Troubles& troubles = found->second;
      const bool lost_enough = troubles.lost_ranks.size() >= limits_.lost_ranks;
      if (lost_enough || troubles.failed_checks.size() > 1) {
        given_up_.push_back(
            {key, lost_enough ? GivenUpKey::Reason::lost_ranks : GivenUpKey::Reason::failed_checks,
             std::move(lost_enough ? troubles.lost_ranks : troubles.failed_checks)});
        troubles_.erase(found);
        continue;
      }
      if (!troubles.failed_checks.empty()) not_at = troubles.failed_checks.front();
      took_down_a_rank = !troubles.lost_ranks.empty();
    }
    again_.emplace(key,
                   Again{model_.cost_s(key), model_.value_bytes(key), not_at, took_down_a_rank});
  }
  note_gone(entry);
}

// The chunk is no longer in flight.
void Scheduler::note_gone(const InFlight& entry) {
  smallest_in_flight_.erase(smallest_in_flight_.find(entry.keys.front()));
  in_flight_bytes_ -= entry.value_bytes;
}

std::uint64_t Scheduler::left_at_most() const {
  return saturating_add(source_.remaining_at_most(), in_flight_keys_ + again_.size());
}

double Scheduler::in_flight_cost_s(Rank worker) const {
  double cost_s = 0;
  for (const InFlight& entry : workers_.at(static_cast<std::size_t>(to_int(worker))).in_flight)
    cost_s += entry.cost_s;
  return cost_s / calibration_.speed(worker);
}

// Moves a worker to the end of the line that its chunks put it in.
void Scheduler::put_in_line(Rank worker) {
  WorkerState& state = state_of(worker);
  const auto& in_flight = state.in_flight;
  std::list<Rank>* line = &full_;
  if (in_flight.empty())
    line = state.is_surplus ? &idle_surplus_ : &idle_;
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
  if (!again_.empty())
    bound = std::min(bound.value_or(again_.begin()->first), again_.begin()->first);
  return bound;
}

}  // namespace fibo
