// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/farm/bytes.hpp"
#include "fibo/farm/key.hpp"
#include "fibo/farm/scheduler.hpp"
#include "fibo/farm/span.hpp"
#include "fibo/fibonacci/quantity.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

/// What producer and workers say to each other, and how it is written as bytes.
///
///     producer -> worker:  Job, then any number of Chunk, before some of them a Widen, then Stop
///     worker -> producer:  Hello, then for each chunk its keys' values in order (Results, or
///                          ValuePart where a value is long), until a Failure or a CheckFailure;
///                          at any time, Broken; after Stop, Goodbye
///
/// The ranks that the workers are on, and the channel, say a few things beside them:
///
///     rank -> producer:    Heartbeat every second or so; Interrupted, at a signal; once,
///                          SharedOffer, and SharedMessage in place of a message that lies in
///                          shared memory
///     producer -> rank:    SharedAnswer to its offer
///     channel -> producer: Lost, in the name of a rank that has died
///     producer -> rank:    Farewell, last of all
///
/// Numbers are written in the machine's own form and order: all ranks run one binary.
namespace fibo {

/// CPUs by the system's numbers, ascending.
using CpuList = std::vector<std::uint64_t>;

/// What is to be computed for every key of the run.
struct Job {
  Quantity quantity;
};
/// The keys of the chunk that comes next may use so many threads each, on these CPUs.
struct Widen {
  std::uint64_t threads = 1;
  CpuList cpus;  ///< none where the system did not tell them
};
/// There is no more work: say Goodbye.
struct Stop {};

/// A worker is there.
struct Hello {
  std::string host;
  double sent_s = 0;  ///< on the worker's clock
  CpuList cpus{};     ///< that it runs on
};
/// Values of a chunk's next keys, in the chunk's order. What was decoded lies in the message's
/// bytes.
struct Results {
  struct Entry {
    Key key;
    ValueView value;
  };
  ChunkId chunk = 0;
  std::vector<Entry> entries;
  Interval computed{};  ///< on the worker's clock
  double waited_s = 0;  ///< that the worker waited for a message just before, in seconds
};
/// A piece of the digits of a value that is too long for one message: pieces come in order, from
/// offset 0, and the last ends at `total_bytes`. What was decoded lies in the message's bytes.
struct ValuePart {
  ChunkId chunk = 0;
  Key key = 0;
  std::uint64_t total_bytes = 0;
  std::uint64_t offset_bytes = 0;
  std::string_view digits;
  Interval computed{};  ///< of the whole value, on the worker's clock
  double waited_s = 0;  ///< as in Results
};
/// A key could not be computed; the rest of its chunk was not tried.
struct Failure {
  Key key = 0;
  std::string what;
};
/// The value of a key failed its check; the rest of its chunk was not tried.
struct CheckFailure {
  ChunkId chunk = 0;
  Key key = 0;
};
/// The worker cannot go on, for a reason that is not in a key.
struct Broken {
  std::string what;
};
/// The worker's last message.
struct Goodbye {
  std::uint64_t keys = 0;      ///< how many it computed
  double computing_s = 0;      ///< the time it spent on them, in seconds
  double communicating_s = 0;  ///< that it spent on reading and writing messages
  double waiting_s = 0;        ///< that it spent waiting for the next message
};

/// The rank is alive, however long its worker takes for a key.
struct Heartbeat {};
/// The rank got a signal that asks the run to end.
struct Interrupted {
  int signal = 0;
};
/// The rank has died.
struct Lost {
  std::string why;
};

/// Where a Bell is.
struct BellPlace {
  std::uint64_t process = 0;     ///< whose descriptor it is, by its number on the rank's machine
  std::uint64_t descriptor = 0;  ///< of its memory
  std::uint64_t token = 0;       ///< that the memory begins with
};

/// The rank has memory that messages could lie in, if the producer can see it.
struct SharedOffer {
  std::uint64_t process = 0;     ///< whose descriptor it is, by its number on the rank's machine
  std::uint64_t descriptor = 0;  ///< of the memory
  std::uint64_t bytes = 0;       ///< in all
  std::uint64_t token = 0;       ///< that the memory begins with
  BellPlace bell;                ///< to be rung when a message is sent to this rank
};
/// Whether the producer can see it.
struct SharedAnswer {
  bool accepted = false;
  BellPlace bell;  ///< to be rung when a message is sent to the producer
};
/// A message lies in the shared memory.
struct SharedMessage {
  std::uint64_t block = 0;  ///< the first, not counting the one that has the token
  std::uint64_t bytes = 0;
};

/// The job is over. Together, all ranks finalize MPI; where one of them is not there to do so, the
/// others must leave without.
struct Farewell {
  bool together = true;
};

using ToWorker = std::variant<Job, Chunk, Stop, Farewell, SharedAnswer, Widen>;
using ToProducer = std::variant<Hello, Results, ValuePart, Failure, Broken, Goodbye, CheckFailure,
                                Heartbeat, Interrupted, Lost, SharedOffer, SharedMessage>;

/// A message that does not follow the format: too short, too long, or with a value out of range.
class MalformedMessage : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

Bytes encode(const ToWorker& message);
Bytes encode(const ToProducer& message);

/// The same, in the memory of `room`, which is empty, as far as that goes.
Bytes encode(const ValuePart& part, Bytes room);
/// That is enough for a part of so many digits.
constexpr std::size_t part_message_bytes(std::size_t digits) {
  return digits + 80;
}

/// Writes a Results message, value by value.
class ResultsEncoder {
 public:
  explicit ResultsEncoder(ChunkId chunk) : chunk_(chunk) {}

  /// The next message is written in the memory of `room`, which is empty, as far as that goes.
  void begin_in(Bytes room) { bytes_ = std::move(room); }

  void add(Key key, const ValueView& value);

  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] std::size_t size_bytes() const { return bytes_.size(); }

  /// The message of the values added since the last one was taken; there is one at least.
  Bytes take(const Interval& computed, double waited_s);

 private:
  ChunkId chunk_;
  std::uint64_t count_ = 0;
  Bytes bytes_;
};

/// @throws MalformedMessage
ToWorker decode_to_worker(std::span<const char> bytes);
/// @throws MalformedMessage
ToProducer decode_to_producer(std::span<const char> bytes);

/// Whether these bytes, which encode() made, are a Stop.
bool is_stop(std::span<const char> bytes);
/// What these bytes, which encode() made, say if they are a Farewell.
std::optional<Farewell> as_farewell(std::span<const char> bytes);
/// What these bytes, which encode() made, say if they are one of these.
std::optional<SharedOffer> as_shared_offer(std::span<const char> bytes);
std::optional<SharedMessage> as_shared_message(std::span<const char> bytes);
std::optional<SharedAnswer> as_shared_answer(std::span<const char> bytes);
/// Whether these bytes, which encode() made, are a Goodbye.
bool is_goodbye(std::span<const char> bytes);

}  // namespace fibo
