// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/farm/bell.hpp"
#include "fibo/farm/message.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
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
    std::optional<Bell> bell;
    {
      const std::lock_guard lock(mutex_);
      messages_.push_back(std::move(message));
      bell = bell_;
    }
    if (bell)
      bell->ring();
    else
      arrived_.notify_one();
  }

  /// From now on take_within() waits at this bell, and returns early when it is rung: for a thread
  /// that looks for messages elsewhere as well. To be called by the thread that takes.
  void wait_at(const Bell& bell) {
    const std::lock_guard lock(mutex_);
    bell_ = bell;
    // Whatever was put before is not to be slept over.
    seen_ = bell.count() - 1;
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
    const auto anything = [&] { return !messages_.empty(); };
    if (!bell_) {
      if (!arrived_.wait_for(lock, patience, anything)) return std::nullopt;
      return pop();
    }
    if (!anything()) {
      lock.unlock();
      bell_->wait(seen_, patience);
      seen_ = bell_->count();
      lock.lock();
    }
    if (!anything()) return std::nullopt;
    return pop();
  }

  [[nodiscard]] bool empty() const {
    const std::lock_guard lock(mutex_);
    return messages_.empty();
  }

 private:
  Bytes pop() {
    Bytes message = std::move(messages_.front());
    messages_.pop_front();
    return message;
  }

  mutable std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<Bytes> messages_;
  std::optional<Bell> bell_;  ///< changed by the thread that takes alone
  std::uint32_t seen_ = 0;    ///< the count of the bell before that thread last looked elsewhere
};

}  // namespace fibo
