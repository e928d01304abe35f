// SPDX-License-Identifier: MIT
#include "cli/program.hpp"
#include "support/temp_folder.hpp"

#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace fibo::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;

int threads_of(const std::string& name, const std::string& trace) {
  int threads = 1;
  const json record = json::parse(trace);
  for (const json& event : record["traceEvents"])
    if (event["name"] == name) threads = event["args"].value("threads", 1);
  return threads;
}

// On a machine that is busy with other work the idle rank may be too late to be asked.
TEST(Records, OfTheTraceTellWhereALongKeyUsedTheCpusOfAnIdleRank) {
  const TempFolder folder;
  const std::string trace_file = folder.path() / "trace.json";
  const std::vector<std::string> arguments{"20000000", "-q", "--trace", trace_file};
  const auto alone = run_program({.arguments = arguments, .ranks = 1});
  ASSERT_EQ(alone.exit_code, 0) << alone.err;
  EXPECT_EQ(threads_of("F(20000000)", folder.read(trace_file)), 1);
  int threads = 1;
  for (int attempt = 0; attempt < 20 && threads == 1; ++attempt) {
    const auto helped = run_program({.arguments = arguments, .ranks = 2});
    ASSERT_EQ(helped.exit_code, 0) << helped.err;
    EXPECT_TRUE(helped.out == alone.out);
    threads = threads_of("F(20000000)", folder.read(trace_file));
  }
  EXPECT_EQ(threads, 2);
}

TEST(Records, OfTheStatsAddUpForAnyNumberOfRanks) {
  for (const int ranks : launches) {
    SCOPED_TRACE(std::to_string(ranks) + " ranks");
    const TempFolder folder;
    const std::string file = folder.path() / "stats.json";
    const auto result = run_program(
        {.arguments = {"1..300", "20000..20040", "-q", "--stats", file}, .ranks = ranks});
    ASSERT_EQ(result.exit_code, 0) << result.err;
    const json stats = json::parse(folder.read(file));

    EXPECT_EQ(stats["np"], ranks == without_mpirun ? 1 : ranks);
    EXPECT_EQ(stats["distinct_keys"], 341);
    EXPECT_EQ(stats["checked_values"], 341);
    std::uint64_t keys = 0;
    std::uint64_t digits = 0;
    double computing_s = 0;
    std::set<int> numbers;
    const double makespan_s = stats["makespan_s"].get<double>();
    for (const json& rank : stats["ranks"]) {
      numbers.insert(rank["rank"].get<int>());
      keys += rank["keys"].get<std::uint64_t>();
      digits += rank["digits"].get<std::uint64_t>();
      computing_s += rank["computing_s"].get<double>();
      EXPECT_FALSE(rank["host"].get<std::string>().empty());
      EXPECT_GE(rank["waiting_s"].get<double>(), 0);
      EXPECT_GE(rank["communicating_s"].get<double>(), 0);
      // A worker's time is part of the run's.
      EXPECT_LE(rank["computing_s"].get<double>() + rank["waiting_s"].get<double>() +
                    rank["communicating_s"].get<double>(),
                makespan_s);
      double end_s = 0;
      for (const json& work : rank["spans"]) {
        EXPECT_GE(work["begin_s"].get<double>(), end_s);
        end_s = work["end_s"].get<double>();
      }
      EXPECT_LE(end_s, makespan_s);
    }
    EXPECT_EQ(numbers.size(), stats["np"].get<std::size_t>());
    EXPECT_EQ(keys, 341U);
    std::uint64_t keys_by_size = 0;
    for (const json& size : stats["by_size"]) {
      keys_by_size += size["keys"].get<std::uint64_t>();
      EXPECT_TRUE(size["from"] != 256 || size["keys"] == 45);
    }
    EXPECT_EQ(keys_by_size, 341U);
    EXPECT_EQ(digits, stats["digits"].get<std::uint64_t>());
    EXPECT_NEAR(computing_s, stats["computing_s"].get<double>(), 1e-6);
    EXPECT_LE(stats["lower_bound_s"].get<double>(), makespan_s);
    EXPECT_GT(stats["serving_s"].get<double>(), 0);
    EXPECT_LE(stats["serving_s"].get<double>(), makespan_s);
    EXPECT_GT(stats["efficiency"].get<double>(), 0);
    EXPECT_LE(stats["efficiency"].get<double>(), 1);
  }
}

TEST(Records, AreAllWrittenBesideTheResults) {
  const TempFolder folder;
  const auto result =
      run_program({.arguments = {"--count", "5", "--timeline", "t.svg", "--trace", "t.json",
                                 "--report", "r.html", "--stats", "s.json"},
                   .folder = folder.path()});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("F("));
  EXPECT_THAT(folder.read("t.svg"), HasSubstr("</svg>"));
  EXPECT_TRUE(json::parse(folder.read("t.json")).contains("traceEvents"));
  const json stats = json::parse(folder.read("s.json"));
  EXPECT_LT(stats["seed"].get<std::uint64_t>(), std::uint64_t{1} << 53);
  // The command repeats the run, though its seed was drawn.
  ASSERT_GE(stats["command"].size(), 2U);
  EXPECT_EQ(stats["command"].back(), std::to_string(stats["seed"].get<std::uint64_t>()));
  EXPECT_THAT(folder.read("r.html"),
              HasSubstr("--seed " + stats["command"].back().get<std::string>()));
}

TEST(Records, ThatCannotBeWrittenAreRefusedBeforeTheWork) {
  const TempFolder folder;
  for (const std::string option : {"--stats", "--timeline", "--trace", "--report"}) {
    const auto result = run_program(
        {.arguments = {"10", "-o", "results", option, "nowhere/file"}, .folder = folder.path()});
    EXPECT_EQ(result.exit_code, 2);
    EXPECT_THAT(result.err, HasSubstr("fibo_mpi: " + option + ": nowhere/file: No such file"));
    EXPECT_FALSE(std::filesystem::exists(folder.path() / "results"));
  }
}

TEST(Records, MayNotShareAFile) {
  const auto result = run_program({.arguments = {"10", "--stats", "a", "--trace", "a"}});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("--trace: a is the file of --stats already; give another"));
  const auto on_stdout = run_program({.arguments = {"10", "--stats", "-"}});
  EXPECT_EQ(on_stdout.exit_code, 2);
  EXPECT_THAT(on_stdout.err, HasSubstr("--stats: '-' is not possible; give the name of a file"));
}

TEST(Records, ThatFillTheDiskFailTheRunAndLeaveTheResults) {
  const TempFolder folder;
  const auto result =
      run_program({.arguments = {"10", "-q", "-o", "results", "--stats", "/dev/full"},
                   .folder = folder.path()});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("--stats: /dev/full: No space left on device; the results are "
                                    "complete, this record is not"));
  EXPECT_EQ(folder.read("results"), "F(10) = 55\n");
}

TEST(Records, ThatCannotBeWrittenLeaveTheOthers) {
  const TempFolder folder;
  const auto result = run_program({.arguments = {"10", "-q", "--stats", "/dev/full", "--trace",
                                                 "t.json", "--timeline", "/dev/full"},
                                   .folder = folder.path()});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("--stats: /dev/full: No space left on device"));
  EXPECT_THAT(result.err, HasSubstr("--timeline: /dev/full: No space left on device"));
  EXPECT_TRUE(json::parse(folder.read("t.json")).contains("traceEvents"));
}

}  // namespace
}  // namespace fibo::test
