// SPDX-License-Identifier: MIT
#include "fibo/farm/cost_calibration.hpp"

#include <algorithm>
#include <cmath>

namespace fibo {
namespace {

constexpr double kept_part = 7.0 / 8;
constexpr double largest_surprise = 16;

}  // namespace

// What is expected counts as a piece too, before the first: a single one may be odd.
void CostCalibration::FadingSums::add(double more_expected_s, double more_measured_s) {
  if (empty()) expected_s = measured_s = more_expected_s;
  expected_s = kept_part * expected_s + more_expected_s;
  measured_s = kept_part * measured_s + more_measured_s;
}

std::size_t CostCalibration::class_of(double estimate_s) {
  const double estimate_ns = 1e9 * estimate_s;
  if (!(estimate_ns >= 1)) return 0;
  return static_cast<std::size_t>(std::clamp(std::ilogb(estimate_ns), 0, 63));
}

double CostCalibration::speed(Rank rank) const {
  const RankSpeed& own = ranks_[static_cast<std::size_t>(to_int(rank))];
  if (own.sums.empty()) return 1;
  return own.speed * static_cast<double>(measured_ranks_) / sum_of_speeds_;
}

void CostCalibration::measured(Rank rank, std::size_t keys, double estimate_s, double measured_s) {
  const bool makes_sense = keys > 0 && estimate_s > 0 && std::isfinite(estimate_s) &&
                           measured_s > 0 && std::isfinite(measured_s);
  if (!makes_sense) return;
  const std::size_t place = class_of(estimate_s / static_cast<double>(keys));
  KeyClass& of_keys = classes_.at(place);
  RankSpeed& of_rank = ranks_.at(static_cast<std::size_t>(to_int(rank)));
  const double usual_s = estimate_s * of_keys.correction;  // at the mean speed
  const double expected_s = usual_s / speed(rank);
  const double believed_s =
      std::clamp(measured_s, expected_s / largest_surprise, expected_s * largest_surprise);

  if (of_rank.sums.empty())
    ++measured_ranks_;
  else
    sum_of_speeds_ -= of_rank.speed;
  of_rank.sums.add(usual_s, believed_s);
  of_rank.speed = of_rank.sums.expected_s / of_rank.sums.measured_s;
  sum_of_speeds_ += of_rank.speed;

  // What the rank's speed explains is not held against the keys. A class without a measurement had
  // its correction from a neighbour.
  if (of_keys.sums.empty()) of_keys.sums = {.expected_s = estimate_s, .measured_s = usual_s};
  of_keys.sums.add(estimate_s, believed_s * speed(rank));
  of_keys.correction = of_keys.sums.measured_s / of_keys.sums.expected_s;
  for (std::size_t i = place; i-- > 0 && classes_.at(i).sums.empty();)
    classes_.at(i).correction = of_keys.correction;
  for (std::size_t i = place + 1; i < classes_.size() && classes_.at(i).sums.empty(); ++i)
    classes_.at(i).correction = of_keys.correction;
}

}  // namespace fibo
