// SPDX-License-Identifier: MIT
#include "faults/faulty_run.hpp"

#include <gtest/gtest.h>

namespace fibo::test {

CommandResult run_with_faults(const std::string& faults, const Invocation& invocation,
                              const std::map<std::string, std::string>& environment) {
  Command command = program_command(invocation);
  command.environment["FIBO_FAULTS"] = faults;
  for (const auto& [name, value] : environment) command.environment[name] = value;
  auto result = run_command(command);
  EXPECT_FALSE(result.timed_out) << "it hangs; stderr: " << result.err;
  EXPECT_EQ(result.left_behind, 0U);
  return result;
}

}  // namespace fibo::test
