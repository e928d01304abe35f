// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/farm/key.hpp"
#include "fibo/farm/key_source.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <tuple>
#include <vector>

namespace fibo {

/// Numbers chunks in the order in which they are handed out, from 0.
using ChunkId = std::uint64_t;

/// Keys that travel to a worker in one message, ascending.
struct Chunk {
  ChunkId id = 0;
  std::vector<Key> keys;

  bool operator==(const Chunk&) const = default;
};

/// What the scheduler has to know of a key.
struct KeyModel {
  std::function<double(Key)> cost_s;  ///< time to compute its value, roughly, in seconds
  std::function<std::uint64_t(Key)> value_bytes;  ///< what its value holds, at most, in bytes
};

struct SchedulerLimits {
  double chunk_s = 2e-3;          ///< a chunk of several keys costs about this at most, in seconds
  std::size_t chunk_keys = 4096;  ///< and holds no more keys than this
  std::uint64_t result_bytes;     ///< what values may take: those held and those being computed
};

/// A worker reported a key that was not handed out to it, or not in its turn.
class UnexpectedResult : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Who gets what: the producer's book of keys that wait, are in flight, and are done.
///
/// Work is handed out on demand. A worker with nothing to do comes first; one that is busy gets a
/// second chunk, so that it need not wait for the next message, but only if that chunk is cheap: a
/// costly one is better kept for whoever is free first. Cheap keys travel together, in chunks that
/// shrink towards the end of the run (guided self-scheduling: Polychronopoulos and Kuck, IEEE
/// Trans. Computers C-36, 1987), so that all workers finish at about the same time.
///
/// Plain bookkeeping: no clock, no messages, no threads.
class Scheduler {
 public:
  /// @param source   outlives the scheduler
  /// @param workers  the ranks that compute; not empty
  Scheduler(KeySource& source, const std::vector<Rank>& workers, KeyModel model,
            SchedulerLimits limits);

  struct Assignment {
    Rank worker;
    Chunk chunk;
  };

  /// The next chunk to send, and to whom; nothing when there is nothing to hand out now: no keys
  /// are left, every worker has enough, or the values would outgrow their limit.
  /// @param held_bytes  what the values that came back still hold in memory
  std::optional<Assignment> next(std::uint64_t held_bytes);

  /// The value of `key`, the next one of that chunk, came back from `worker`.
  /// @throws UnexpectedResult  if that chunk is not in flight there, or `key` is not its next one
  void returned(Rank worker, ChunkId chunk, Key key);

  /// All keys have been handed out and have come back.
  [[nodiscard]] bool finished() const { return in_flight_.empty() && !source_.peek(); }

  /// Every key below this has come back, and none below it is still to come; nothing when that
  /// holds for all keys, which is when the run is finished.
  [[nodiscard]] std::optional<Key> settled_below() const;

 private:
  struct InFlight {
    Rank worker;
    std::vector<Key> keys;
    std::size_t returned_keys = 0;
    std::uint64_t value_bytes = 0;  ///< of the keys that have not come back
  };

  /// Chunks a worker has, then who has waited longest.
  using Taker = std::tuple<int, std::uint64_t, Rank>;
  static constexpr int max_chunks_per_worker = 2;

  Chunk cut_chunk(std::uint64_t budget_bytes);
  void change_load(Rank worker, int change);

  KeySource& source_;
  KeyModel model_;
  SchedulerLimits limits_;
  std::size_t worker_count_;

  std::map<Rank, Taker> workers_;
  std::set<Taker> takers_;  ///< the workers that have room for a chunk
  std::uint64_t turns_ = 0;

  ChunkId next_chunk_ = 0;
  std::map<ChunkId, InFlight> in_flight_;
  std::multiset<Key> smallest_in_flight_;  ///< the smallest key of each chunk in flight
  std::uint64_t in_flight_bytes_ = 0;
};

}  // namespace fibo
