// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <thread>
#include <vector>

namespace fibo::detail {

/// A fixed number of threads that carry out one function together: the caller is thread 0, the
/// others wait for the next call.
class WorkerTeam {
 public:
  /// @param threads  threads in all, the caller's included; 0 counts as 1. There are fewer where
  ///                 the system gives no more
  explicit WorkerTeam(unsigned threads);
  WorkerTeam(const WorkerTeam&) = delete;
  WorkerTeam& operator=(const WorkerTeam&) = delete;
  WorkerTeam(WorkerTeam&&) = delete;
  WorkerTeam& operator=(WorkerTeam&&) = delete;
  ~WorkerTeam();

  [[nodiscard]] unsigned size() const { return static_cast<unsigned>(threads_.size()) + 1; }

  /// Calls work(t) once for each t < size(), all at the same time, and returns when all have
  /// returned. `work` must not throw.
  void run(const std::function<void(unsigned)>& work);

 private:
  void serve(unsigned index);
  void stop();

  const std::function<void(unsigned)>* work_ = nullptr;
  std::atomic<std::uint32_t> round_{0};
  std::atomic<unsigned> busy_{0};
  std::atomic<bool> stopping_{false};
  std::vector<std::jthread> threads_;
};

}  // namespace fibo::detail
