// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/farm/bell.hpp"
#include "fibo/farm/message.hpp"
#include "fibo/farm/shared_memory.hpp"
#include "fibo/farm/worker.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <thread>

namespace fibo {

/// A worker on a thread of its own. Each rank has one, so that its first thread, the only one that
/// calls MPI, can send, receive and stop at any time, however long a key takes.
class WorkerThread {
 public:
  explicit WorkerThread(WorkerParts parts);
  WorkerThread(const WorkerThread&) = delete;
  WorkerThread& operator=(const WorkerThread&) = delete;
  ~WorkerThread();

  /// Puts a message in the worker's queue.
  void send(Bytes message);

  /// Whether the worker has something to go on with when it is done with what it is at.
  [[nodiscard]] bool has_work_waiting() const;

  /// The worker's next message; waits for it no longer than `patience`, which may be zero.
  ///
  /// A worker that is still computing long after it was sent Stop is abandoned: a Goodbye is given
  /// in its name, and nothing more comes from it.
  std::optional<Bytes> receive_within(std::chrono::microseconds patience);

  /// From now on receive_within() waits at this bell, and returns early when it is rung: for a
  /// thread that receives from others as well.
  void wait_at(const Bell& bell);

  /// The memory that the worker's values may lie in, for who carries its messages.
  [[nodiscard]] SharedWriter& shared_memory();

  /// Whether the worker was abandoned. Its thread then runs on until the process ends, which must
  /// be by std::_Exit: it may be using what static destructors would take away.
  [[nodiscard]] bool abandoned() const { return abandoned_; }

  /// Whether the last message has been received.
  [[nodiscard]] bool said_goodbye() const { return said_goodbye_; }

 private:
  /// How long a worker that was told to stop may go on with the chunk at hand.
  static constexpr std::chrono::milliseconds stop_patience{200};

  struct Mailboxes;
  std::shared_ptr<Mailboxes> mail_;
  std::thread thread_;
  std::optional<std::chrono::steady_clock::time_point> stop_sent_;
  bool said_goodbye_ = false;  ///< or that was given in its name: nothing more comes
  bool abandoned_ = false;
};

}  // namespace fibo
