// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/farm/key.hpp"
#include "fibo/farm/message.hpp"
#include "fibo/farm/scheduler.hpp"
#include "fibo/farm/span.hpp"

#include <cstdint>
#include <string>

namespace fibo {

/// What happens in the farm, as rank 0 sees it: what a log, a progress line or statistics listen
/// to. Every call comes from the producer's thread.
class Observer {
 public:
  Observer() = default;
  Observer(const Observer&) = delete;
  Observer& operator=(const Observer&) = delete;
  virtual ~Observer() = default;

  virtual void joined(Rank /*worker*/, const std::string& /*host*/) {}
  /// Each key of the chunk may use so many threads: with more than one, those of idle neighbours.
  virtual void handed_out(Rank /*worker*/, const Chunk& /*chunk*/, std::uint64_t /*threads*/) {}
  /// A value has come back in full.
  virtual void returned(Rank /*worker*/, Key /*key*/, std::uint64_t /*digits*/) {}
  /// Comes right after the last of its keys has returned: no other key does in between.
  virtual void computed(Rank /*worker*/, const Span& /*span*/) {}
  /// The value of `key` that this worker computed failed its check.
  virtual void check_failed(Rank /*worker*/, Key /*key*/) {}
  /// The worker is gone, or is taken to be; `why` says how that was seen.
  virtual void lost(Rank /*worker*/, const std::string& /*why*/) {}
  /// The key is handed out no more (GivenUpKey).
  virtual void given_up(Key /*key*/) {}
  virtual void left(Rank /*worker*/, const Goodbye& /*goodbye*/) {}
  /// The producer has looked for a message. Comes many times a second, also while nothing else
  /// does, and not while values are written.
  virtual void looked() {}
};

}  // namespace fibo
