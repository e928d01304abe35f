// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/farm/worker.hpp"

#include <utility>

namespace fibo::test {

/// Makes the same evaluator for every job: what a test puts in the place of the arithmetic.
inline EvaluatorMaker always(Evaluator evaluator) {
  return [evaluator = std::move(evaluator)](const Quantity&) { return evaluator; };
}

}  // namespace fibo::test
