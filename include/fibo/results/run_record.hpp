// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/farm/key.hpp"
#include "fibo/farm/observer.hpp"
#include "fibo/farm/scheduler.hpp"
#include "fibo/farm/span.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What is kept of a run to draw and to count from. Times are in seconds from the run's beginning,
/// on rank 0's clock.
namespace fibo {

/// What a rank computed from `time.begin_s` to `time.end_s`: one piece, or several that lie close
/// together, with what lay between them.
struct Work {
  Interval time{};
  double computing_s = 0;  ///< within `time`; all of it if it is one piece
  double waiting_s = 0;    ///< within `time`; the rest of it was communication
  double waited_s = 0;     ///< just before `time`; communication lies between that and earlier work
  std::uint64_t pieces = 0;
  std::uint64_t keys = 0;
  std::uint64_t digits = 0;
  Key largest_key = 0;
  std::uint64_t threads = 1;  ///< that each key could use, at most
};

/// A key of another rank, of which a second thread computed on this rank's core.
struct Help {
  Interval time{};
  Rank helped{};
  Key key = 0;
};

/// What one rank did.
struct RankRecord {
  std::string host;  ///< empty if it was lost before it said so
  std::uint64_t keys = 0;
  std::uint64_t digits = 0;
  double computing_s = 0;
  double communicating_s = 0;  ///< on reading and writing messages
  double waiting_s = 0;        ///< for messages, less lent_s
  double lent_s = 0;           ///< in which another rank computed on its core
  double longest_key_s = 0;    ///< the longest time that a key took, or its share of a piece
  std::string lost;            ///< why it did not stay to the end; empty if it did
  std::vector<Work> work;      ///< in the order of time, without overlap
  std::vector<Help> helps;     ///< of which lent_s is the sum

  /// In which its core computed, for itself or for another rank.
  [[nodiscard]] double busy_s() const { return computing_s + lent_s; }
};

/// A piece of work whose keys took long, each.
struct SlowPiece {
  Rank rank{};
  Key largest_key = 0;
  std::uint64_t keys = 0;  ///< in the piece; 1 where the key is alone to blame
  Interval time{};
  std::uint64_t threads = 1;

  [[nodiscard]] double seconds_a_key() const { return length_s(time) / static_cast<double>(keys); }
};

/// What the keys of one order of magnitude took; each of a piece its share, if the piece has keys
/// of several.
struct SizeClass {
  std::uint64_t keys = 0;
  std::uint64_t digits = 0;
  double computing_s = 0;
};

/// A piece of work as a point: how long a key took, how many digits it has.
struct Sample {
  Key largest_key = 0;
  double seconds_a_key = 0;
  double digits_a_key = 0;
};

/// A rank's key that failed its check.
struct FailedCheck {
  Rank rank{};
  Key key = 0;
};

/// Whether all results are there, and why they are not.
struct Outcome {
  std::string signal{};            ///< that interrupted the run, by name; or empty
  Rank signal_rank{};              ///< where it was noticed first
  std::uint64_t left_at_most = 0;  ///< keys that the interruption left, at most
  std::vector<GivenUpKey> given_up{};

  [[nodiscard]] bool is_complete() const { return signal.empty() && given_up.empty(); }
  /// "complete", "interrupted" or "keys given up".
  [[nodiscard]] std::string_view text() const;
};

struct RunRecord {
  std::string version;               ///< of the program
  std::vector<std::string> command;  ///< that repeats the run
  std::string quantity;              ///< what was computed for each key, in words
  std::optional<std::uint64_t> seed;
  std::uint64_t keys = 0;            ///< asked for, those that occur twice counted twice
  std::uint64_t distinct_keys = 0;   ///< in the results
  std::uint64_t stored_keys = 0;     ///< of these, that came from the store
  std::uint64_t digits = 0;          ///< written
  std::uint64_t checked_values = 0;  ///< by their residue
  Outcome outcome;
  double makespan_s = 0;  ///< until all results were written
  double serving_s = 0;   ///< processor time of rank 0 that did not go into values

  std::map<Rank, RankRecord> ranks;
  std::vector<SlowPiece> slowest;  ///< the slowest first
  std::vector<Sample> samples;     ///< an even choice of all pieces
  std::array<SizeClass, 65> by_size{};
  std::vector<FailedCheck> failed_checks;

  /// Of all cores together, those that were lent included.
  [[nodiscard]] double computing_s() const;
  [[nodiscard]] double longest_key_s() const;
  /// No schedule on these ranks could have been shorter: max(all work / ranks, longest key).
  [[nodiscard]] double lower_bound_s() const;
  /// lower_bound_s() over makespan_s, from 0 to 1.
  [[nodiscard]] double efficiency() const;
  /// How many keys there are if all that may be left are: those of the results and the others.
  [[nodiscard]] std::uint64_t keys_at_most() const;
  /// How many machines the ranks are on, those aside that were lost before they said where.
  [[nodiscard]] std::size_t hosts() const;
};

/// What is being computed, in words: "F(n) in full", "F(n) mod 7".
std::string quantity_text(const Quantity& quantity);

/// How much is kept of a run, however long it lasts.
struct RecordLimits {
  std::size_t work = 40'000;  ///< entries, of all ranks together, but for a hundred a rank
  std::size_t samples = 1500;
  std::size_t slowest = 8;
};

/// Keeps the record of a run in bounded memory: pieces that lie close together become one, at first
/// those that are shorter than a thousandth of the run.
class RunRecorder final : public Observer {
 public:
  /// @param begin_s  when the run began, on rank 0's clock
  explicit RunRecorder(double begin_s, RecordLimits limits = {});

  void joined(Rank worker, const std::string& host) override;
  void returned(Rank worker, Key key, std::uint64_t digits) override;
  void computed(Rank worker, const Span& span) override;
  void check_failed(Rank worker, Key key) override;
  void lost(Rank worker, const std::string& why) override;
  void left(Rank worker, const Goodbye& goodbye) override;

  /// The record so far; what the farm does not know is for the caller to fill in.
  [[nodiscard]] RunRecord take();

 private:
  struct Grain {
    double seconds = 0;  ///< pieces closer than this become one
  };

  /// Keys of one size that came one after the other.
  struct SizeRun {
    std::size_t size;
    std::uint64_t keys;
  };

  void note_help(Rank worker, const Span& span);
  void note_sizes(const Span& span);
  void note_sample(const Span& span);
  void note_slow(Rank worker, const Span& span);

  double begin_s_;
  RecordLimits limits_;
  RunRecord record_;
  std::map<Rank, Grain> grains_;
  std::vector<SizeRun> returned_;  ///< since the last span
  std::uint64_t spans_ = 0;
  std::uint64_t sample_every_ = 1;
};

}  // namespace fibo
