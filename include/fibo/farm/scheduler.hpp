// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/farm/cost_calibration.hpp"
#include "fibo/farm/key.hpp"
#include "fibo/farm/key_model.hpp"
#include "fibo/farm/key_source.hpp"

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
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

struct SchedulerLimits {
  double chunk_s = 2e-3;  ///< a chunk of several keys costs about this, in seconds; more where the
                          ///< workers are too many for the producer to serve so small ones
  std::size_t chunk_keys = 4096;                       ///< and holds no more keys than this
  std::uint64_t chunk_bytes = std::uint64_t{2} << 20;  ///< and values of no more bytes than this
  double dispatch_s = 10e-6;        ///< the producer's time for a chunk, a message out and one back
  double take_s = 0.25e-6;          ///< and beyond that for each of its keys
  double take_byte_s = 0.4e-9;      ///< and for each byte of values that another rank has computed
  std::uint64_t kept_bytes = 1024;  ///< values of fewer bytes go to others however cheap they are
  double ahead_s = 0.1;        ///< beside a chunk of this cost the wait for a message is nothing
  double shared_s = 0.02;      ///< a key of this cost is worth a second thread, if one is idle
  std::uint64_t result_bytes;  ///< what values may take: those held and those being computed
  std::size_t lost_ranks = 3;  ///< a key that has taken down so many is not handed out again
  std::uint64_t surplus_bytes = 65536;  ///< a value of more bytes does not go to a surplus worker
  std::vector<Rank> surplus{};          ///< workers without a CPU of their own; not all of them
};

/// A key that no rank is to compute any more, and the ranks that came to grief with it: that were
/// lost while it was theirs, or whose value failed its check.
struct GivenUpKey {
  enum class Reason : std::uint8_t { lost_ranks, failed_checks };

  Key key;
  Reason reason;
  std::vector<Rank> ranks;
};

/// A worker reported a key that was not handed out to it, or not in its turn.
class UnexpectedResult : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Who gets what: the producer's book of keys that wait, are in flight, and are done.
///
/// Work is handed out on demand. A worker with nothing to do comes first; one that is busy gets a
/// second chunk, so that it need not wait for the next message. Not so where one of the two is
/// costly: what lay behind a costly chunk would be stuck there while others come free. Keys come in
/// the order of the source, so costly ones first is the source's affair.
///
/// Cheap keys travel together. A chunk is a quarter of an even share of the work that is left
/// (guided self-scheduling: Polychronopoulos and Kuck, IEEE Trans. Computers C-36, 1987), so that
/// all workers finish at about the same time, but never so small that the producer could not serve
/// all workers while each computes one.
///
/// What the model says of costs is corrected by what chunks are measured to take (CostCalibration),
/// so chunks grow where keys turn out cheaper than they seemed. A worker that is slower than others
/// gets smaller ones, and none of the last keys that a faster one, busy as it may be, would be done
/// with before it.
///
/// Where workers outnumber the CPUs of their machine, those that are surplus get keys of short
/// values alone: a long one would go through memory that is not yet in use, and a cache that others
/// need, and come no sooner. Once a worker has been lost they are workers like others.
///
/// What a lost worker had not given back goes out again before all other keys, each key alone:
/// should one of them be what workers die of, the next loss tells which. The producer's own rank
/// gets none of those that a worker was lost with, as long as another is left. A value that failed
/// its check is computed again by another worker, where there is another.
///
/// Plain bookkeeping: no clock, no messages, no threads. A chunk takes time logarithmic in the
/// number of workers, a key constant time.
class Scheduler {
 public:
  /// @param source   outlives the scheduler
  /// @param workers  the ranks that compute; not empty
  Scheduler(KeySource& source, const std::vector<Rank>& workers, KeyModel model,
            SchedulerLimits limits);
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  struct Assignment {
    Rank worker;
    Chunk chunk;
  };

  /// The next chunk to send, and to whom; nothing when there is nothing to hand out now: no keys
  /// are left, every worker has enough, or the values would outgrow their limit.
  /// @param held_bytes  what the values that came back still hold in memory
  std::optional<Assignment> next(std::uint64_t held_bytes);

  /// Keys of that chunk, some that have not come back yet or the last one, took the worker so long.
  /// @throws UnexpectedResult  if that chunk is not in flight there
  void computed(Rank worker, ChunkId chunk, double seconds);

  /// Looks whether `key` is the one of that chunk that `worker` is to send next.
  /// @throws UnexpectedResult  if that chunk is not in flight there, or `key` is not its next one
  void expect(Rank worker, ChunkId chunk, Key key) { find_due(worker, chunk, key); }

  /// The value of `key`, the next one of that chunk, came back from `worker`.
  /// @throws UnexpectedResult  as expect() does
  void returned(Rank worker, ChunkId chunk, Key key);

  /// The worker is gone, and gets nothing any more. Nothing may come back from it after this.
  /// Precondition: another worker is left.
  void lost(Rank worker);

  /// The value of `key`, the next one of that chunk, failed its check at `worker`, which did not
  /// try the rest of the chunk. The key is given up if this is the second time.
  /// @throws UnexpectedResult  as returned() does
  void check_failed(Rank worker, ChunkId chunk, Key key);

  /// All keys have been handed out, and have come back or been given up.
  [[nodiscard]] bool finished() const {
    return !upcoming_ && again_.empty() && !anything_in_flight();
  }

  /// Nothing is left to hand out, as far as is known: keys may still come back in vain.
  [[nodiscard]] bool all_handed_out() const { return !upcoming_ && again_.empty(); }

  /// Nothing is in flight at this worker, which has not been lost and is not surplus.
  [[nodiscard]] bool is_idle(Rank worker) const {
    return workers_.at(static_cast<std::size_t>(to_int(worker))).line == &idle_;
  }

  [[nodiscard]] const std::vector<GivenUpKey>& given_up() const { return given_up_; }

  /// At most so many keys have not come back, those given up left out.
  [[nodiscard]] std::uint64_t left_at_most() const;

  /// What is in flight at this worker takes it about so long, in seconds.
  [[nodiscard]] double in_flight_cost_s(Rank worker) const;

  /// Every key below this has come back or been given up, and none below it is still to come;
  /// nothing when that holds for all keys, which is when the run is finished.
  [[nodiscard]] std::optional<Key> settled_below() const;

 private:
  /// The source's next key, and what the model says of it.
  struct Upcoming {
    Key key;
    double estimate_s;  ///< by the model
    double cost_s;      ///< corrected, at the mean speed
    std::uint64_t value_bytes;
  };

  struct InFlight {
    ChunkId id;
    std::vector<Key> keys;
    std::size_t returned_keys;
    double estimate_s;  ///< by the model
    double cost_s;      ///< the same, corrected, at the mean speed
    std::uint64_t value_bytes;
    double computed_s = 0;  ///< as far as has been heard
  };

  struct ChunkLimits {
    double cost_s;
    std::size_t keys;
  };

  /// A key that was handed out in vain.
  struct Again {
    double estimate_s;
    std::uint64_t value_bytes;
    std::optional<Rank> not_at;  ///< where its value was wrong
    bool took_down_a_rank;
  };

  struct Troubles {
    std::vector<Rank> lost_ranks;
    std::vector<Rank> failed_checks;
  };

  struct WorkerState {
    std::vector<InFlight> in_flight;  ///< two at most
    std::list<Rank>* line = nullptr;  ///< idle_, idle_surplus_, busy_, full_ or gone_
    std::list<Rank>::iterator place;  ///< in that line
    bool is_surplus = false;
  };

  WorkerState& state_of(Rank worker);
  [[nodiscard]] bool anything_in_flight() const { return !smallest_in_flight_.empty(); }
  [[nodiscard]] double smallest_chunk_s() const;
  [[nodiscard]] double largest_chunk_s() const;
  [[nodiscard]] double ahead_s() const;
  [[nodiscard]] bool upcoming_may_go_ahead() const;
  [[nodiscard]] std::optional<Rank> who_is_next() const;
  [[nodiscard]] bool is_not_worth_sending() const;
  [[nodiscard]] std::optional<Rank> own_if_free() const;
  std::optional<Assignment> next_again(std::uint64_t budget_bytes);
  bool may_have(Rank worker, const Again& again);
  Assignment hand_out(Rank worker, InFlight entry);
  [[nodiscard]] double recent_cost_s() const;
  [[nodiscard]] double even_share_s() const;
  [[nodiscard]] bool better_left_to_another(Rank slow) const;
  void let_slow_workers_be();
  [[nodiscard]] ChunkLimits most_at_once() const;
  [[nodiscard]] ChunkLimits share_of(Rank worker) const;
  InFlight cut_chunk(std::uint64_t budget_bytes, const ChunkLimits& most);
  InFlight& find_in_flight(Rank worker, ChunkId chunk);
  InFlight& find_due(Rank worker, ChunkId chunk, Key key);
  void engage_surplus();
  void take_back(const InFlight& entry);
  void note_gone(const InFlight& entry);
  void look_up_next();
  void put_in_line(Rank worker);

  KeySource& source_;
  KeyModel model_;
  SchedulerLimits limits_;
  std::uint64_t worker_count_;

  std::vector<WorkerState> workers_;  ///< by rank
  std::list<Rank> idle_;              ///< with no chunk; who has waited longest first, as in busy_
  std::list<Rank> idle_surplus_;      ///< the same, of surplus workers
  std::list<Rank> busy_;              ///< with one, and may have a second
  std::list<Rank> full_;              ///< with enough
  std::list<Rank> gone_;              ///< that were lost

  CostCalibration calibration_;
  std::optional<Upcoming> upcoming_;
  double recent_estimate_s_ = 0;  ///< of a key, averaged over about the last thousand

  ChunkId next_chunk_ = 0;
  std::multiset<Key> smallest_in_flight_;  ///< the smallest key of each chunk in flight
  std::uint64_t in_flight_bytes_ = 0;      ///< of whole chunks, until their last key is back
  std::uint64_t in_flight_keys_ = 0;       ///< that have not come back

  std::map<Key, Again> again_;
  std::map<Key, Troubles> troubles_;  ///< of keys that have not come back since
  std::vector<GivenUpKey> given_up_;
};

}  // namespace fibo
