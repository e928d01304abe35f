// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <benchmark/benchmark.h>

namespace fibo::bench {

/// Prints a table: a line for each case, with the time of the first contestant and how many times
/// as long the others took. Times are medians of the repetitions, which the library runs in random
/// order, so that what else the machine does touches all alike.
///
/// A benchmark is named "CASE/CONTESTANT". Where it reports bytes a second, so does its line.
class RatioReporter final : public benchmark::BenchmarkReporter {
 public:
  struct Table {
    std::string title;
    std::vector<std::string> cases;
    std::vector<std::string> contestants;  ///< a column each; the first is the one compared with
  };

  /// @param heading  the first line: what is measured, and on what
  RatioReporter(std::string heading, std::vector<Table> tables)
      : heading_(std::move(heading)), tables_(std::move(tables)) {}

  bool ReportContext(const Context& context) override;
  void ReportRuns(const std::vector<Run>& runs) override;
  void Finalize() override;

 private:
  struct Samples {
    std::vector<double> ns;
    double bytes_per_second = 0;
  };

  void print(const Table& table) const;

  std::string heading_;
  std::vector<Table> tables_;
  std::map<std::string, Samples, std::less<>> samples_;
};

}  // namespace fibo::bench
