// SPDX-License-Identifier: MIT
#include "fibo/farm/time_left.hpp"

#include "fibo/farm/key_size.hpp"

#include <algorithm>
#include <utility>

namespace fibo {
namespace {

// Less than this of measured time says little: it is mostly the first touch of memory.
constexpr double telling_s = 1e-3;

// What keys of a size take says something about those up to four times as large.
constexpr std::size_t near_sizes = 2;

// Who computes longer than was thought is taken to be as near to the end as this, of that time.
constexpr double overdue_part = 0.02;

// The estimate for writing kept values counts as if it had been measured for so long: the first of
// them say little of the rest.
constexpr double believed_s = 0.25;

}  // namespace

TimeLeft::TimeLeft(Workload workload, Clock now_s)
    : workload_(std::move(workload)), now_s_(std::move(now_s)), waiting_s_(workload_.total_s) {}

void TimeLeft::begin(double at_s) {
  if (!begin_s_) begin_s_ = at_s;
}

void TimeLeft::begin(WorkerState& worker) const {
  worker.begun_s = now_s_();
  worker.writing_before_s = written_.taken_s;
}

void TimeLeft::leaves_source(Key key, std::uint64_t dropped, double cost_s) {
  double& waiting_s = waiting_s_[key_size(key)];
  const double times = workload_.counts_repeats ? static_cast<double>(dropped) : 1;
  waiting_s = std::max(0.0, waiting_s - times * cost_s);
  if (key == workload_.largest_key) largest_waits_ = false;
}

void TimeLeft::taken(Key key, std::uint64_t dropped) {
  const double cost_s = workload_.cost_s(key);
  leaves_source(key, dropped, cost_s);
  next_s_[key_size(key)] += cost_s;
  ++next_;
}

void TimeLeft::passed_over(Key key, std::uint64_t dropped) {
  const double cost_s = workload_.cost_s(key);
  leaves_source(key, dropped, cost_s);
  kept_s_[key_size(key)] += cost_s;
  unwritten_s_ += workload_.writing_s(key);
  ++kept_;
}

void TimeLeft::kept_written(Key key, std::uint64_t digits, double taken_s) {
  begin(now_s_() - taken_s);
  const double estimated_s = workload_.writing_s(key);
  unwritten_s_ = std::max(0.0, unwritten_s_ - estimated_s);
  written_.estimated_s += estimated_s;
  written_.taken_s += taken_s;
  digits_ += digits;
}

void TimeLeft::joined(Rank worker, const std::string& /*host*/) {
  workers_[worker];
}

double TimeLeft::chunk_cost_s(const std::vector<Key>& keys) const {
  const double sum_s = workload_.cost_s(keys.front()) + workload_.cost_s(keys[keys.size() / 2]) +
                       workload_.cost_s(keys.back());
  return sum_s / 3;
}

void TimeLeft::handed_out(Rank worker, const Chunk& chunk, std::uint64_t threads) {
  if (chunk.keys.empty()) return;
  begin(now_s_());
  WorkerState& state = workers_[worker];
  if (state.out.empty()) begin(state);
  const double key_cost_s = chunk_cost_s(chunk.keys);
  for (const Key key : chunk.keys) {
    if (const auto again = again_.find(key); again != again_.end()) {
      again_.erase(again);
      continue;
    }
    double& next_s = next_s_[key_size(key)];
    next_s = std::max(0.0, next_s - workload_.cost_s(key));
    if (next_ > 0) --next_;
  }
  if (next_ == 0) next_s_ = {};
  keys_out_ += chunk.keys.size();
  state.out.push_back({chunk.keys, 0, key_cost_s, threads});
}

void TimeLeft::returned(Rank worker, Key /*key*/, std::uint64_t digits) {
  WorkerState& state = workers_[worker];
  begin(state);
  ++keys_returned_;
  digits_ += digits;
  if (state.out.empty()) return;
  --keys_out_;
  Out& first = state.out.front();
  if (++first.returned_keys == first.keys.size()) state.out.erase(state.out.begin());
}

void TimeLeft::computed(Rank /*worker*/, const Span& span) {
  const double taken_s = length_s(span.time);
  computing_s_ += taken_s;
  Measured& measured = measured_[key_size(span.largest_key)];
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
  begin(state);
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
  return factor(key_size(key)) * cost_s;
}

double TimeLeft::corrected_s(const CostBySize& costs_s) const {
  double sum_s = 0;
  for (std::size_t size = 0; size < costs_s.size(); ++size)
    if (costs_s[size] > 0) sum_s += factor(size) * costs_s[size];
  return sum_s;
}

// What it has to compute, from the beginning of its first key on.
double TimeLeft::out_s(const WorkerState& worker) const {
  double sum_s = 0;
  for (const Out& out : worker.out)
    sum_s += static_cast<double>(out.keys.size() - out.returned_keys) *
             corrected_s(out.keys.back(), out.key_cost_s);
  return sum_s;
}

double TimeLeft::computing_since_s(const WorkerState& worker) const {
  if (worker.out.empty()) return 0;
  const double since_s = now_s_() - worker.begun_s;
  // While the producer writes kept values it does not hear who has nothing left to compute.
  const double unheard_s = written_.taken_s - worker.writing_before_s;
  if (unheard_s <= 0) return since_s;
  return std::min(since_s, std::max(since_s - unheard_s, out_s(worker)));
}

double TimeLeft::left_s(const WorkerState& worker) const {
  const double sum_s = out_s(worker);
  const double since_s = computing_since_s(worker);
  return std::max(sum_s - since_s, std::min(sum_s, overdue_part * since_s));
}

TimeLeft::Pace TimeLeft::pace() const {
  double busy_s = computing_s_;
  for (const auto& [rank, worker] : workers_) busy_s += computing_since_s(worker);
  Pace pace{.workers = std::max(1.0, static_cast<double>(workers_.size())),
            .elapsed_s = begin_s_ ? now_s_() - *begin_s_ : 0,
            .stalled_s = 0,
            .busy = 1};
  const double idle_s = std::max(0.0, pace.elapsed_s - busy_s / pace.workers);
  pace.stalled_s = std::min(written_.taken_s, idle_s);
  const double core_s = pace.workers * (pace.elapsed_s - pace.stalled_s);
  if (busy_s > 0 && core_s > 0) pace.busy = std::clamp(busy_s / core_s, 1e-3, 1.0);
  return pace;
}

double TimeLeft::computing_left_s(const Pace& pace) const {
  double all_s = corrected_s(waiting_s_) + corrected_s(next_s_);
  double longest_s = 0;
  for (const auto& [rank, worker] : workers_) {
    const double worker_left_s = left_s(worker);
    all_s += worker_left_s;
    longest_s = std::max(longest_s, worker_left_s);
  }
  for (const Key key : again_) all_s += corrected_s(key, workload_.cost_s(key));

  // What the producer cannot hand out or take in fast enough keeps workers idle, now as before.
  if (!largest_waits_ || waiting_s_[key_size(workload_.largest_key)] <= 0)
    return std::max(longest_s, pace.shared_s(all_s));
  // The largest key may be the last.
  const double last_s =
      std::min(all_s, corrected_s(workload_.largest_key, workload_.cost_s(workload_.largest_key)));
  return std::max(longest_s, pace.shared_s(all_s - last_s) + last_s);
}

// Workers that have enough to do compute while kept values are written.
double TimeLeft::left_s(double computing_s, const Pace& pace) const {
  const double estimates_s = written_.estimated_s + believed_s;
  const double writing_s = unwritten_s_ * (written_.taken_s + believed_s) / estimates_s;
  const double stalling_s = unwritten_s_ * (pace.stalled_s + believed_s) / estimates_s;
  return std::max(writing_s, computing_s + stalling_s);
}

std::optional<double> TimeLeft::seconds() const {
  const Pace now = pace();
  const double computing_s = computing_left_s(now);
  if (workers_.empty() && computing_s > 0) return std::nullopt;
  return left_s(computing_s, now);
}

double TimeLeft::part_done() const {
  const Pace now = pace();
  const double all_left_s = left_s(computing_left_s(now), now);
  // As if what is kept had been computed before.
  const double done_s = now.elapsed_s + now.shared_s(corrected_s(kept_s_));
  return done_s + all_left_s > 0 ? done_s / (done_s + all_left_s) : 1;
}

double TimeLeft::keys_per_s() const {
  const Pace now = pace();
  const double computing_s = now.elapsed_s - now.stalled_s;
  return computing_s > 0 ? static_cast<double>(keys_returned_) / computing_s : 0;
}

std::uint64_t TimeLeft::keys_done() const {
  return keys_returned_ + kept_;
}

std::uint64_t TimeLeft::busy_cores() const {
  std::uint64_t cores = 0;
  for (const auto& [rank, worker] : workers_)
    if (!worker.out.empty()) cores += worker.out.front().threads;
  return cores;
}

std::pair<Key, std::uint64_t> CountedKeys::take_and_count() {
  const std::uint64_t before = remaining_at_most();
  const Key key = keys().take();
  const std::uint64_t after = remaining_at_most();
  if (!peek()) time_left_.all_taken();
  return {key, before > after ? before - after : 1};
}

Key CountedKeys::take() {
  const auto [key, dropped] = take_and_count();
  time_left_.taken(key, dropped);
  return key;
}

Key CountedKeys::pass_over() {
  const auto [key, dropped] = take_and_count();
  time_left_.passed_over(key, dropped);
  return key;
}

}  // namespace fibo
