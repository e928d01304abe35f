// SPDX-License-Identifier: MIT
#pragma once

#include "support/sanitizers.hpp"

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <sys/types.h>

namespace fibo::test {

/// A program to be run as a user's shell would run it.
struct Command {
  std::vector<std::string> argv;  ///< the program, looked up in PATH, and its arguments
  std::string input;              ///< what its stdin holds
  std::map<std::string, std::string> environment;  ///< on top of the environment of the test
  std::filesystem::path folder;                    ///< where it runs; empty for where the test runs
  std::chrono::seconds time_limit{with_sanitizers ? 400 : 60};
  /// What mpirun says of its own, between two rules or of PMIx, is left out.
  bool by_mpirun = false;
};

struct CommandResult {
  int exit_code = -1;      ///< -1 if a signal ended it
  int signal = 0;          ///< 0 if it exited by itself
  bool timed_out = false;  ///< the time limit ended it
  /// Processes that it started and that outlived it, now killed: "NAME, state S" for each.
  std::vector<std::string> left_behind;
  std::string out;
  std::string err;
};

/// Runs `command` in a session of its own, with the usual effect of signals, and waits for its end.
/// None of the processes that it started is alive when this returns, however they split into
/// process groups, as mpirun's ranks do: those that outlive it by a second, and all of them once
/// the time limit is over, get SIGKILL.
/// @throws std::system_error  if it cannot be started
CommandResult run_command(const Command& command);

/// `argv` as a job of `ranks` ranks on this machine, with as many ranks as the test likes on
/// however few cores, also as root, and without the words that mpirun adds where a rank's exit code
/// is not 0.
Command mpi_command(int ranks, const std::vector<std::string>& argv);

/// The processes of a session, zombies left out: they hold nothing but their exit code.
std::vector<pid_t> processes_of_session(pid_t session);

/// The lines of a text, without their ends.
std::vector<std::string> lines_of(const std::string& text);

}  // namespace fibo::test
