// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/app/program.hpp"
#include "fibo/farm/worker.hpp"
#include "fibo/fibonacci/evaluator.hpp"

namespace fibo {

/// What every process of the job is made of; the program takes what is here.
struct ProcessParts {
  EvaluatorMaker make_evaluator = fibo::make_evaluator;
  WideEvaluatorMaker make_wide_evaluator = fibo::make_wide_evaluator;
  double silence_s = Watch{}.silence_s;  ///< as in Surroundings
};

/// The program as every process of its job runs it, as the first thing and the last: catches
/// signals, joins the MPI job, is rank 0 or serves it, and leaves the job.
/// @return the exit status of the process; where MPI must not be finalized, ends the process
int run_process(int argc, char** argv, const ProcessParts& parts = {});

}  // namespace fibo
