// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <chrono>
#include <thread>

namespace fibo {

/// How long to sleep between two looks for messages. A look takes the core from the rank's own
/// worker, and much of what that has in its caches: the fewer, the better, as long as no worker
/// waits.
///
/// A long message moves only while both of its ends look, a few ten KB at a time, so a rank looks
/// without pause for the time that one takes, and naps if the other end does not answer.
class Nap {
 public:
  /// A message came.
  void reset() {
    const auto now = std::chrono::steady_clock::now();
    const auto pause = std::chrono::duration_cast<std::chrono::microseconds>(now - reset_);
    usual_pause_ = (3 * usual_pause_ + std::min(pause, 4 * longest)) / 4;
    reset_ = now;
    length_ = shortest;
    looking_until_ = now + transfer_patience;
  }

  /// Whether none has been taken since a message came.
  [[nodiscard]] bool is_first() const { return length_ == shortest; }

  /// Where a message may be waited for: twice as long each time, as another may be near.
  std::chrono::microseconds next(bool transferring) {
    const std::chrono::microseconds now = length_;
    length_ = std::min(2 * length_, longest);
    return unless_transferring(transferring, now);
  }

  /// Where nobody waits for the next one: about as long as they take to come.
  std::chrono::microseconds next_usual(bool transferring) {
    return unless_transferring(transferring, std::clamp(usual_pause_, shortest, longest));
  }

  /// Where the next one is of no use yet.
  std::chrono::microseconds next_unhurried(bool transferring) {
    return unless_transferring(transferring, unhurried);
  }

  /// Where whoever sends one rings, and other things want a look as often as this.
  [[nodiscard]] std::chrono::microseconds next_rung(bool transferring,
                                                    std::chrono::microseconds most) const {
    return unless_transferring(transferring, most);
  }

 private:
  static constexpr std::chrono::microseconds shortest{100};
  static constexpr std::chrono::microseconds transfer_look{20};
  static constexpr std::chrono::microseconds longest{1000};
  static constexpr std::chrono::microseconds unhurried{5000};
  static constexpr std::chrono::microseconds transfer_patience{1000};

  std::chrono::microseconds unless_transferring(bool transferring,
                                                std::chrono::microseconds length) const {
    if (!transferring) return length;
    if (std::chrono::steady_clock::now() >= looking_until_) return transfer_look;
    std::this_thread::yield();
    return std::chrono::microseconds::zero();
  }

  std::chrono::microseconds length_ = shortest;
  std::chrono::microseconds usual_pause_ = shortest;
  std::chrono::steady_clock::time_point reset_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point looking_until_ = reset_ + transfer_patience;
};

}  // namespace fibo
