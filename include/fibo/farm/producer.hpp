// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/farm/bytes.hpp"
#include "fibo/farm/channel.hpp"
#include "fibo/farm/clock.hpp"
#include "fibo/farm/key_source.hpp"
#include "fibo/farm/observer.hpp"
#include "fibo/farm/scheduler.hpp"
#include "fibo/fibonacci/quantity.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace fibo {

/// Where the producer puts values as they come back, in any order of keys.
class ResultSink {
 public:
  ResultSink() = default;
  ResultSink(const ResultSink&) = delete;
  ResultSink& operator=(const ResultSink&) = delete;
  virtual ~ResultSink() = default;

  /// Each key comes once.
  virtual void accept(Key key, const ValueView& value) = 0;

  /// The same for a value that lies in `message`: a sink that keeps the message may keep the view.
  virtual void accept_in(const SharedBytes& message, Key key, const ValueView& value);

  /// A piece of the digits of a long value. Pieces of one key come in order and without gaps, those
  /// of several keys between each other; a key may begin again at offset 0. This joins them and
  /// accepts the whole; a sink that has no use for the whole takes them as they come.
  virtual void accept_part(Key key, std::uint64_t total_bytes, std::uint64_t offset_bytes,
                           std::string_view digits);

  /// Every key below `bound` has been accepted, but for those that were given up.
  virtual void settled_below(Key bound) = 0;

  /// Every key of the run has been accepted, but for those that were given up.
  virtual void settled() = 0;

  /// What the values that are still held take, in bytes.
  [[nodiscard]] virtual std::uint64_t held_bytes() const = 0;

 private:
  std::map<Key, std::string> joining_;
};

/// What the producer looks at while it waits.
struct Watch {
  Clock now_s = steady_now_s;  ///< also what the times of the observer's spans are on
  /// The number of the signal that asks this rank to end the run; 0 while there is none.
  std::function<int()> signal = [] { return 0; };
  /// A rank that has not been heard for so long, in seconds, and so many times the cost of its
  /// keys, is given up. Only time in which the producer listened counts.
  double silence_s = 30;
  double silence_per_cost = 20;
  /// How long an interrupted run waits for workers to say goodbye, in seconds.
  double farewell_s = 0.5;
};

/// How a run ended that did not end by an exception.
struct RunEnd {
  struct Interruption {
    int signal;
    Rank rank;  ///< where it was noticed first
  };
  std::optional<Interruption> interruption;
  std::vector<GivenUpKey> given_up;
  std::uint64_t left_at_most = 0;  ///< keys that an interruption left, at most
};

/// A worker could not go on: its own exception, or a message from it that makes no sense. what()
/// names the rank, the host and, where there is one, the key.
class WorkerFailure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Hands the keys of `source` out to the workers of `channel` until every value is in `results`,
/// then stops the workers. The order in which values come back depends on the workers; the values
/// do not. Workers are stopped, and have said goodbye or been given up, also when it throws.
///
/// The keys of a rank that is lost or silent go to others, and so does a key whose value failed its
/// check; a key that brings every rank to grief is given up, and the rest goes on. At a signal
/// nothing more is handed out, and what has been computed by then is taken.
/// @throws WorkerFailure, and whatever `results` and `observer` throw
RunEnd run_producer(ProducerChannel& channel, const Quantity& quantity, KeySource& source,
                    const SchedulerLimits& limits, ResultSink& results, Observer& observer,
                    const Watch& watch = {});

/// Stops workers that have been given no work: what rank 0 does when there is nothing to compute.
void dismiss_workers(ProducerChannel& channel, const Watch& watch = {});

}  // namespace fibo
