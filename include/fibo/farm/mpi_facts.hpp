// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>

namespace fibo {

/// The MPI library that this process runs with, as it names itself, in one line.
std::string mpi_library_version();

/// What is to be known of the MPI library beside its name.
struct MpiFacts {
  std::string built_with;    ///< the library of the build: "Open MPI v4.1.4"
  std::string running_with;  ///< mpi_library_version()
  bool has_ulfm = false;     ///< the library of the build can tell of ranks that have died (ULFM)
  bool uses_ulfm = false;    ///< and was told to, by `mpirun --with-ft ulfm`
};

/// Local; may be called before MPI is initialized, and after.
MpiFacts mpi_facts();

/// How many ranks the launcher has slots for; 0 if it does not say, or MPI is not initialized.
std::size_t universe_size();

}  // namespace fibo
