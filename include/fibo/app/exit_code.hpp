// SPDX-License-Identifier: MIT
#pragma once

namespace fibo {

/// The exit status of the program, as its users may rely on it.
enum class ExitCode : int {
  success = 0,        ///< every key computed and written
  failure = 1,        ///< the run failed; stderr says why
  wrong_request = 2,  ///< nothing was computed or written; stderr says what to ask instead
  interrupted = 3,    ///< a signal, or lost ranks, left keys without a value
  check_failed =
      4,  ///< a value is wrong, in a store or wherever it was computed; it is not written
};

}  // namespace fibo
