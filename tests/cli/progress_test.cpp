// SPDX-License-Identifier: MIT
#include "cli/program.hpp"
#include "support/sanitizers.hpp"
#include "support/temp_folder.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// The progress line on a terminal, which script(1) makes, and elsewhere.

namespace fibo::test {
namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

// Ends of values of so many digits that thousands take some seconds.
const std::string many_digits = with_sanitizers ? "600" : "3000";

const std::vector<std::string> long_run{"1000000000..1000004000", "--digits", many_digits};

std::string quoted(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += " '" + word + "'";
  return text;
}

class ProgressTest : public testing::TestWithParam<int> {
 protected:
  /// What a terminal shows of the program, control sequences and all.
  /// @param redirections  of the shell, after the program
  [[nodiscard]] std::string on_terminal(std::vector<std::string> arguments,
                                        const std::string& redirections,
                                        const std::string& before = "stty cols 90",
                                        const char* no_color = "1") const {
    Invocation invocation{.arguments = std::move(arguments), .ranks = GetParam()};
    Command program = program_command(invocation);
    // Not in the shell's place, mpirun would be in the background: timeout(1) begins a process
    // group of its own.
    const std::string run = redirections.empty() ? "; exec" : ";";
    Command command{.argv = {"script", "--quiet", "--return", "--command",
                             before + run + quoted(program.argv) + redirections, "typescript"},
                    .input = {},
                    .environment = program.environment,
                    .folder = folder_.path()};
    command.environment["NO_COLOR"] = no_color;
    command.environment["TERM"] = "xterm";
    const CommandResult result = run_command(command);
    EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
    EXPECT_FALSE(result.timed_out);
    return result.out;
  }

  TempFolder folder_;
};

TEST_P(ProgressTest, IsDrawnOverItselfOnATerminalAndGoneInTheEnd) {
  std::vector<std::string> arguments = long_run;
  arguments.insert(arguments.end(), {"--output", "values"});
  const std::string shown = on_terminal(arguments, "");
  EXPECT_THAT(shown, ContainsRegex("\r\\[[#.]+\\] .*[0-9] % .*[0-9,]+ of 4,001 keys"));
  EXPECT_THAT(shown, HasSubstr(" left\x1b[K"));
  const std::size_t summary = shown.find("fibo_mpi: 4");
  ASSERT_NE(summary, std::string::npos);
  EXPECT_EQ(shown.find(" left\x1b[K", summary), std::string::npos);
  EXPECT_THAT(shown, HasSubstr("\r\x1b[K"));
}

TEST_P(ProgressTest, FitsANarrowTerminalAndFollowsItsWidth) {
  std::vector<std::string> arguments = long_run;
  arguments.insert(arguments.end(), {"-q", "--progress", "always", "-o", "values"});
  const std::string shown =
      on_terminal(arguments, "",
                  "stty cols 60; { (until ls values* >out 2>&1; do sleep 0.05; done; sleep 0.5; "
                  "stty cols 30 </dev/tty) & }");
  std::size_t widest = 0;
  std::size_t last = 0;
  for (std::size_t end = shown.find("\x1b["); end != std::string::npos;
       end = shown.find("\x1b[", end + 1)) {
    const std::size_t width = end - shown.rfind('\r', end) - 1;
    if (width == 0) break;
    last = width;
    widest = std::max(widest, last);
  }
  EXPECT_GT(widest, 30U);
  EXPECT_LT(widest, 60U);
  EXPECT_LT(last, 30U);
  EXPECT_THAT(shown, HasSubstr(" left\x1b[J\r")) << "what the terminal broke stays";
}

TEST_P(ProgressTest, IsNeverAmongResults) {
  const std::string shown = on_terminal(long_run, "");
  EXPECT_THAT(shown, AllOf(HasSubstr("F(1000004000) = "), Not(HasSubstr("\x1b["))));
}

// As of a pager, which shows results on the terminal that the line would be drawn on.
TEST_P(ProgressTest, IsNotThereWhereResultsGoIntoAPipeUnlessItIsAskedFor) {
  const std::string into_pipe =
      "stty cols 90; mkfifo pipe; { cat pipe >values & }; exec >pipe; rm pipe";
  std::vector<std::string> arguments = long_run;
  EXPECT_THAT(on_terminal(arguments, "", into_pipe),
              AllOf(HasSubstr("4,001 keys"), Not(HasSubstr("\x1b["))));
  arguments.insert(arguments.end(), {"--progress", "always"});
  EXPECT_THAT(on_terminal(arguments, "", into_pipe), HasSubstr(" left\x1b[K"));
}

TEST_P(ProgressTest, IsNeverInAFileOrAPipe) {
  std::vector<std::string> arguments = long_run;
  arguments.insert(arguments.end(), {"-o", "values"});
  const std::string shown = on_terminal(arguments, " 2>log; cat log");
  EXPECT_THAT(shown, AllOf(HasSubstr("4,001 keys"), Not(HasSubstr("\x1b["))));
  const auto piped = run_program({.arguments = arguments, .ranks = GetParam()});
  EXPECT_THAT(piped.err, AllOf(HasSubstr("4,001 keys"), Not(HasSubstr("\x1b["))));
}

TEST_P(ProgressTest, BeginsWithWhatTheStoreHas) {
  const std::string store = folder_.path() / "store.db";
  std::vector<std::string> arguments{
      "1000000000..1000002000", "--digits", many_digits, "-q", "-o", "values", "--store", store};
  ASSERT_EQ(run_program({.arguments = arguments, .ranks = GetParam(), .folder = folder_.path()})
                .exit_code,
            0);
  arguments[0] = long_run[0];
  arguments.insert(arguments.end(), {"--progress", "always"});
  const std::string shown = on_terminal(arguments, "");
  const std::size_t of = shown.find(" of 4,001 keys");
  ASSERT_NE(of, std::string::npos) << shown;
  const std::size_t begin = shown.rfind(' ', of - 1) + 1;
  std::string first = shown.substr(begin, of - begin);
  std::erase(first, ',');
  EXPECT_GE(std::stoi(first), 2001);
}

TEST_P(ProgressTest, ColourIsOnTerminalsAloneAndNotWhereItIsUnwanted) {
  const std::string colored = "\x1b[1;31mfibo_mpi: \x1b[0mKEYS: 'ten' is not a key";
  const std::string size = "stty cols 90";
  EXPECT_THAT(on_terminal({"ten"}, " || true", size, ""), HasSubstr(colored));
  EXPECT_THAT(on_terminal({"ten"}, " || true", size, "1"), Not(HasSubstr("\x1b[")));
  EXPECT_THAT(on_terminal({"ten"}, " 2>log || cat log", size, ""), Not(HasSubstr("\x1b[")));
  EXPECT_THAT(on_terminal({"10"}, "", size, ""),
              AllOf(HasSubstr("F(10) = 55\r\n"), Not(HasSubstr("\x1b["))));
  EXPECT_THAT(on_terminal({"--help"}, "", size, ""), HasSubstr("\x1b[1mDiagnostics:\x1b[0m"));
  EXPECT_THAT(on_terminal({"ten", "--color", "always"}, " 2>log || cat log", size, "1"),
              HasSubstr(colored));
}

TEST_P(ProgressTest, IsNotThereIfItIsNotWanted) {
  std::vector<std::string> arguments = long_run;
  arguments.insert(arguments.end(), {"-o", "values", "--progress", "never"});
  EXPECT_THAT(on_terminal(arguments, ""), Not(HasSubstr("\x1b[")));
}

INSTANTIATE_TEST_SUITE_P(Ranks, ProgressTest, testing::Values(without_mpirun, 2),
                         [](const auto& test) {
                           return test.param == without_mpirun ? "WithoutMpirun"
                                                               : "OfTwoRanksUnderMpirun";
                         });

}  // namespace
}  // namespace fibo::test
