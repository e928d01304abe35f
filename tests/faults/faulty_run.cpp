// SPDX-License-Identifier: MIT
#include "faults/faulty_run.hpp"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fibo::test {

bool mpi_has_ulfm() {
  static const bool has = [] {
    Command command;
    command.argv = {"mpirun", "--with-ft", "ulfm", "--version"};
    return run_command(command).exit_code == 0;
  }();
  return has;
}

CommandResult run_with_faults(const std::string& faults, const Invocation& invocation,
                              const std::map<std::string, std::string>& environment) {
  Command command = program_command(invocation);
  command.environment["FIBO_FAULTS"] = faults;
  for (const auto& [name, value] : environment) command.environment[name] = value;
  if (mpi_has_ulfm()) {
    const auto mpirun = std::ranges::find(command.argv, "mpirun");
    if (mpirun != command.argv.end()) command.argv.insert(mpirun + 1, {"--with-ft", "ulfm"});
  }
  auto result = run_command(command);
  EXPECT_FALSE(result.timed_out) << "it hangs; stderr: " << result.err;
  EXPECT_THAT(result.left_behind, testing::IsEmpty());
  return result;
}

}  // namespace fibo::test
