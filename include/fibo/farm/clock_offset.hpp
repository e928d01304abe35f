// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <limits>

namespace fibo {

/// What to add to a worker's clock to get the producer's, from messages both ways: one cannot be
/// acted on before it was sent. Each message bounds the offset from one side, and the estimate lies
/// in the middle, so it errs by half a round trip at most. Where the bounds allow zero it is zero:
/// the ranks of one machine share their clock.
class ClockOffset {
 public:
  /// The producer sent at `producer_s` what the worker acted on at `worker_s`.
  void worker_acted(double producer_s, double worker_s) {
    const double bound_s = producer_s - worker_s;
    if (bound_s > least_.at(producer_s, -1)) least_ = {bound_s, producer_s};
  }

  /// The worker sent at `worker_s`, or before, what the producer received at `producer_s`.
  void producer_received(double worker_s, double producer_s) {
    const double bound_s = producer_s - worker_s;
    if (bound_s < most_.at(producer_s, 1)) most_ = {bound_s, producer_s};
    now_s_ = producer_s;
  }

  [[nodiscard]] double seconds() const {
    const double least_s = least_.at(now_s_, -1);
    const double most_s = most_.at(now_s_, 1);
    if (least_s <= 0 && 0 <= most_s) return 0;
    if (least_s == -infinity) return most_s;
    if (most_s == infinity) return least_s;
    return (least_s + most_s) / 2;
  }

 private:
  static constexpr double infinity = std::numeric_limits<double>::infinity();
  // The clocks of two machines drift apart by less than this in a second, so old bounds slacken.
  static constexpr double drift = 1e-4;

  struct Bound {
    double offset_s;
    double since_s = 0;

    [[nodiscard]] double at(double now_s, double direction) const {
      return offset_s + direction * drift * std::max(now_s - since_s, 0.0);
    }
  };

  Bound least_{-infinity};
  Bound most_{infinity};
  double now_s_ = 0;
};

}  // namespace fibo
