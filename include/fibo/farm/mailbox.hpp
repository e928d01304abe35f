// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/farm/message.hpp"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

namespace fibo {

/// A queue of messages between two threads of one rank. Unbounded: what is in flight is bounded by
/// the scheduler.
class Mailbox {
 public:
  void put(Bytes message) {
    {
      const std::lock_guard lock(mutex_);
      messages_.push_back(std::move(message));
    }
    arrived_.notify_one();
  }

  /// Waits for the next message.
  Bytes take() {
    std::unique_lock lock(mutex_);
    arrived_.wait(lock, [&] { return !messages_.empty(); });
    return pop();
  }

  /// Waits for the next message, but no longer than `patience`, which may be zero.
  std::optional<Bytes> take_within(std::chrono::microseconds patience) {
    std::unique_lock lock(mutex_);
    if (!arrived_.wait_for(lock, patience, [&] { return !messages_.empty(); })) return std::nullopt;
    return pop();
  }

 private:
  Bytes pop() {
    Bytes message = std::move(messages_.front());
    messages_.pop_front();
    return message;
  }

  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<Bytes> messages_;
};

}  // namespace fibo
