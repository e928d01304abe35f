// SPDX-License-Identifier: MIT
#include "fibo/app/version.hpp"

#include "fibo/farm/mpi_job.hpp"

#include <string_view>

#include <fmt/format.h>

namespace fibo {
namespace {

#if defined(__clang__)
constexpr std::string_view compiler = "Clang " __clang_version__;
#else
constexpr std::string_view compiler = "GCC " __VERSION__;
#endif

}  // namespace

std::string version_text() {
  return fmt::format("fibo_mpi {}\ncommit: {}\ncompiler: {}\nMPI: {}\n", program_version,
                     program_commit, compiler, mpi_library_version());
}

}  // namespace fibo
