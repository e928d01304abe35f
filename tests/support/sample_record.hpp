// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/results/run_record.hpp"

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>

namespace fibo::test {

/// The record of a run that never was: so many ranks, eight on a host, of so many pieces of work
/// each, cheap and costly by turns.
inline RunRecord sample_record(int ranks, int pieces, RecordLimits limits = {}) {
  std::mt19937_64 random(static_cast<std::uint64_t>(ranks));
  const auto uniform = [&random] { return std::uniform_real_distribution<double>(0, 1)(random); };
  RunRecorder recorder(100, limits);
  double end_s = 0;
  std::uint64_t keys = 0;
  std::uint64_t digits = 0;
  for (int i = 0; i < ranks; ++i) recorder.joined(Rank{i}, "node" + std::to_string(i / 8));
  for (int i = 0; i < ranks; ++i) {
    const Rank rank{i};
    Goodbye goodbye;
    double now_s = 100.01;
    for (int piece = 0; piece < pieces; ++piece) {
      const double waited_s = 0.004 * uniform();
      const double computing_s = uniform() < 0.05 ? 0.5 * uniform() : 0.06 * uniform();
      const bool alone = computing_s > 0.02;
      now_s += waited_s;
      const Span span{.chunk = static_cast<std::uint64_t>(piece),
                      .time = {now_s, now_s + computing_s},
                      .waited_s = waited_s,
                      .keys = alone ? 1U : 40U,
                      .digits = static_cast<std::uint64_t>(computing_s * 2e8),
                      .largest_key = static_cast<Key>(computing_s * (alone ? 1e9 : 2.5e7))};
      for (std::uint64_t key = 0; key < span.keys; ++key)
        recorder.returned(rank, span.largest_key, span.digits / span.keys);
      recorder.computed(rank, span);
      keys += span.keys;
      digits += span.digits;
      goodbye.keys += span.keys;
      goodbye.computing_s += computing_s;
      goodbye.waiting_s += waited_s;
      const double sending_s = 0.01 * uniform() * computing_s + 0.001;
      goodbye.communicating_s += sending_s;
      now_s += computing_s + sending_s;
    }
    end_s = std::max(end_s, now_s);
    recorder.left(rank, goodbye);
  }
  RunRecord record = recorder.take();
  record.version = "1.2.3";
  record.command = {"mpirun",   "-np", std::to_string(ranks),
                    "fibo_mpi", "-k",  "it's <keys> & \"more\""};
  record.quantity = "F(n) in full";
  record.seed = 7;
  record.keys = record.distinct_keys = record.checked_values = keys;
  record.digits = digits;
  record.makespan_s = end_s - 100 + 0.02;
  return record;
}

}  // namespace fibo::test
