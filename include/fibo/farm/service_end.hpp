// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace fibo {

/// How the service of a rank other than 0 ended.
enum class ServiceEnd : std::uint8_t {
  together,       ///< all ranks are to finalize MPI
  alone,          ///< one of them may not; this one, too, must leave without, by std::_Exit
  producer_died,  ///< the same, as rank 0 is dead
};

}  // namespace fibo
