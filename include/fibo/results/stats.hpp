// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/results/run_record.hpp"

#include <string>

namespace fibo {

/// The record of a run as one JSON object; docs/records.md describes it.
std::string stats_json(const RunRecord& record);

}  // namespace fibo
