// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fibo {

/// What started this process.
enum class Launcher : std::uint8_t { none, mpirun, srun, other };

std::string_view name_of(Launcher launcher);

/// How a run was started.
struct Launch {
  Launcher launcher = Launcher::none;
  int processes = 1;  ///< that the launcher started, as it says
  /// The launcher is PRRTE, the mpirun of Open MPI 5. The PMIx that it comes with (5.0.7) passes
  /// the beginning of a line of stdout on to stderr if something comes there before the line's end
  /// has: https://github.com/openpmix/openpmix/issues/3858
  bool mixes_streams = false;
};

/// As the variables of this process tell.
Launch this_launch();

/// Whether the environment of this process has the variable.
bool is_set(const char* variable);

/// "srun started 4 processes that do not find each other: each computes everything alone", if that
/// is so.
/// @param ranks  of this job, as MPI has it
std::optional<std::string> lone_ranks_text(const Launch& launch, std::size_t ranks);

}  // namespace fibo
