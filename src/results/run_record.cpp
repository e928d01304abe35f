// SPDX-License-Identifier: MIT
#include "fibo/results/run_record.hpp"

#include "fibo/farm/key_size.hpp"
#include "fibo/farm/saturating_add.hpp"
#include "fibo/fibonacci/overloaded.hpp"
#include "fibo/results/text.hpp"

#include <algorithm>
#include <set>
#include <utility>
#include <variant>

#include <fmt/format.h>

namespace fibo {
namespace {

// A rank keeps so many entries at least, however many ranks there are.
constexpr std::size_t least_work = 100;

// One piece of both, the second after the first.
Work joined_work(const Work& first, const Work& second) {
  Work both = first;
  both.time.end_s = second.time.end_s;
  both.computing_s += second.computing_s;
  both.waiting_s += second.waiting_s + second.waited_s;
  both.pieces += second.pieces;
  both.keys += second.keys;
  both.digits += second.digits;
  both.largest_key = std::max(first.largest_key, second.largest_key);
  both.threads = std::max(first.threads, second.threads);
  return both;
}

bool fit_together(const Work& first, const Work& second, double grain_s) {
  return second.time.end_s - first.time.begin_s <= grain_s;
}

void join_within(std::vector<Work>& work, double grain_s) {
  std::size_t kept = 0;
  for (std::size_t i = 1; i < work.size(); ++i) {
    if (fit_together(work[kept], work[i], grain_s))
      work[kept] = joined_work(work[kept], work[i]);
    else
      work[++kept] = work[i];
  }
  work.resize(std::min(work.size(), kept + 1));
}

}  // namespace

std::string_view Outcome::text() const {
  if (!signal.empty()) return "interrupted";
  return given_up.empty() ? "complete" : "keys given up";
}

double RunRecord::computing_s() const {
  double sum_s = 0;
  for (const auto& [rank, record] : ranks) sum_s += record.busy_s();
  return sum_s;
}

double RunRecord::longest_key_s() const {
  double longest_s = 0;
  for (const auto& [rank, record] : ranks) longest_s = std::max(longest_s, record.longest_key_s);
  return longest_s;
}

double RunRecord::lower_bound_s() const {
  if (ranks.empty()) return 0;
  return std::max(computing_s() / static_cast<double>(ranks.size()), longest_key_s());
}

double RunRecord::efficiency() const {
  return makespan_s > 0 ? std::min(lower_bound_s() / makespan_s, 1.0) : 1;
}

std::uint64_t RunRecord::keys_at_most() const {
  return saturating_add(saturating_add(distinct_keys, outcome.left_at_most),
                        outcome.given_up.size());
}

std::size_t RunRecord::hosts() const {
  std::set<std::string> names;
  for (const auto& [rank, record] : ranks)
    if (!record.host.empty()) names.insert(record.host);
  return names.size();
}

std::string quantity_text(const Quantity& quantity) {
  return std::visit(
      Overloaded{
          [](const FullDigits&) { return std::string("F(n) in full"); },
          [](const EndDigits& ends) {
            return fmt::format("the first and the last {} of F(n)", counted(ends.count, "digit"));
          },
          [](const Residue& residue) { return fmt::format("F(n) mod {}", residue.modulus); },
      },
      quantity);
}

RunRecorder::RunRecorder(double begin_s, RecordLimits limits)
    : begin_s_(begin_s), limits_(limits) {}

void RunRecorder::joined(Rank worker, const std::string& host) {
  record_.ranks[worker].host = host;
}

void RunRecorder::returned(Rank /*worker*/, Key key, std::uint64_t digits) {
  const std::size_t size = key_size(key);
  record_.by_size[size].keys += 1;
  record_.by_size[size].digits += digits;
  if (returned_.empty() || returned_.back().size != size) returned_.push_back({size, 0});
  returned_.back().keys += 1;
}

void RunRecorder::computed(Rank worker, const Span& span) {
  RankRecord& rank = record_.ranks[worker];
  rank.keys += span.keys;
  rank.digits += span.digits;
  rank.computing_s += length_s(span.time);
  rank.waiting_s += span.waited_s;
  rank.longest_key_s =
      std::max(rank.longest_key_s,
               length_s(span.time) / static_cast<double>(std::max<std::uint64_t>(span.keys, 1)));

  note_help(worker, span);
  note_sizes(span);
  note_sample(span);
  note_slow(worker, span);

  // The estimate of the clock's offset may change between two pieces: they must not overlap.
  const double earliest_s = rank.work.empty() ? 0 : rank.work.back().time.end_s;
  const double begin_s = std::max(span.time.begin_s - begin_s_, earliest_s);
  const double end_s = std::max(span.time.end_s - begin_s_, begin_s);
  const Work piece{.time = {begin_s, end_s},
                   .computing_s = end_s - begin_s,
                   .waited_s = std::min(span.waited_s, begin_s - earliest_s),
                   .pieces = 1,
                   .keys = span.keys,
                   .digits = span.digits,
                   .largest_key = span.largest_key,
                   .threads = span.threads};
  double& grain_s = grains_[worker].seconds;
  if (!rank.work.empty() && fit_together(rank.work.back(), piece, grain_s)) {
    rank.work.back() = joined_work(rank.work.back(), piece);
    return;
  }
  rank.work.push_back(piece);
  const std::size_t most = std::max(limits_.work / record_.ranks.size(), least_work);
  while (rank.work.size() > most) {
    grain_s = std::max(2 * grain_s, end_s / 1000);
    join_within(rank.work, grain_s);
  }
}

void RunRecorder::note_help(Rank worker, const Span& span) {
  if (!span.helper) return;
  RankRecord& helper = record_.ranks[*span.helper];
  helper.helps.push_back(
      {{span.time.begin_s - begin_s_, span.time.end_s - begin_s_}, worker, span.largest_key});
  helper.lent_s += length_s(span.time);
}

void RunRecorder::note_sizes(const Span& span) {
  for (const SizeRun& run : returned_)
    record_.by_size[run.size].computing_s +=
        length_s(span.time) * static_cast<double>(run.keys) / static_cast<double>(span.keys);
  returned_.clear();
}

void RunRecorder::note_sample(const Span& span) {
  if (span.keys == 0 || spans_++ % sample_every_ != 0) return;
  const auto keys = static_cast<double>(span.keys);
  record_.samples.push_back({.largest_key = span.largest_key,
                             .seconds_a_key = length_s(span.time) / keys,
                             .digits_a_key = static_cast<double>(span.digits) / keys});
  if (record_.samples.size() < limits_.samples) return;
  for (std::size_t i = 0; 2 * i < record_.samples.size(); ++i)
    record_.samples[i] = record_.samples[2 * i];
  record_.samples.resize((record_.samples.size() + 1) / 2);
  sample_every_ *= 2;
}

void RunRecorder::note_slow(Rank worker, const Span& span) {
  if (span.keys == 0) return;
  SlowPiece piece{.rank = worker,
                  .largest_key = span.largest_key,
                  .keys = span.keys,
                  .time = {span.time.begin_s - begin_s_, span.time.end_s - begin_s_},
                  .threads = span.threads};
  auto& slowest = record_.slowest;
  const auto place = std::ranges::find_if(slowest, [&](const SlowPiece& other) {
    return piece.seconds_a_key() > other.seconds_a_key();
  });
  if (place == slowest.end() && slowest.size() >= limits_.slowest) return;
  slowest.insert(place, piece);
  if (slowest.size() > limits_.slowest) slowest.pop_back();
}

void RunRecorder::check_failed(Rank worker, Key key) {
  record_.failed_checks.push_back({worker, key});
}

void RunRecorder::lost(Rank worker, const std::string& why) {
  record_.ranks[worker].lost = why;
}

void RunRecorder::left(Rank worker, const Goodbye& goodbye) {
  RankRecord& rank = record_.ranks[worker];
  // A worker that was abandoned counts nothing; what it has sent says more.
  if (goodbye.keys < rank.keys) return;
  rank.computing_s = goodbye.computing_s;
  rank.communicating_s = goodbye.communicating_s;
  // Its worker knows nothing of what the core did meanwhile.
  rank.waiting_s = std::max(0.0, goodbye.waiting_s - rank.lent_s);
}

RunRecord RunRecorder::take() {
  return std::move(record_);
}

}  // namespace fibo
