// SPDX-License-Identifier: MIT
#include "fibo/app/version.hpp"

#include "fibo/arithmetic/instruction_set.hpp"
#include "fibo/farm/mpi_facts.hpp"

#include <fmt/format.h>

namespace fibo {
#if defined(__clang__)
const char* const compiler_name = "Clang " __clang_version__;
#else
const char* const compiler_name = "GCC " __VERSION__;
#endif

std::string version_text() {
  return fmt::format("fibo_mpi {}\ncommit: {}\ncompiler: {}\nMPI: {}\nprocessor: {}\n",
                     program_version, program_commit, compiler_name, mpi_library_version(),
                     name_of(best_instruction_set()));
}

}  // namespace fibo
