// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/app/exit_code.hpp"
#include "fibo/app/surroundings.hpp"
#include "fibo/farm/channel.hpp"

namespace fibo {

/// The program, as rank 0 runs it: reads the request, hands out its keys over the channel, writes
/// the results in ascending key order, and reports. All workers have been stopped when it returns.
/// Throws nothing that a request, a file or a worker can cause: that is said on `err`, in one line.
ExitCode run_program(int argc, const char* const* argv, ProducerChannel& channel,
                     const Surroundings& around);

}  // namespace fibo
