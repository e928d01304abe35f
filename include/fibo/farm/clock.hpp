// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <functional>

namespace fibo {

/// Seconds on a clock that never goes back. Its zero is anywhere: on each machine another.
using Clock = std::function<double()>;

/// The clock of this process; all processes of one machine read the same.
inline double steady_now_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace fibo
