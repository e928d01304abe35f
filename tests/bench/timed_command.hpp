// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace fibo::bench {

struct TimedRun {
  double elapsed_s = 0;  ///< from before the start of the process to its end
  std::string out;       ///< its stdout
  std::string err;       ///< its stderr
};

/// Runs a command, looked up in PATH, to its end; `meanwhile` is called once with its process id.
/// @throws std::runtime_error  with its stderr, if it does not exit with 0
TimedRun run_timed(
    const std::vector<std::string>& argv,
    const std::function<void(pid_t)>& meanwhile = [](pid_t) {});

/// The processor time that the first thread of the process of rank 0 has used, in seconds, and that
/// of all its threads; {-1, -1} if there is none yet below `mpirun`.
struct RankTimes {
  double first_thread_s = -1;
  double all_threads_s = -1;
};
RankTimes times_of_rank_0(pid_t mpirun);

double median(std::vector<double> values);

}  // namespace fibo::bench
