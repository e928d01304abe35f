// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/app/terminal.hpp"
#include "fibo/farm/clock.hpp"
#include "fibo/farm/observer.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace fibo {

/// How far a run is.
struct ProgressState {
  double part_done = 0;            ///< in time, from 0 to 1
  std::uint64_t keys_done = 0;     ///< distinct
  std::uint64_t keys_at_most = 0;  ///< there are in all
  std::uint64_t digits = 0;        ///< of values that are there
  double keys_per_s = 0;
  std::uint64_t busy_cores = 0;
  std::optional<double> left_s;  ///< nothing while it is not known
};

/// The state on one line of at most `columns` characters. What has no room is left out, what tells
/// least first.
std::string progress_text(const ProgressState& state, std::size_t columns);

/// A line that shows how far the run is, drawn over itself ten times a second at most, and gone
/// when the run is over.
class Progress final : public Observer {
 public:
  /// @param terminal       outlives this
  /// @param state          is asked when the line is drawn
  /// @param first_after_s  when it is first drawn, in seconds from now
  /// @param color          of the bar
  Progress(Terminal& terminal, std::function<ProgressState()> state, Clock now_s,
           double first_after_s, bool color = false);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  /// Clears the line.
  ~Progress() override { clear(); }

  void looked() override;

  /// Nothing is left of the line, and the cursor is where it began. Does nothing where nobody
  /// looks: what is on the terminal is then not the line.
  void clear();

  /// The same, and it stays so for a moment: room for a message that takes a while to be seen, as
  /// mpirun passes it on.
  void make_way();

 private:
  [[nodiscard]] std::string_view erase_rest(std::size_t columns) const;

  Terminal& terminal_;
  std::function<ProgressState()> state_;
  Clock now_s_;
  double next_s_;
  bool color_;
  std::size_t drawn_columns_ = 0;  ///< of the line that is to be seen; 0 if none is
};

}  // namespace fibo
