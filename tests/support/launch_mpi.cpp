// SPDX-License-Identifier: MIT
//
// launch_mpi RANKS SECONDS PROGRAM [ARGUMENTS...]
//
// Runs a program as an MPI job on this machine and passes on what it prints and its exit code. A
// job that outlasts the time limit, or leaves a process behind, is killed to the last rank and
// counts as failed.
#include "support/command.hpp"

#include <chrono>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

int main(int argc, char** argv) {
  try {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    fibo::test::Command command = fibo::test::mpi_command(std::stoi(arguments.at(0)),
                                                          {arguments.begin() + 2, arguments.end()});
    command.time_limit = std::chrono::seconds(std::stoi(arguments.at(1)));
    const fibo::test::CommandResult result = fibo::test::run_command(command);
    std::cout << result.out << std::flush;
    std::cerr << result.err;
    if (result.timed_out) std::cerr << "The job did not end within " << arguments[1] << " s.\n";
    for (const std::string& process : result.left_behind)
      std::cerr << "The job left a process behind: " << process << ".\n";
    if (result.timed_out || !result.left_behind.empty()) return EXIT_FAILURE;
    return result.signal == 0 ? result.exit_code : EXIT_FAILURE;
  } catch (const std::exception& error) {
    std::cerr << "launch_mpi: " << error.what() << '\n';
    return EXIT_FAILURE;
  }
}
