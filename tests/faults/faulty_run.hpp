// SPDX-License-Identifier: MIT
#pragma once

#include "cli/program.hpp"

#include <map>
#include <string>

namespace fibo::test {

/// Whether the survivors of a dead rank can go on: with Open MPI 5.
bool mpi_has_ulfm();

/// Runs the program on ranks that go wrong: `faults` is a FIBO_FAULTS (faulty_program.cpp). A run
/// that hangs or leaves a process behind fails the test.
CommandResult run_with_faults(const std::string& faults, const Invocation& invocation,
                              const std::map<std::string, std::string>& environment = {});

}  // namespace fibo::test
