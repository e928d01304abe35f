// SPDX-License-Identifier: MIT
#include "ratio_reporter.hpp"

#include <algorithm>
#include <limits>
#include <ostream>

#include <fmt/format.h>
#include <fmt/ostream.h>

namespace fibo::bench {
namespace {

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

std::string time_text(double ns) {
  if (ns < 1e3) return fmt::format("{:.0f} ns", ns);
  if (ns < 1e6) return fmt::format("{:.2f} us", ns / 1e3);
  if (ns < 1e9) return fmt::format("{:.2f} ms", ns / 1e6);
  return fmt::format("{:.2f} s", ns / 1e9);
}

}  // namespace

bool RatioReporter::ReportContext(const Context& context) {
  fmt::print(
      GetOutputStream(), "{}\n{} cores at {:.1f} GHz{}\n", heading_, context.cpu_info.num_cpus,
      context.cpu_info.cycles_per_second / 1e9,
      context.cpu_info.scaling == benchmark::CPUInfo::ENABLED ? ", frequency scaling on" : "");
  return true;
}

void RatioReporter::ReportRuns(const std::vector<Run>& runs) {
  for (const Run& run : runs) {
    if (run.run_type != Run::RT_Iteration) continue;
    // Without what the library adds: "/repeats:5/real_time".
    Samples& samples = samples_[run.run_name.function_name];
    samples.ns.push_back(run.GetAdjustedRealTime());
    const auto rate = run.counters.find("bytes_per_second");
    if (rate != run.counters.end())
      samples.bytes_per_second = std::max<double>(samples.bytes_per_second, rate->second);
  }
}

void RatioReporter::Finalize() {
  for (const Table& table : tables_) print(table);
}

void RatioReporter::print(const Table& table) const {
  const auto measured = [&](const std::string& name) {
    return samples_.contains(name + "/" + table.contestants.front());
  };
  if (std::ranges::none_of(table.cases, measured)) return;  // all left out by --benchmark_filter
  std::ostream& out = GetOutputStream();
  fmt::print(out, "\n{}\n{:<24}{:>12}", table.title, "", table.contestants.front());
  for (std::size_t i = 1; i < table.contestants.size(); ++i)
    fmt::print(out, "{:>16}", table.contestants[i]);
  fmt::print(out, "\n");

  double least = std::numeric_limits<double>::infinity();
  std::string_view least_at;
  for (const std::string& name : table.cases) {
    if (!measured(name)) continue;
    const auto first = samples_.find(name + "/" + table.contestants.front());
    const double first_ns = median(first->second.ns);
    fmt::print(out, "{:<24}{:>12}", name, time_text(first_ns));
    for (std::size_t i = 1; i < table.contestants.size(); ++i) {
      const auto other = samples_.find(name + "/" + table.contestants[i]);
      if (other == samples_.end()) {
        fmt::print(out, "{:>16}", "");
        continue;
      }
      const double ratio = median(other->second.ns) / first_ns;
      fmt::print(out, "{:>16.2f}", ratio);
      if (ratio < least) {
        least = ratio;
        least_at = name;
      }
    }
    if (first->second.bytes_per_second > 0)
      fmt::print(out, "{:>12.2f} GB/s", first->second.bytes_per_second / 1e9);
    fmt::print(out, "\n");
  }
  if (!least_at.empty()) fmt::print(out, "least: {:.2f}, at {}\n", least, least_at);
}

}  // namespace fibo::bench
