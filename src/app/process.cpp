// SPDX-License-Identifier: MIT
#include "fibo/app/process.hpp"

#include "fibo/app/machine.hpp"
#include "fibo/app/memory.hpp"
#include "fibo/app/signals.hpp"
#include "fibo/app/terminal.hpp"
#include "fibo/farm/clock.hpp"
#include "fibo/farm/mpi_job.hpp"
#include "fibo/farm/reason.hpp"
#include "fibo/farm/worker_thread.hpp"
#include "fibo/fibonacci/random_seed.hpp"

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <malloc.h>
#include <unistd.h>

namespace fibo {
namespace {

// https://no-color.org
bool color_is_welcome() {
  const char* const no_color = std::getenv("NO_COLOR");
  const char* const terminal = std::getenv("TERM");
  return (no_color == nullptr || *no_color == '\0') && terminal != nullptr &&
         std::string_view(terminal) != "dumb";
}

struct End {
  ExitCode code = ExitCode::success;
  bool abandoned_worker = false;
};

// Other ranks would be waited for in vain, or the job would be, were this one to finalize MPI.
[[noreturn]] void leave_without_finalizing(const MpiJob& job, ExitCode code) {
  std::cerr.flush();
  job.leave(static_cast<int>(code));
}

// A seed that every program that reads a record of the run takes for the same number (53 bits).
std::uint64_t short_seed() {
  return random_seed() >> 11;
}

void say_failure(const std::exception& error) {
  std::cerr << "fibo_mpi: " << reason_of(error) << '\n';
}

End run_rank(int argc, char** argv, const ProcessParts& parts, MpiJob& job,
             std::optional<WorkerThread>& thread) {
  std::vector<Placement> placements = job.gather(this_placement(job.host()));
  WorkerThread& worker =
      thread.emplace(WorkerParts{.host = job.host(),
                                 .make_evaluator = parts.make_evaluator,
                                 .now_s = steady_now_s,
                                 .make_wide_evaluator = parts.make_wide_evaluator});

  End end;
  bool can_finalize = false;
  if (job.rank() != to_int(producer_rank)) {
    const ServiceEnd service = job.serve(worker, caught_signal);
    can_finalize = service == ServiceEnd::together;
    // What is done may be in a store: the same command goes on from there.
    if (service == ServiceEnd::producer_died) end.code = ExitCode::interrupted;
  } else {
    ProducerChannel& channel = job.open_producer_channel(worker);
    const Screen screen = find_screen();
    end.code = run_program(argc, argv, channel,
                           {.host = job.host(),
                            .err = std::cerr,
                            .now_s = steady_now_s,
                            .memory_bytes = memory_limit_bytes(),
                            .address_space_bytes = free_address_space_bytes(),
                            .process_bytes = resident_bytes(),
                            .random_seed = short_seed(),
                            .signal = caught_signal,
                            .silence_s = parts.silence_s,
                            .launch = this_launch(),
                            .placements = std::move(placements),
                            .terminal = screen.err.get(),
                            .results_on_terminal = screen.out_is_terminal,
                            .results_in_pipe = screen.out_is_pipe,
                            .color = color_is_welcome()});
    can_finalize = job.say_farewell();
  }
  if (!can_finalize) leave_without_finalizing(job, end.code);
  end.abandoned_worker = worker.abandoned();
  return end;
}

End run_job(int argc, char** argv, const ProcessParts& parts) {
  MpiJob job(argc, argv);
  // Lives on where an exception is told: its end is that of the key it computes.
  std::optional<WorkerThread> thread;
  try {
    return run_rank(argc, argv, parts, job, thread);
  } catch (const std::exception& error) {
    say_failure(error);
    leave_without_finalizing(job, ExitCode::failure);
  }
}

// The number of a standard descriptor that is closed would be that of the next file or pipe that is
// opened, and results would go there. One that is open the wrong way round fails as a closed one.
void take_closed_descriptors() {
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(descriptor, F_GETFD) >= 0) continue;
    const int wrong_way = descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY;
    // The lowest number that is free is this one.
    if (::open("/dev/null", wrong_way) < 0)
      throw std::system_error(errno, std::generic_category(), "/dev/null");
  }
}

// Blocks of memory of a message's size come and go all the time, and to have each from the system
// anew costs more than to fill it: what is free stays with the process, up to a bound. Those of
// long values are given back.
void keep_freed_memory() {
  ::mallopt(M_MMAP_THRESHOLD, 4 << 20);
  ::mallopt(M_TRIM_THRESHOLD, 16 << 20);
}

}  // namespace

int run_process(int argc, char** argv, const ProcessParts& parts) {
  keep_freed_memory();
  // A closed pipe and a file past its limit are errors of write(), reported like any other.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  // A line for the terminal must not stop a run in the background (stty tostop).
  std::signal(SIGTTOU, SIG_IGN);
  End end;
  try {
    take_closed_descriptors();
    catch_signals();
    end = run_job(argc, argv, parts);
  } catch (const std::exception& error) {
    say_failure(error);
    end.code = ExitCode::failure;
  }
  if (end.abandoned_worker) std::_Exit(static_cast<int>(end.code));
  return static_cast<int>(end.code);
}

}  // namespace fibo
