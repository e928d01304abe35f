// SPDX-License-Identifier: MIT
#include "fibo/results/trace.hpp"

#include "fibo/results/text.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <string_view>

#include <fmt/format.h>

namespace fibo {
namespace {

// Shorter gaps are left out: the format counts in microseconds, and a viewer shows none of them.
constexpr double least_gap_s = 1e-6;

class TraceWriter {
 public:
  void metadata(std::string_view what, int pid, int tid, const std::string& argument) {
    begin();
    fmt::format_to(std::back_inserter(out_),
                   R"({{"ph":"M","ts":0,"name":"{}","pid":{},"tid":{},"args":{{{}}}}})", what, pid,
                   tid, argument);
  }

  void complete(const std::string& name, std::string_view category, int pid, int tid,
                const Interval& time, const std::string& arguments) {
    begin();
    fmt::format_to(
        std::back_inserter(out_),
        R"({{"ph":"X","name":{},"cat":"{}","ts":{:.3f},"dur":{:.3f},"pid":{},"tid":{},"args":{{{}}}}})",
        json_quoted(name), category, time.begin_s * 1e6, std::max(length_s(time), 0.0) * 1e6, pid,
        tid, arguments);
  }

  std::string take() { return std::move(out_); }

 private:
  void begin() {
    if (!out_.empty()) out_ += ",\n";
  }

  std::string out_;
};

std::string work_name(const Work& work) {
  if (work.keys == 1) return fmt::format("F({})", work.largest_key);
  return fmt::format("{} keys up to {}", work.keys, work.largest_key);
}

void write_rank(TraceWriter& trace, const RankRecord& record, int pid, int tid) {
  double free_s = 0;
  for (const Work& work : record.work) {
    const double waits_from_s = work.time.begin_s - work.waited_s;
    if (waits_from_s - free_s >= least_gap_s && free_s > 0)
      trace.complete("messages", "communicating", pid, tid, {free_s, waits_from_s}, "");
    if (work.waited_s >= least_gap_s)
      trace.complete("waiting", "waiting", pid, tid, {waits_from_s, work.time.begin_s}, "");
    trace.complete(
        work_name(work), "computing", pid, tid, work.time,
        fmt::format(
            R"("keys":{},"digits":{},"largest_key":"{}","pieces":{},"computing_s":{:.9f},"waiting_s":{:.9f}{})",
            work.keys, work.digits, work.largest_key, work.pieces, work.computing_s, work.waiting_s,
            work.threads > 1 ? fmt::format(R"(,"threads":{})", work.threads) : ""));
    free_s = work.time.end_s;
  }
  // A core is lent when its rank has nothing else to do, up to the end.
  for (const Help& help : record.helps)
    if (help.time.begin_s >= free_s)
      trace.complete(fmt::format("helps rank {} with F({})", to_int(help.helped), help.key),
                     "computing", pid, tid, help.time, "");
}

}  // namespace

std::string trace_json(const RunRecord& record) {
  TraceWriter trace;
  std::map<std::string, int> processes;
  for (const auto& [rank, entry] : record.ranks)
    processes.emplace(entry.host, static_cast<int>(processes.size()) + 1);
  for (const auto& [host, pid] : processes) {
    trace.metadata("process_name", pid, 0, fmt::format("\"name\":{}", json_quoted(host)));
    trace.metadata("process_sort_index", pid, 0, fmt::format("\"sort_index\":{}", pid));
  }
  for (const auto& [rank, entry] : record.ranks) {
    const int pid = processes.at(entry.host);
    // Thread 0 is a process's own in some viewers.
    const int tid = to_int(rank) + 1;
    trace.metadata("thread_name", pid, tid, fmt::format(R"("name":"rank {}")", to_int(rank)));
    trace.metadata("thread_sort_index", pid, tid, fmt::format(R"("sort_index":{})", to_int(rank)));
    write_rank(trace, entry, pid, tid);
  }
  return fmt::format(
      "{{\"displayTimeUnit\":\"ms\",\n"
      "\"otherData\":{{\"version\":{},\"command\":{},\"outcome\":{},\"efficiency\":\"{:.4f}\"}},\n"
      "\"traceEvents\":[\n{}\n]}}\n",
      json_quoted(record.version), json_quoted(shell_command(record.command)),
      json_quoted(record.outcome.text()), record.efficiency(), trace.take());
}

}  // namespace fibo
