// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/results/run_record.hpp"

#include <string>

namespace fibo {

/// The record of a run as a picture: ranks by time, with work, waiting and communication told
/// apart, the efficiency, and the slowest keys named. Many ranks share a row, many pieces a column,
/// so that it stays readable and under about a megabyte for any run. An SVG in light or dark as its
/// reader prefers, also within an HTML page.
std::string timeline_svg(const RunRecord& record);

}  // namespace fibo
