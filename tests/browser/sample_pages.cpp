// SPDX-License-Identifier: MIT
//
// sample_pages FOLDER: the timelines and reports of runs of 2 and of 512 ranks that never were.
#include "fibo/results/report.hpp"
#include "fibo/results/timeline.hpp"

#include "support/sample_record.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>

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
}
