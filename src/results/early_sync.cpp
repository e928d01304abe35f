// SPDX-License-Identifier: MIT
#include "early_sync.hpp"

#include <cerrno>
#include <condition_variable>
#include <mutex>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

namespace fibo {
namespace {

// From so many bytes on a turn is worth its while: at 1 GB/s they take 4 ms.
constexpr std::uint64_t turn_bytes = std::uint64_t{4} << 20;

}  // namespace

// Shared with the thread, which may outlive the EarlySync.
struct EarlySync::State {
  explicit State(int file) : descriptor(::fcntl(file, F_DUPFD_CLOEXEC, 3)) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    if (descriptor >= 0) ::close(descriptor);
  }

  void run() {
    // Without a descriptor to be had, all is left for the end.
    if (descriptor < 0) return;
    std::unique_lock lock(mutex);
    for (;;) {
      wake.wait(lock, [&] { return ended || unsynced_bytes >= turn_bytes; });
      if (ended) return;
      unsynced_bytes = 0;
      lock.unlock();
      const int error = ::fdatasync(descriptor) == 0 ? 0 : errno;
      lock.lock();
      if (error_number == 0) error_number = error;
    }
  }

  int descriptor;
  std::mutex mutex;
  std::condition_variable wake;
  std::uint64_t unsynced_bytes = 0;
  bool ended = false;
  int error_number = 0;
};

EarlySync::EarlySync(int descriptor) : descriptor_(descriptor) {}

EarlySync::~EarlySync() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(state_->mutex);
    state_->ended = true;
  }
  state_->wake.notify_one();
  thread_.detach();
}

void EarlySync::written(std::uint64_t bytes) {
  if (!state_) {
    unsynced_bytes_ += bytes;
    if (unsynced_bytes_ < turn_bytes) return;
    state_ = std::make_shared<State>(descriptor_);
    bytes = unsynced_bytes_;
    try {
      thread_ = std::thread([state = state_] { state->run(); });
    } catch (const std::system_error&) {
      state_->ended = true;  // no thread to be had: all is left to the end
    }
  }
  bool is_due = false;
  {
    const std::lock_guard lock(state_->mutex);
    const bool was_due = state_->unsynced_bytes >= turn_bytes;
    state_->unsynced_bytes += bytes;
    is_due = !was_due && state_->unsynced_bytes >= turn_bytes;
  }
  if (is_due) state_->wake.notify_one();
}

int EarlySync::finish() {
  if (!thread_.joinable()) return 0;
  {
    const std::lock_guard lock(state_->mutex);
    state_->ended = true;
  }
  state_->wake.notify_one();
  thread_.join();
  return state_->error_number;
}

}  // namespace fibo
