// SPDX-License-Identifier: MIT
#pragma once

#include "support/command.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace fibo::test {

/// The number of ranks that stands for the program started as it is, by no mpirun.
constexpr int without_mpirun = 0;

/// Every way of starting that must give the same bytes.
const std::vector<int> launches = {without_mpirun, 1, 2, 3, 5};

struct Invocation {
  std::vector<std::string> arguments{};
  int ranks = 2;
  std::string input{};             ///< what stdin holds
  std::filesystem::path folder{};  ///< where it runs; empty for where the test runs
};

/// The invocation as a command, to be run or to be put into a shell's pipe.
Command program_command(const Invocation& invocation);

/// Runs the program that was built. A run that hangs or leaves a process behind fails the test.
CommandResult run_program(const Invocation& invocation);

/// The same in a shell: `script` finds its command line in "$@".
CommandResult run_in_shell(const std::string& script, const Invocation& invocation);

/// F(0) to F(last) in decimal, by nothing but addition with carry.
std::vector<std::string> fibonacci_by_addition(std::size_t last);

/// The keys of a range, ascending.
std::vector<std::size_t> keys_from_to(std::size_t first, std::size_t last);

/// What the program writes in text for the full values of these keys.
std::string full_text(const std::vector<std::size_t>& keys);

}  // namespace fibo::test
