// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/farm/channel.hpp"
#include "fibo/farm/clock.hpp"
#include "fibo/farm/key_source.hpp"
#include "fibo/farm/observer.hpp"
#include "fibo/farm/scheduler.hpp"
#include "fibo/fibonacci/quantity.hpp"

#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>

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

  /// A piece of the digits of a long value. Pieces of one key come in order and without gaps, those
  /// of several keys between each other; a key may begin again at offset 0. This joins them and
  /// accepts the whole; a sink that has no use for the whole takes them as they come.
  virtual void accept_part(Key key, std::uint64_t total_bytes, std::uint64_t offset_bytes,
                           std::string_view digits);

  /// Every key below `bound` has been accepted.
  virtual void settled_below(Key bound) = 0;

  /// Every key of the run has been accepted.
  virtual void settled() = 0;

  /// What the values that are still held take, in bytes.
  [[nodiscard]] virtual std::uint64_t held_bytes() const = 0;

 private:
  std::map<Key, std::string> joining_;
};

/// A worker could not go on: its own exception, or a message from it that makes no sense. what()
/// names the rank, the host and, where there is one, the key.
class WorkerFailure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Hands the keys of `source` out to the workers of `channel` until every value is in `results`,
/// then stops the workers. The order in which values come back depends on the workers; the values
/// do not. Workers are stopped, and have said goodbye, also when it throws.
/// @param now_s  what the times of the observer's spans are on
/// @throws WorkerFailure, and whatever `results` and `observer` throw
void run_producer(ProducerChannel& channel, const Quantity& quantity, KeySource& source,
                  const SchedulerLimits& limits, ResultSink& results, Observer& observer,
                  const Clock& now_s = steady_now_s);

/// Stops workers that have been given no work: what rank 0 does when there is nothing to compute.
void dismiss_workers(ProducerChannel& channel);

}  // namespace fibo
