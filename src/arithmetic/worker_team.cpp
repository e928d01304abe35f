// SPDX-License-Identifier: MIT
#include "fibo/arithmetic/worker_team.hpp"

#include <system_error>

namespace fibo::detail {
namespace {

// As long as the caller's own steps between two phases take, some 100 us: a sleeping thread wakes
// in tens of them, longer than a phase of a middling transform.
constexpr int spins_before_sleep = 100'000;

template <class T>
void wait_while(const std::atomic<T>& value, T old) {
  for (int spin = 0; spin < spins_before_sleep; ++spin) {
    if (value.load(std::memory_order_acquire) != old) return;
  }
  value.wait(old, std::memory_order_acquire);
}

}  // namespace

WorkerTeam::WorkerTeam(unsigned threads) {
  threads_.reserve(threads);
  try {
    for (unsigned index = 1; index < threads; ++index) {
      threads_.emplace_back([this, index] { serve(index); });
    }
  } catch (const std::system_error&) {
    // Those that there are do the work.
  } catch (...) {
    stop();
    throw;
  }
}

WorkerTeam::~WorkerTeam() {
  stop();
}

void WorkerTeam::stop() {
  stopping_.store(true, std::memory_order_relaxed);
  round_.fetch_add(1, std::memory_order_release);
  round_.notify_all();
}

void WorkerTeam::run(const std::function<void(unsigned)>& work) {
  if (threads_.empty()) return work(0);
  work_ = &work;
  busy_.store(static_cast<unsigned>(threads_.size()), std::memory_order_relaxed);
  round_.fetch_add(1, std::memory_order_release);
  round_.notify_all();
  work(0);
  for (unsigned busy = busy_.load(std::memory_order_acquire); busy != 0;
       busy = busy_.load(std::memory_order_acquire)) {
    wait_while(busy_, busy);
  }
}

void WorkerTeam::serve(unsigned index) {
  for (std::uint32_t round = 0;; ++round) {
    wait_while(round_, round);
    if (stopping_.load(std::memory_order_relaxed)) return;
    (*work_)(index);
    if (busy_.fetch_sub(1, std::memory_order_acq_rel) == 1) busy_.notify_one();
  }
}

}  // namespace fibo::detail
