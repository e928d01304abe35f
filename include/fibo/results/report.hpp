// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/results/run_record.hpp"

#include <string>

namespace fibo {

/// The record of a run as one HTML page that needs nothing but itself: the summary, the timeline,
/// time and digits by key, ranks and hosts, the checks, and the command that repeats the run.
std::string report_html(const RunRecord& record);

}  // namespace fibo
