// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace fibo {

/// From here on SIGTERM, SIGINT, SIGHUP, SIGUSR1 and SIGUSR2 no longer end this process; the first
/// to come is told by caught_signal(). Those that are ignored stay so, as under nohup. A system
/// call that blocks the calling thread when one comes, or later, is interrupted (EINTR) ten times a
/// second.
///
/// To be called once, by the first thread, before MPI is initialized.
void catch_signals();

/// The number of the signal that asked this process to end; 0 while there was none. Any thread may
/// ask.
int caught_signal();

/// "SIGTERM" for 15.
std::string signal_name(int number);

}  // namespace fibo
