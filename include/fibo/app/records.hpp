// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/results/output.hpp"
#include "fibo/results/run_record.hpp"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace fibo {

/// Where records of the run go, those that are wanted.
struct RecordFiles {
  std::optional<std::string> stats;     ///< JSON
  std::optional<std::string> trace;     ///< Trace Event Format
  std::optional<std::string> timeline;  ///< SVG
  std::optional<std::string> report;    ///< HTML

  [[nodiscard]] bool any() const { return stats || trace || timeline || report; }

  /// Those that are wanted, each with its option.
  [[nodiscard]] std::vector<std::pair<const char*, std::string>> named() const {
    std::vector<std::pair<const char*, std::string>> files;
    for (const auto& [option, path] :
         {std::pair("--stats", &stats), std::pair("--timeline", &timeline),
          std::pair("--trace", &trace), std::pair("--report", &report)})
      if (*path) files.emplace_back(option, **path);
    return files;
  }
};

/// The files of a run's records: opened before the work starts, each complete or absent.
class Records {
 public:
  /// @param interrupted  says whether the run is: then whoever reads nothing from a pipe for a
  ///                     second is not waited for
  /// @throws UsageError  if a file cannot be opened
  explicit Records(const RecordFiles& files, const StopWaiting& interrupted = {});

  /// Writes each of them, whatever becomes of the others.
  /// @return  for each that could not be written: its option, the file and the reason
  [[nodiscard]] std::vector<std::string> write(const RunRecord& record);

 private:
  struct File {
    const char* option;
    std::string path;
    std::string (*text)(const RunRecord&);
    std::unique_ptr<Output> output;
  };

  void open(const char* option, const std::optional<std::string>& path,
            std::string (*text)(const RunRecord&), const StopWaiting& interrupted);

  std::vector<File> files_;
};

}  // namespace fibo
