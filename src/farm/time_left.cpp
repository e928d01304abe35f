// SPDX-License-Identifier: MIT
#include "fibo/farm/time_left.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace fibo {
namespace {

// Less than this of measured time says little: it is mostly the first touch of memory.
constexpr double telling_s = 1e-3;

// What keys of a size take says something about those up to four times as large.
constexpr std::size_t near_sizes = 2;

// Who computes longer than was thought is taken to be as near to the end as this, of that time.
constexpr double overdue_part = 0.02;

}  // namespace

TimeLeft::TimeLeft(Workload workload, Clock now_s)
    : workload_(std::move(workload)),
      now_s_(std::move(now_s)),
      begin_s_(now_s_()),
      waiting_s_(workload_.total_s) {}

std::size_t TimeLeft::size_of(Key key) {
  return static_cast<std::size_t>(std::bit_width(key));
}

void TimeLeft::taken(Key key, std::uint64_t dropped) {
  const double cost_s = workload_.cost_s(key);
  double& waiting_s = waiting_s_[size_of(key)];
  const double times = workload_.counts_repeats ? static_cast<double>(dropped) : 1;
  waiting_s = std::max(0.0, waiting_s - times * cost_s);
  if (key == workload_.largest_key) largest_waits_ = false;
  not_handed_out_s_ += cost_s;
  ++not_handed_out_;
}

void TimeLeft::joined(Rank worker, const std::string& /*host*/) {
  workers_[worker];
}

double TimeLeft::chunk_cost_s(const std::vector<Key>& keys) const {
  const double sum_s = workload_.cost_s(keys.front()) + workload_.cost_s(keys[keys.size() / 2]) +
                       workload_.cost_s(keys.back());
  return sum_s / 3;
}

void TimeLeft::handed_out(Rank worker, const Chunk& chunk) {
  if (chunk.keys.empty()) return;
  WorkerState& state = workers_[worker];
  if (state.out.empty()) state.begun_s = now_s_();
  const double key_cost_s = chunk_cost_s(chunk.keys);
  for (const Key key : chunk.keys) {
    if (const auto again = again_.find(key); again != again_.end()) {
      again_.erase(again);
      continue;
    }
    not_handed_out_s_ = std::max(0.0, not_handed_out_s_ - key_cost_s);
    if (not_handed_out_ > 0) --not_handed_out_;
  }
  keys_out_ += chunk.keys.size();
  state.out.push_back({chunk.keys, 0, key_cost_s});
}

void TimeLeft::returned(Rank worker, Key /*key*/, std::uint64_t /*digits*/) {
  WorkerState& state = workers_[worker];
  state.begun_s = now_s_();
  ++keys_returned_;
  if (state.out.empty()) return;
  --keys_out_;
  Out& first = state.out.front();
  if (++first.returned_keys == first.keys.size()) state.out.erase(state.out.begin());
}

void TimeLeft::computed(Rank /*worker*/, const Span& span) {
  const double taken_s = length_s(span.time);
  computing_s_ += taken_s;
  Measured& measured = measured_[size_of(span.largest_key)];
  measured.taken_s += taken_s;
  measured.estimated_s += static_cast<double>(span.keys) * workload_.cost_s(span.largest_key);
}

void TimeLeft::take_back(const std::vector<Key>& keys, std::size_t from) {
  again_.insert(keys.begin() + static_cast<std::ptrdiff_t>(from), keys.end());
  keys_out_ -= keys.size() - from;
}

void TimeLeft::check_failed(Rank worker, Key /*key*/) {
  WorkerState& state = workers_[worker];
  if (state.out.empty()) return;
  // Its worker did not try the rest of the chunk.
  take_back(state.out.front().keys, state.out.front().returned_keys);
  state.out.erase(state.out.begin());
  state.begun_s = now_s_();
}

void TimeLeft::lost(Rank worker, const std::string& /*why*/) {
  for (const Out& out : workers_[worker].out) take_back(out.keys, out.returned_keys);
  workers_.erase(worker);
}

void TimeLeft::given_up(Key key) {
  again_.erase(key);
}

double TimeLeft::factor(std::size_t size) const {
  for (std::size_t away = 0; away <= near_sizes; ++away) {
    for (const std::size_t near : {size - away, size + away}) {
      if (near < measured_.size() && measured_[near].taken_s > telling_s)
        return measured_[near].taken_s / measured_[near].estimated_s;
    }
  }
  return 1;
}

double TimeLeft::corrected_s(Key key, double cost_s) const {
  return factor(size_of(key)) * cost_s;
}

double TimeLeft::computing_since_s(const WorkerState& worker) const {
  return worker.out.empty() ? 0 : now_s_() - worker.begun_s;
}

double TimeLeft::left_s(const WorkerState& worker) const {
  double sum_s = 0;
  for (const Out& out : worker.out)
    sum_s += static_cast<double>(out.keys.size() - out.returned_keys) *
             corrected_s(out.keys.back(), out.key_cost_s);
  const double since_s = computing_since_s(worker);
  return std::max(sum_s - since_s, std::min(sum_s, overdue_part * since_s));
}

std::optional<double> TimeLeft::seconds() const {
  if (workers_.empty()) return std::nullopt;
  double all_s = 0;
  double longest_s = 0;
  double busy_s = computing_s_;
  for (const auto& [rank, worker] : workers_) {
    const double worker_left_s = left_s(worker);
    all_s += worker_left_s;
    longest_s = std::max(longest_s, worker_left_s);
    busy_s += computing_since_s(worker);
  }
  for (std::size_t size = 0; size < waiting_s_.size(); ++size)
    if (waiting_s_[size] > 0) all_s += factor(size) * waiting_s_[size];
  for (const Key key : again_) all_s += corrected_s(key, workload_.cost_s(key));

  // What the producer cannot hand out or take in fast enough keeps workers idle, now as before.
  const auto workers = static_cast<double>(workers_.size());
  const double core_s = workers * elapsed_s();
  const double busy = core_s > 0 ? std::clamp(busy_s / core_s, 1e-3, 1.0) : 1;
  if (!largest_waits_ || waiting_s_[size_of(workload_.largest_key)] <= 0)
    return std::max(longest_s, all_s / (workers * busy));
  // The largest key may be the last.
  const double last_s =
      std::min(all_s, corrected_s(workload_.largest_key, workload_.cost_s(workload_.largest_key)));
  return std::max(longest_s, (all_s - last_s) / (workers * busy) + last_s);
}

double TimeLeft::part_done() const {
  const std::optional<double> left_s = seconds();
  if (!left_s) return 0;
  // As if what is there already had been computed before.
  const double kept_s = not_handed_out_s_ / static_cast<double>(workers_.size());
  const double done_s = elapsed_s() + kept_s;
  return done_s + *left_s > 0 ? done_s / (done_s + *left_s) : 1;
}

std::uint64_t TimeLeft::keys_done() const {
  return keys_returned_ + not_handed_out_;
}

std::size_t TimeLeft::busy_workers() const {
  return static_cast<std::size_t>(std::ranges::count_if(
      workers_, [](const auto& worker) { return !worker.second.out.empty(); }));
}

Key CountedKeys::take() {
  const std::uint64_t before = remaining_at_most();
  const Key key = keys().take();
  const std::uint64_t after = remaining_at_most();
  time_left_.taken(key, before > after ? before - after : 1);
  return key;
}

}  // namespace fibo
