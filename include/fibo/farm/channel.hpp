// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/farm/key.hpp"
#include "fibo/farm/message.hpp"

#include <optional>
#include <vector>

/// The producer's end of the way to its workers. The producer is written against it; MPI is one
/// implementation (mpi_channel.hpp), tests have others. Messages from one sender to one receiver
/// arrive in the order in which they were sent.
namespace fibo {

class ProducerChannel {
 public:
  struct Envelope {
    Rank from;
    Bytes message;
  };

  ProducerChannel() = default;
  ProducerChannel(const ProducerChannel&) = delete;
  ProducerChannel& operator=(const ProducerChannel&) = delete;
  virtual ~ProducerChannel() = default;

  /// The ranks that compute; never empty.
  [[nodiscard]] virtual std::vector<Rank> workers() const = 0;

  /// Sends without waiting for the receiver. The channel keeps the bytes until they are gone.
  virtual void send(Rank worker, Bytes message) = 0;

  /// Waits for the next message from any worker; nothing if none has come within some hundredths
  /// of a second, so that the producer can look at its clock.
  virtual std::optional<Envelope> receive() = 0;
};

}  // namespace fibo
