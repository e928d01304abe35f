// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/results/run_record.hpp"

#include <string>

namespace fibo {

/// The record of a run as a JSON object in the Trace Event Format, which Perfetto and
/// chrome://tracing read: a process for each host, a thread for each rank, complete events for
/// work, waiting and communication.
std::string trace_json(const RunRecord& record);

}  // namespace fibo
