// SPDX-License-Identifier: MIT
#include "cli/program.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fibo::test {
namespace {

// Digits in ascending order of their weight, each 0 to 9; `small` is no longer than `large`.
std::string sum_of_digits(const std::string& small, const std::string& large) {
  std::string sum = large;
  int carry = 0;
  for (std::size_t i = 0; i < sum.size() && (i < small.size() || carry != 0); ++i) {
    const int digit = sum[i] + (i < small.size() ? small[i] : 0) + carry;
    carry = digit >= 10 ? 1 : 0;
    sum[i] = static_cast<char>(digit - 10 * carry);
  }
  if (carry != 0) sum.push_back(1);
  return sum;
}

std::string decimal(const std::string& digits) {
  std::string text(digits.rbegin(), digits.rend());
  std::ranges::transform(text, text.begin(),
                         [](char digit) { return static_cast<char>(digit + '0'); });
  return text;
}

}  // namespace

Command program_command(const Invocation& invocation) {
  std::vector<std::string> argv{FIBO_MPI_PROGRAM};
  argv.insert(argv.end(), invocation.arguments.begin(), invocation.arguments.end());
  // The environment is mpirun's also without it: as root, and as quick to start.
  Command command = mpi_command(invocation.ranks, argv);
  if (invocation.ranks == without_mpirun) command.argv = std::move(argv);
  command.input = invocation.input;
  command.folder = invocation.folder;
  return command;
}

CommandResult run_program(const Invocation& invocation) {
  auto result = run_command(program_command(invocation));
  EXPECT_FALSE(result.timed_out) << "it hangs; stderr: " << result.err;
  EXPECT_EQ(result.signal, 0);
  EXPECT_THAT(result.left_behind, testing::IsEmpty());
  return result;
}

CommandResult run_in_shell(const std::string& script, const Invocation& invocation) {
  Command command = program_command(invocation);
  command.argv.insert(command.argv.begin(), {"bash", "-c", script, "bash"});
  auto result = run_command(command);
  EXPECT_FALSE(result.timed_out) << "it hangs; stderr: " << result.err;
  EXPECT_THAT(result.left_behind, testing::IsEmpty());
  return result;
}

std::vector<std::string> fibonacci_by_addition(std::size_t last) {
  std::vector<std::string> values;
  values.reserve(last + 1);
  std::string current(1, 0);
  std::string next(1, 1);
  for (std::size_t n = 0; n <= last; ++n) {
    values.push_back(decimal(current));
    current = std::exchange(next, sum_of_digits(current, next));
  }
  return values;
}

std::vector<std::size_t> keys_from_to(std::size_t first, std::size_t last) {
  std::vector<std::size_t> keys(last - first + 1);
  std::iota(keys.begin(), keys.end(), first);
  return keys;
}

std::string full_text(const std::vector<std::size_t>& keys) {
  const auto values = fibonacci_by_addition(keys.empty() ? 0 : std::ranges::max(keys));
  std::string text;
  for (const auto key : keys) {
    text += "F(" + std::to_string(key) + ") = " + values[key] + "\n";
  }
  return text;
}

}  // namespace fibo::test
