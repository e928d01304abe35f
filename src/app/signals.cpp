// SPDX-License-Identifier: MIT
#include "fibo/app/signals.hpp"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>
#include <system_error>

#include <sys/syscall.h>
#include <unistd.h>

namespace fibo {
namespace {

std::atomic<int> first_signal = 0;
static_assert(std::atomic<int>::is_always_lock_free, "a signal handler may use no lock");

timer_t wake_timer;

extern "C" void note_signal(int number) {
  const int saved_errno = errno;
  int none = 0;
  if (first_signal.compare_exchange_strong(none, number)) {
    constexpr long tenth_ns = 100'000'000;
    const itimerspec every_tenth{.it_interval = {0, tenth_ns}, .it_value = {0, tenth_ns}};
    timer_settime(wake_timer, 0, &every_tenth, nullptr);
  }
  errno = saved_errno;
}

// Does nothing: that a handler ran is what interrupts a system call.
extern "C" void wake(int /*number*/) {}

void check(int result, const char* what) {
  if (result != 0) throw std::system_error(errno, std::generic_category(), what);
}

// Without SA_RESTART, so that system calls are interrupted.
void handle(int number, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  sigemptyset(&action.sa_mask);
  check(sigaction(number, &action, nullptr), "sigaction");
}

}  // namespace

void catch_signals() {
  // A signal may come to any thread; the timer wakes this one.
  struct sigevent event {};
  event.sigev_notify = SIGEV_THREAD_ID;
  event.sigev_signo = SIGALRM;
  event._sigev_un._tid = static_cast<pid_t>(syscall(SYS_gettid));
  check(timer_create(CLOCK_MONOTONIC, &event, &wake_timer), "timer_create");
  handle(SIGALRM, wake);
  for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2}) {
    struct sigaction present {};
    check(sigaction(number, nullptr, &present), "sigaction");
    if (present.sa_handler != SIG_IGN) handle(number, note_signal);
  }
}

int caught_signal() {
  return first_signal;
}

std::string signal_name(int number) {
  const char* const name = sigabbrev_np(number);
  return name != nullptr ? std::string("SIG") + name : "signal " + std::to_string(number);
}

}  // namespace fibo
