// SPDX-License-Identifier: MIT
#include "fibo/farm/process_identity.hpp"

#include <csignal>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>

#include <sys/stat.h>
#include <unistd.h>

namespace fibo {
namespace {

// That of the process with this number, as this process sees it.
ProcessIdentity identity_of(std::uint64_t process) {
  ProcessIdentity identity;
  std::ifstream("/proc/sys/kernel/random/boot_id")
      .read(identity.boot.data(), static_cast<std::streamsize>(identity.boot.size()));
  struct stat space {};
  if (::stat("/proc/self/ns/pid", &space) == 0) identity.pid_namespace = space.st_ino;

  // "PID (NAME) STATE ...", where the name may hold blanks and parentheses, and the start is the
  // twentieth from the state on.
  std::ifstream file("/proc/" + std::to_string(process) + "/stat");
  std::string text;
  std::getline(file, text, '\0');
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return identity;
  std::istringstream fields(text.substr(name_end + 1));
  std::string skipped;
  for (int i = 0; i < 19; ++i) fields >> skipped;
  if (fields >> identity.start_ticks) identity.process = process;
  return identity;
}

}  // namespace

ProcessIdentity this_process() {
  return identity_of(static_cast<std::uint64_t>(::getpid()));
}

bool kill_process(const ProcessIdentity& identity) {
  if (identity.process <= 1 || identity.process > std::numeric_limits<pid_t>::max()) return false;
  return identity == identity_of(identity.process) &&
         ::kill(static_cast<pid_t>(identity.process), SIGKILL) == 0;
}

}  // namespace fibo
