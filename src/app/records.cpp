// SPDX-License-Identifier: MIT
#include "fibo/app/records.hpp"

#include "fibo/app/options.hpp"
#include "fibo/results/report.hpp"
#include "fibo/results/stats.hpp"
#include "fibo/results/timeline.hpp"
#include "fibo/results/trace.hpp"

#include <fmt/format.h>

namespace fibo {

Records::Records(const RecordFiles& files) {
  open("--stats", files.stats, stats_json);
  open("--trace", files.trace, trace_json);
  open("--timeline", files.timeline, timeline_svg);
  open("--report", files.report, report_html);
}

void Records::open(const char* option, const std::optional<std::string>& path,
                   std::string (*text)(const RunRecord&)) {
  if (!path) return;
  try {
    files_.push_back({option, text, open_output_file(*path)});
  } catch (const OutputError& error) {
    throw UsageError(fmt::format("{}: {}: {}; give a file in a folder that can be written", option,
                                 error.place(), error.reason()));
  }
}

std::vector<std::string> Records::write(const RunRecord& record) {
  std::vector<std::string> failures;
  for (File& file : files_) {
    try {
      file.output->write(file.text(record));
      file.output->commit();
    } catch (const OutputError& error) {
      failures.push_back(fmt::format("{}: {}: {}", file.option, error.place(), error.reason()));
    }
  }
  return failures;
}

}  // namespace fibo
