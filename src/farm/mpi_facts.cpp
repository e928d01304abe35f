// SPDX-License-Identifier: MIT
#include "fibo/farm/mpi_facts.hpp"

#include "fibo/farm/mpi_failure.hpp"

#include <array>

#include <mpi.h>

namespace fibo {
namespace {

std::string build_library() {
#ifdef OMPI_MAJOR_VERSION
  return "Open MPI v" + std::to_string(OMPI_MAJOR_VERSION) + '.' +
         std::to_string(OMPI_MINOR_VERSION) + '.' + std::to_string(OMPI_RELEASE_VERSION);
#else
  return "MPI " + std::to_string(MPI_VERSION) + '.' + std::to_string(MPI_SUBVERSION);
#endif
}

}  // namespace

std::string mpi_library_version() {
  std::array<char, MPI_MAX_LIBRARY_VERSION_STRING> text{};
  int length = 0;
  MPI_Get_library_version(text.data(), &length);
  const std::string whole(text.data(), static_cast<std::size_t>(length));
  return whole.substr(0, whole.find_first_of(",\n"));
}

MpiFacts mpi_facts() {
  return {.built_with = build_library(),
          .running_with = mpi_library_version(),
          .has_ulfm = has_ulfm(),
          .uses_ulfm = outlives_dead_ranks()};
}

std::size_t universe_size() {
  int initialized = 0;
  MPI_Initialized(&initialized);
  if (initialized == 0) return 0;
  const int* size = nullptr;
  int is_set = 0;
  MPI_Comm_get_attr(MPI_COMM_WORLD, MPI_UNIVERSE_SIZE, static_cast<void*>(&size), &is_set);
  return is_set != 0 && *size > 0 ? static_cast<std::size_t>(*size) : 0;
}

}  // namespace fibo
