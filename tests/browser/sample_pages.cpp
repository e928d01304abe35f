// SPDX-License-Identifier: MIT
//
// sample_pages FOLDER: the timelines and reports of runs of 2 and of 512 ranks that never were, and
// the report of one whose keys are close together.
#include "fibo/results/report.hpp"
#include "fibo/results/timeline.hpp"

#include "support/sample_record.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>

namespace {

fibo::RunRecord record_of_close_keys() {
  fibo::RunRecorder recorder(0);
  for (int i = 0; i < 100; ++i)
    recorder.computed(fibo::Rank{0}, {.time = {0.1 * i, 0.1 * i + 0.09 + 0.0001 * (i % 7)},
                                      .keys = 1,
                                      .digits = 4179753,
                                      .largest_key = 20'000'000 + static_cast<fibo::Key>(i)});
  fibo::RunRecord record = recorder.take();
  record.distinct_keys = 100;
  record.digits = 417975300;
  record.makespan_s = 10;
  return record;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "sample_pages FOLDER\n";
    return EXIT_FAILURE;
  }
  const std::filesystem::path folder = argv[1];
  for (const int ranks : {2, 512}) {
    const fibo::RunRecord record = fibo::test::sample_record(ranks, 100);
    const std::string number = std::to_string(ranks);
    std::ofstream(folder / ("timeline-" + number + ".svg")) << fibo::timeline_svg(record);
    std::ofstream(folder / ("report-" + number + ".html")) << fibo::report_html(record);
  }
  std::ofstream(folder / "report-close.html") << fibo::report_html(record_of_close_keys());
}
