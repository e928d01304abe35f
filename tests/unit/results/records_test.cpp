// SPDX-License-Identifier: MIT
//
// The formats that records of a run are written in.
#include "fibo/results/report.hpp"
#include "fibo/results/stats.hpp"
#include "fibo/results/timeline.hpp"
#include "fibo/results/trace.hpp"

#include "support/sample_record.hpp"

#include <algorithm>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace fibo {
namespace {

using nlohmann::json;
using test::sample_record;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

TEST(Stats, SayWhatTheRecordSays) {
  const RunRecord record = sample_record(3, 20);
  const json stats = json::parse(stats_json(record));
  EXPECT_EQ(stats["schema"], "fibo_mpi stats 1");
  EXPECT_EQ(stats["version"], "1.2.3");
  EXPECT_EQ(stats["command"].back(), "it's <keys> & \"more\"");
  EXPECT_EQ(stats["seed"], 7);
  EXPECT_EQ(stats["np"], 3);
  EXPECT_EQ(stats["keys"], record.keys);
  EXPECT_NEAR(stats["efficiency"].get<double>(), record.efficiency(), 1e-8);
  ASSERT_EQ(stats["ranks"].size(), 3U);
  std::uint64_t keys = 0;
  for (const json& rank : stats["ranks"]) {
    EXPECT_EQ(rank["host"], "node0");
    std::uint64_t keys_of_spans = 0;
    for (const json& work : rank["spans"]) keys_of_spans += work["keys"].get<std::uint64_t>();
    EXPECT_EQ(rank["keys"], keys_of_spans);
    keys += keys_of_spans;
  }
  EXPECT_EQ(stats["distinct_keys"], keys);
}

TEST(Stats, OfARunWithoutKeysAreJsonToo) {
  RunRecord record;
  record.ranks[Rank{0}].host = "here";
  const json stats = json::parse(stats_json(record));
  EXPECT_EQ(stats["seed"], nullptr);
  EXPECT_EQ(stats["ranks"][0]["spans"], json::array());
}

RunRecord interrupted_record() {
  RunRecord record = sample_record(2, 10);
  record.outcome = {.signal = "SIGUSR1",
                    .signal_rank = Rank{1},
                    .left_at_most = 35,
                    .given_up = {{99, GivenUpKey::Reason::failed_checks, {Rank{0}, Rank{1}}}}};
  return record;
}

TEST(Stats, SayHowTheRunEnded) {
  const json complete = json::parse(stats_json(sample_record(2, 10)));
  EXPECT_EQ(complete["outcome"], "complete");
  EXPECT_EQ(complete["signal"], nullptr);
  EXPECT_EQ(complete["signal_rank"], nullptr);
  EXPECT_EQ(complete["given_up"], json::array());
  RunRecord record = interrupted_record();
  const json stats = json::parse(stats_json(record));
  EXPECT_EQ(stats["outcome"], "interrupted");
  EXPECT_EQ(stats["signal"], "SIGUSR1");
  EXPECT_EQ(stats["signal_rank"], 1);
  EXPECT_EQ(stats["left_at_most"], 35);
  EXPECT_EQ(stats["given_up"],
            json::parse(R"([{"key":99,"reason":"failed checks","ranks":[0,1]}])"));
  record.outcome.signal.clear();
  EXPECT_EQ(json::parse(stats_json(record))["outcome"], "keys given up");
}

// Rank 0 has nothing to do, and lends its core to rank 1.
RunRecord helped_record() {
  RunRecorder recorder(0);
  recorder.joined(Rank{0}, "here");
  recorder.joined(Rank{1}, "here");
  recorder.computed(Rank{1}, {.time = {0, 4},
                              .keys = 1,
                              .digits = 100,
                              .largest_key = 777,
                              .threads = 2,
                              .helper = Rank{0}});
  RunRecord record = recorder.take();
  record.makespan_s = 4;
  record.keys = record.distinct_keys = 1;
  return record;
}

TEST(Stats, SayWhichCoresWereLent) {
  const json stats = json::parse(stats_json(helped_record()));
  EXPECT_EQ(stats["computing_s"], 8);
  EXPECT_EQ(stats["ranks"][0]["lent_s"], 4);
  EXPECT_EQ(stats["ranks"][1]["lent_s"], 0);
  EXPECT_EQ(stats["ranks"][1]["spans"][0]["threads"], 2);
  EXPECT_EQ(stats["slowest"][0]["threads"], 2);
}

// What the Trace Event Format asks of each event: a phase that says which other fields it has,
// numbers of a process and a thread, a time in microseconds.
void expect_trace_events(const std::string& text, std::size_t ranks) {
  const json trace = json::parse(text);
  EXPECT_THAT(trace["displayTimeUnit"], testing::AnyOf("ms", "ns"));
  std::set<int> process_names;
  std::set<std::pair<int, int>> thread_names;
  std::map<std::pair<int, int>, double> free_us;
  for (const json& event : trace.at("traceEvents")) {
    const int pid = event.at("pid").get<int>();
    const int tid = event.at("tid").get<int>();
    ASSERT_TRUE(event.at("name").is_string());
    ASSERT_TRUE(event.at("args").is_object());
    ASSERT_TRUE(event.at("ts").is_number());
    if (event.at("ph") == "M") {
      const std::string name = event["name"].get<std::string>();
      if (name == "process_name") process_names.insert(pid);
      if (name == "thread_name") thread_names.emplace(pid, tid);
      if (name.ends_with("_name")) {
        EXPECT_TRUE(event["args"].at("name").is_string());
      } else {
        EXPECT_THAT(name, testing::AnyOf("process_sort_index", "thread_sort_index"));
        EXPECT_TRUE(event["args"].at("sort_index").is_number_integer());
      }
      continue;
    }
    ASSERT_EQ(event["ph"], "X");
    EXPECT_TRUE(event.at("cat").is_string());
    EXPECT_GE(event.at("dur").get<double>(), 0);
    EXPECT_TRUE(process_names.contains(pid));
    EXPECT_TRUE(thread_names.contains({pid, tid}));
    // Events of a thread either nest or come one after the other; times have three decimals.
    double& free = free_us[{pid, tid}];
    EXPECT_GE(event["ts"].get<double>(), free - 0.002);
    free = event["ts"].get<double>() + event["dur"].get<double>();
  }
  EXPECT_EQ(thread_names.size(), ranks);
}

TEST(Trace, FollowsTheTraceEventFormat) {
  expect_trace_events(trace_json(sample_record(1, 0)), 1);
  expect_trace_events(trace_json(sample_record(3, 50)), 3);
  expect_trace_events(trace_json(sample_record(40, 400, {.work = 500})), 40);
}

TEST(Trace, ShowsWhoHelpedWhom) {
  const std::string trace = trace_json(helped_record());
  expect_trace_events(trace, 2);
  EXPECT_THAT(trace, HasSubstr("\"helps rank 1 with F(777)\",\"cat\":\"computing\""));
}

// Tags close in the order in which they opened, and quotes close: enough for what is written here.
void expect_well_formed(const std::string& xml) {
  static const std::regex tag(R"(<(/?)([a-zA-Z]+)((?:\s+[-a-zA-Z0-9:]+="[^"<]*")*)\s*(/?)>)");
  std::vector<std::string> open;
  std::size_t tags = 0;
  for (std::sregex_iterator at(xml.begin(), xml.end(), tag), end; at != end; ++at) {
    ++tags;
    if ((*at)[1].length() > 0) {
      ASSERT_FALSE(open.empty());
      EXPECT_EQ(open.back(), (*at)[2]);
      open.pop_back();
    } else if ((*at)[4].length() == 0) {
      open.push_back((*at)[2]);
    }
  }
  EXPECT_TRUE(open.empty());
  EXPECT_EQ(tags, static_cast<std::size_t>(std::ranges::count(xml, '<')));
}

TEST(Timeline, IsWellFormedAndBounded) {
  for (const auto& [ranks, pieces] : {std::pair(1, 0), std::pair(1, 1), std::pair(2, 40),
                                      std::pair(2, 5000), std::pair(64, 20), std::pair(512, 200)}) {
    SCOPED_TRACE(std::to_string(ranks) + " ranks, " + std::to_string(pieces) + " pieces");
    const std::string svg = timeline_svg(sample_record(ranks, pieces));
    expect_well_formed(svg);
    EXPECT_LT(svg.size(), 1'500'000U);
  }
}

TEST(Timeline, TellsKindsApartAndNamesTheSlowest) {
  const RunRecord record = sample_record(2, 40);
  const std::string svg = timeline_svg(record);
  EXPECT_THAT(svg, AllOf(HasSubstr(">computing<"), HasSubstr(">communicating<"),
                         HasSubstr(">waiting<"), HasSubstr(" % efficient<"),
                         HasSubstr("F(" + std::to_string(record.slowest[0].largest_key) + ")"),
                         HasSubstr(">rank 1<"), HasSubstr("prefers-color-scheme:dark")));
}

TEST(Timeline, SharesRowsBetweenManyRanks) {
  const std::string svg = timeline_svg(sample_record(512, 20));
  EXPECT_THAT(svg, AllOf(HasSubstr(">ranks 0–10<"), HasSubstr(">ranks 506–511<"),
                         Not(HasSubstr(">rank 5<"))));
}

TEST(Timeline, SaysWhichRankWasLost) {
  RunRecord record = sample_record(2, 4);
  record.ranks[Rank{1}].lost = "it was killed";
  EXPECT_THAT(timeline_svg(record), HasSubstr(">lost<"));
}

TEST(Timeline, SaysInItsHeadingThatTheRunIsNotComplete) {
  RunRecord record = interrupted_record();
  EXPECT_THAT(timeline_svg(record), HasSubstr("interrupted by SIGUSR1, at most 35 keys left<"));
  record.outcome.signal.clear();
  EXPECT_THAT(timeline_svg(record), HasSubstr("1 key given up<"));
  EXPECT_THAT(timeline_svg(sample_record(2, 10)), Not(HasSubstr("given up")));
  expect_well_formed(timeline_svg(record));
}

TEST(Report, SaysAtTheTopWhatIsMissing) {
  RunRecord record = interrupted_record();
  record.distinct_keys = record.checked_values = 65;
  EXPECT_THAT(report_html(record),
              AllOf(HasSubstr("Interrupted by SIGUSR1 at rank 1: 65 values of at most 101 are"),
                    HasSubstr("F(99) is missing: its value failed its check on rank 0, rank 1."),
                    HasSubstr(">65 values were checked"), Not(HasSubstr("✓"))));
  record.outcome.given_up = std::vector<GivenUpKey>(
      25, {99, GivenUpKey::Reason::lost_ranks, {Rank{0}, Rank{1}, Rank{1}}});
  EXPECT_THAT(report_html(record),
              AllOf(HasSubstr("it was with each of rank 0, rank 1, rank 1 when they were lost."),
                    HasSubstr("5 more are missing for such reasons.")));
}

TEST(Report, CountsWhatWasChecked) {
  RunRecord record = sample_record(2, 100);
  const std::string number = std::to_string(record.distinct_keys);
  EXPECT_THAT(report_html(record), HasSubstr("✓</span> All " + number.substr(0, 1) + "," +
                                             number.substr(1) + " values were checked modulo"));
  record.distinct_keys = record.checked_values = 1;
  EXPECT_THAT(report_html(record), HasSubstr("✓</span> 1 value was checked modulo"));
  record.checked_values = 0;
  EXPECT_THAT(report_html(record), HasSubstr("✓</span> Nothing had to be checked"));
  record.distinct_keys = 0;
  EXPECT_THAT(report_html(record), HasSubstr("<p>There was nothing to check."));
}

TEST(Report, NamesTheSizesOfKeysForPeople) {
  RunRecord record = sample_record(1, 0);
  for (const std::size_t size : {0U, 1U, 10U, 64U}) record.by_size[size].keys = 1;
  EXPECT_THAT(
      report_html(record),
      AllOf(HasSubstr("<td>0</td>"), HasSubstr("<td>1</td>"), HasSubstr("<td>512 to 1,023</td>"),
            HasSubstr("<td>9.22·10<sup>18</sup> to 1.84·10<sup>19</sup></td>")));
}

TEST(Timeline, ShowsALentCoreAtWork) {
  const std::string svg = timeline_svg(helped_record());
  expect_well_formed(svg);
  EXPECT_THAT(svg, AllOf(HasSubstr("<title>helps rank 1 with F(777): 4.00 s</title>"),
                         HasSubstr(">helps rank 1<"), HasSubstr(">F(777): 4.00 s on 2 threads, "),
                         HasSubstr("F(777) · 4.00 s on 2 threads · rank 1"),
                         Not(HasSubstr(">0 %<")), Not(HasSubstr(">50 %<"))));
}

// The x of each marker, the slowest last; those of the list below have another height.
std::vector<double> marker_places(const std::string& svg) {
  static const std::regex marker(R"re(class="dot" cx="([0-9.]+)")re");
  std::vector<double> places;
  for (std::sregex_iterator at(svg.begin(), svg.end(), marker), end; at != end; ++at)
    places.push_back(std::stod((*at)[1]));
  places.resize(places.size() / 2);
  return places;
}

TEST(Timeline, PutsMarkersBesideNamesAndBesideEachOther) {
  RunRecorder recorder(0);
  recorder.computed(Rank{0}, {.time = {0, 5}, .keys = 1, .digits = 9, .largest_key = 50000});
  for (int i = 0; i < 3; ++i)
    recorder.computed(
        Rank{0},
        {.time = {5 + 0.01 * i, 5.005 + 0.01 * i}, .keys = 1, .digits = 9, .largest_key = 600});
  RunRecord record = recorder.take();
  record.makespan_s = 10;
  const std::vector<double> places = marker_places(timeline_svg(record));
  ASSERT_EQ(places.size(), 4U);
  // The name is in the middle of a piece of half the plot.
  EXPECT_LT(places.back(), 150);
  std::vector<double> sorted = places;
  std::ranges::sort(sorted);
  for (std::size_t i = 1; i < sorted.size(); ++i) EXPECT_GE(sorted[i] - sorted[i - 1], 16);
}

TEST(Report, SaysWhoLentItsCore) {
  EXPECT_THAT(report_html(helped_record()),
              AllOf(HasSubstr("Rank 0 lent its core to rank 1 for F(777): 4.00 s"),
                    HasSubstr(">1</b><span>host<"), HasSubstr(">4.00 s</b><span>a key<")));
}

TEST(Report, HasWholeNumbersInItsTiles) {
  RunRecord record = sample_record(2, 10);
  record.distinct_keys = 58064;
  record.makespan_s = 2;
  record.digits = 275864143;
  EXPECT_THAT(report_html(record),
              AllOf(HasSubstr("<b>29,032</b><span>keys a second<"),
                    HasSubstr("<div class=\"tile long\"><b>275,864,143</b><span>digits<")));
  record.digits = 1275864143;
  EXPECT_THAT(report_html(record), HasSubstr("<div class=\"tile wide\"><b>1,275,864,143</b>"));
  record.distinct_keys = 21;
  record.digits = 1;
  EXPECT_THAT(report_html(record), AllOf(HasSubstr("<b>10.5</b><span>keys a second<"),
                                         HasSubstr("<b>1</b><span>digit<")));
}

TEST(Report, KnowsNoHostOfARankThatNeverSaidWhereItIs) {
  RunRecord record = sample_record(2, 40);
  record.ranks[Rank{2}].lost = "its process died";
  const std::string html = report_html(record);
  EXPECT_THAT(html, AllOf(HasSubstr("Rank 2 was lost: its process died."),
                          HasSubstr("<b>1</b><span>host<"), Not(HasSubstr("<td>1 rank</td>"))));
}

TEST(Report, HoldsEverythingAndNeedsNothing) {
  RunRecord record = sample_record(3, 40);
  record.stored_keys = 12;
  record.failed_checks = {{Rank{2}, 99}};
  record.ranks[Rank{1}].lost = "no <answer>";
  const std::string html = report_html(record);
  EXPECT_THAT(html, AllOf(HasSubstr("<svg"), HasSubstr("keys from the store"), HasSubstr("node0"),
                          HasSubstr("F(99) from rank 2 failed its check"),
                          HasSubstr("was lost: no &lt;answer&gt;"),
                          HasSubstr("mpirun -np 3 fibo_mpi -k "), HasSubstr("Seed 7.")));
  // No address but the SVG's name space.
  const std::regex address("(src|href|url)\\s*[=(]\\s*\"(?!data:)");
  EXPECT_FALSE(std::regex_search(html, address));
  EXPECT_THAT(html, Not(HasSubstr("<script")));
}

TEST(Report, OfARunWithoutKeysSaysSo) {
  EXPECT_THAT(report_html(sample_record(1, 0)), HasSubstr("nothing was computed"));
  RunRecorder recorder(0);
  recorder.computed(Rank{0}, {.time = {0, 1e-6}, .keys = 1, .digits = 1});
  EXPECT_THAT(report_html(recorder.take()),
              AllOf(HasSubstr("no key above 0"), Not(HasSubstr("nothing was computed"))));
}

}  // namespace
}  // namespace fibo
