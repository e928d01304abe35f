// SPDX-License-Identifier: MIT
#include "fibo/farm/process_identity.hpp"

#include <csignal>
#include <stdexcept>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace fibo {
namespace {

// A process that says who it is and stops.
class StoppedProcess {
 public:
  StoppedProcess() {
    int ends[2];
    if (::pipe(ends) != 0) throw std::runtime_error("no pipe");
    pid_ = ::fork();
    if (pid_ == 0) {
      const ProcessIdentity own = this_process();
      if (::write(ends[1], &own, sizeof own) == ssize_t{sizeof own}) ::raise(SIGSTOP);
      ::_exit(0);
    }
    const bool told = ::read(ends[0], &identity_, sizeof identity_) == ssize_t{sizeof identity_};
    ::close(ends[0]);
    ::close(ends[1]);
    ::waitpid(pid_, nullptr, WUNTRACED);
    if (!told) throw std::runtime_error("the process did not say who it is");
  }
  StoppedProcess(const StoppedProcess&) = delete;
  StoppedProcess& operator=(const StoppedProcess&) = delete;
  ~StoppedProcess() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }

  [[nodiscard]] const ProcessIdentity& identity() const { return identity_; }

  /// The signal that ends it.
  [[nodiscard]] int ended_by() const {
    siginfo_t end{};
    ::waitid(P_PID, static_cast<id_t>(pid_), &end, WEXITED | WNOWAIT);
    return end.si_code == CLD_KILLED ? end.si_status : 0;
  }

  [[nodiscard]] bool is_there() const {
    siginfo_t end{};
    return ::waitid(P_PID, static_cast<id_t>(pid_), &end, WEXITED | WNOWAIT | WNOHANG) == 0 &&
           end.si_pid == 0;
  }

 private:
  pid_t pid_ = 0;
  ProcessIdentity identity_;
};

TEST(ProcessIdentity, IsTheSameEachTime) {
  EXPECT_EQ(this_process(), this_process());
  EXPECT_EQ(this_process().process, static_cast<std::uint64_t>(::getpid()));
  EXPECT_NE(this_process().pid_namespace, 0U);
  EXPECT_NE(this_process().boot, ProcessIdentity{}.boot);
}

TEST(ProcessIdentity, IsEnoughToKillAStoppedProcess) {
  const StoppedProcess stopped;
  EXPECT_TRUE(kill_process(stopped.identity()));
  EXPECT_EQ(stopped.ended_by(), SIGKILL);
}

TEST(ProcessIdentity, OfAnotherMachineOrNamespaceOrAnEarlierProcessKillsNobody) {
  const StoppedProcess stopped;
  ProcessIdentity other = stopped.identity();
  ++other.boot[0];
  EXPECT_FALSE(kill_process(other));
  other = stopped.identity();
  ++other.pid_namespace;
  EXPECT_FALSE(kill_process(other));
  other = stopped.identity();
  --other.start_ticks;
  EXPECT_FALSE(kill_process(other));
  EXPECT_FALSE(kill_process({}));
  EXPECT_TRUE(stopped.is_there());
}

}  // namespace
}  // namespace fibo
