// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/farm/bytes.hpp"
#include "fibo/farm/message.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

/// Messages in memory that two ranks of one machine share: the worker writes a message where the
/// producer reads it, and only says where it is. MPI would copy it, which costs rank 0 more than to
/// compute the digits itself.
namespace fibo {

namespace detail {
class SharedSegment;
}

/// The end of the worker that writes. The memory has no name and goes with the processes.
///
/// message() is for the worker's thread, the rest for the one that carries its messages.
class SharedWriter {
 public:
  /// For `bytes` of messages, of which those not in use take no memory.
  explicit SharedWriter(std::size_t bytes = default_bytes);
  SharedWriter(const SharedWriter&) = delete;
  SharedWriter& operator=(const SharedWriter&) = delete;
  ~SharedWriter();

  /// An empty message with room for `bytes`: in the shared memory if the reader has accepted that
  /// and there is room, otherwise in the process's own, of which as much is kept for messages.
  Bytes message(std::size_t bytes);

  /// Has the reader told of the memory before message() is first asked for a long one: there is
  /// time.
  void offer_early();

  /// What to tell the reader, once, when message() has first been asked for a long one, or after
  /// offer_early(); nothing before, after, or if the system has no such memory.
  std::optional<SharedOffer> take_offer();

  /// The reader's answer.
  void answered(const SharedAnswer& answer);

  /// Where the message lies, if that is in the shared memory. It then belongs to the reader, and
  /// `message` is empty.
  std::optional<SharedMessage> hand_over(Bytes& message);

 private:
  static constexpr std::size_t default_bytes = std::size_t{32} << 20;

  enum class State : std::uint8_t { unused, wanted, offered, accepted, refused };

  std::size_t bytes_;
  std::shared_ptr<detail::SharedSegment> own_;
  std::shared_ptr<detail::SharedSegment> segment_;
  std::atomic<State> state_ = State::unused;
};

/// The end of the producer, for one worker.
class SharedReader {
 public:
  SharedReader() = default;
  /// Looks for the worker's memory; without it, as on another machine, this one is not open.
  explicit SharedReader(const SharedOffer& offer);

  [[nodiscard]] bool is_open() const { return segment_ != nullptr; }

  /// The message that lies there. When the last of it is gone the worker uses the memory again.
  /// @throws MalformedMessage  if there is no such place, or this one is not open
  [[nodiscard]] Bytes take(const SharedMessage& place) const;

 private:
  std::shared_ptr<detail::SharedSegment> segment_;
};

}  // namespace fibo
