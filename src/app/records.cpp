// SPDX-License-Identifier: MIT
#include "fibo/app/records.hpp"

#include "fibo/app/options.hpp"
#include "fibo/farm/reason.hpp"
#include "fibo/results/report.hpp"
#include "fibo/results/stats.hpp"
#include "fibo/results/timeline.hpp"
#include "fibo/results/trace.hpp"

#include <chrono>
#include <exception>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace fibo {

namespace {

// The record of a run that was interrupted is still wanted, by whoever reads it.
StopWaiting after_a_second(const StopWaiting& interrupted) {
  using std::chrono::steady_clock;
  if (!interrupted) return {};
  return [interrupted, first_asked = std::optional<steady_clock::time_point>()]() mutable {
    if (!interrupted()) return false;
    if (!first_asked) first_asked = steady_clock::now();
    return steady_clock::now() - *first_asked > std::chrono::seconds(1);
  };
}

}  // namespace

Records::Records(const RecordFiles& files, const StopWaiting& interrupted) {
  open("--stats", files.stats, stats_json, interrupted);
  open("--trace", files.trace, trace_json, interrupted);
  open("--timeline", files.timeline, timeline_svg, interrupted);
  open("--report", files.report, report_html, interrupted);
}

void Records::open(const char* option, const std::optional<std::string>& path,
                   std::string (*text)(const RunRecord&), const StopWaiting& interrupted) {
  if (!path) return;
  try {
    // A file keeps nobody waiting, and has the record of an interrupted run as well.
    const StopWaiting stop_waiting =
        is_written_in_place(*path) ? after_a_second(interrupted) : StopWaiting();
    files_.push_back({option, *path, text, open_output_file(*path, stop_waiting)});
  } catch (const OutputError& error) {
    throw UsageError(fmt::format("{}: {}: {}; give a file in a folder that can be written", option,
                                 error.place(), error.reason()));
  }
}

std::vector<std::string> Records::write(const RunRecord& record) {
  std::vector<std::string> failures;
  const auto note_failure = [&](const File& file, const std::string& place,
                                const std::string& reason) {
    failures.push_back(fmt::format("{}: {}: {}", file.option, place, reason));
  };
  for (File& file : files_) {
    try {
      file.output->write(file.text(record));
      if (file.output->cut_short())
        note_failure(file, file.path, "nobody reads it");
      else
        file.output->commit();
    } catch (const OutputError& error) {
      note_failure(file, error.place(), error.reason());
    } catch (const std::exception& error) {
      note_failure(file, file.path, reason_of(error));
    }
  }
  return failures;
}

}  // namespace fibo
