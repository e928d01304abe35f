// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

namespace fibo {

/// A terminal that people look at, and that takes control sequences.
class Terminal {
 public:
  Terminal() = default;
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;
  virtual ~Terminal() = default;

  /// How many characters a line holds at this moment; 0 where nobody looks, as while the program
  /// runs in the background.
  [[nodiscard]] virtual std::size_t columns() const = 0;

  /// Shows the text, or none of it where the terminal takes nothing now. Does not wait.
  virtual void write(std::string_view text) = 0;
};

/// Where what this process writes is seen. mpirun's ranks write to pipes and terminals that mpirun
/// made, and mpirun passes it on: what counts is where mpirun's own output goes.
struct Screen {
  std::unique_ptr<Terminal> err;  ///< that stderr goes to; nullptr if it goes elsewhere
  bool out_is_terminal = false;   ///< stdout goes to a terminal
  bool out_is_pipe = false;       ///< stdout goes to a pipe
};

/// The screen of this process.
Screen find_screen();

}  // namespace fibo
