// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/farm/key.hpp"

#include <array>
#include <cstddef>
#include <vector>

namespace fibo {

/// What measured times say of estimated ones: how much longer than estimated keys of each order of
/// magnitude take on this machine, and how fast each rank is beside the others.
///
/// Both are quotients of sums in which each piece of work counts 7/8 of the one after it: they
/// follow what changes, and no piece upsets them. A piece counts as at most 16 times as long or as
/// short as was expected of it, as its rank may have stood still meanwhile.
class CostCalibration {
 public:
  /// @param ranks  all ranks are below this
  explicit CostCalibration(std::size_t ranks) : ranks_(ranks) {}

  /// By what the estimate of a key's cost, in seconds, is to be multiplied. Orders of magnitude
  /// that have not been measured follow the nearest measured ones; 1 while there are none.
  [[nodiscard]] double correction(double estimate_s) const {
    return classes_[class_of(estimate_s)].correction;
  }

  /// The rank's speed over the mean of those that have been measured; 1 if it has not been.
  [[nodiscard]] double speed(Rank rank) const;

  /// A piece of `keys` keys that were estimated at `estimate_s` in all took the rank `measured_s`.
  /// Ignored unless all three are positive and finite.
  void measured(Rank rank, std::size_t keys, double estimate_s, double measured_s);

 private:
  struct FadingSums {
    double expected_s = 0;
    double measured_s = 0;

    [[nodiscard]] bool empty() const { return expected_s == 0; }
    void add(double more_expected_s, double more_measured_s);
  };
  /// Keys whose estimates have the same power of two, in nanoseconds.
  struct KeyClass {
    FadingSums sums;  ///< estimates, and what they took at the mean speed
    double correction = 1;
  };
  struct RankSpeed {
    FadingSums sums;  ///< corrected estimates, and what they took
    double speed = 1;
  };

  static std::size_t class_of(double estimate_s);

  std::array<KeyClass, 64> classes_;
  std::vector<RankSpeed> ranks_;
  double sum_of_speeds_ = 0;        ///< of ranks that have been measured
  std::size_t measured_ranks_ = 0;  ///< how many those are
};

}  // namespace fibo
