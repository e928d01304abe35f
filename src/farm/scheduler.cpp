// SPDX-License-Identifier: MIT
#include "fibo/farm/scheduler.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace fibo {

Scheduler::Scheduler(KeySource& source, const std::vector<Rank>& workers, KeyModel model,
                     SchedulerLimits limits)
    : source_(source), model_(std::move(model)), limits_(limits), worker_count_(workers.size()) {
  for (const Rank worker : workers) {
    const Taker idle{0, turns_++, worker};
    workers_.emplace(worker, idle);
    takers_.insert(idle);
  }
}

std::optional<Scheduler::Assignment> Scheduler::next(std::uint64_t held_bytes) {
  const std::optional<Key> key = source_.peek();
  if (!key || takers_.empty()) return std::nullopt;

  const auto [load, turn, worker] = *takers_.begin();
  if (load > 0 && model_.cost_s(*key) > limits_.chunk_s) return std::nullopt;

  const std::uint64_t used_bytes = held_bytes + in_flight_bytes_;
  const std::uint64_t budget_bytes =
      limits_.result_bytes > used_bytes ? limits_.result_bytes - used_bytes : 0;
  // With nothing in flight nobody would make room: one key goes out whatever it takes.
  if (!in_flight_.empty() && model_.value_bytes(*key) > budget_bytes) return std::nullopt;

  Assignment assignment{worker, cut_chunk(budget_bytes)};
  change_load(worker, +1);
  return assignment;
}

Chunk Scheduler::cut_chunk(std::uint64_t budget_bytes) {
  // A quarter of an even share of what is left: two chunks a worker are in flight at most, so the
  // last ones are of single keys.
  const std::uint64_t share = source_.remaining_at_most() / (4 * worker_count_);
  const std::size_t max_keys =
      static_cast<std::size_t>(std::clamp<std::uint64_t>(share, 1, limits_.chunk_keys));

  Chunk chunk{.id = next_chunk_++, .keys = {}};
  InFlight entry{.worker = std::get<Rank>(*takers_.begin()), .keys = {}};
  double cost_s = 0;
  do {
    const Key key = source_.take();
    entry.keys.push_back(key);
    cost_s += model_.cost_s(key);
    entry.value_bytes += model_.value_bytes(key);
    const std::optional<Key> following = source_.peek();
    if (!following || cost_s + model_.cost_s(*following) > limits_.chunk_s ||
        entry.value_bytes + model_.value_bytes(*following) > budget_bytes)
      break;
  } while (entry.keys.size() < max_keys);

  std::ranges::sort(entry.keys);
  chunk.keys = entry.keys;
  smallest_in_flight_.insert(entry.keys.front());
  in_flight_bytes_ += entry.value_bytes;
  in_flight_.emplace(chunk.id, std::move(entry));
  return chunk;
}

void Scheduler::returned(Rank worker, ChunkId chunk, Key key) {
  const auto found = in_flight_.find(chunk);
  if (found == in_flight_.end() || found->second.worker != worker)
    throw UnexpectedResult(fmt::format("chunk {} is not in flight there", chunk));
  InFlight& entry = found->second;
  if (key != entry.keys[entry.returned_keys])
    throw UnexpectedResult(fmt::format("key {} of chunk {} came where {} was due", key, chunk,
                                       entry.keys[entry.returned_keys]));

  const std::uint64_t bytes = model_.value_bytes(key);
  entry.value_bytes -= bytes;
  in_flight_bytes_ -= bytes;
  if (++entry.returned_keys < entry.keys.size()) return;

  smallest_in_flight_.erase(smallest_in_flight_.find(entry.keys.front()));
  in_flight_.erase(found);
  change_load(worker, -1);
}

void Scheduler::change_load(Rank worker, int change) {
  Taker& taker = workers_.at(worker);
  takers_.erase(taker);
  std::get<int>(taker) += change;
  std::get<std::uint64_t>(taker) = turns_++;
  if (std::get<int>(taker) < max_chunks_per_worker) takers_.insert(taker);
}

std::optional<Key> Scheduler::settled_below() const {
  std::optional<Key> bound;
  if (source_.peek()) bound = source_.floor();
  if (!smallest_in_flight_.empty())
    bound = std::min(bound.value_or(*smallest_in_flight_.begin()), *smallest_in_flight_.begin());
  return bound;
}

}  // namespace fibo
