// SPDX-License-Identifier: MIT
#include "fibo/farm/mpi_failure.hpp"

#include <cstddef>
#include <cstdlib>
#include <numeric>
#include <string_view>

#include <mpi.h>
#if __has_include(<mpi-ext.h>)
#include <mpi-ext.h>
#endif

namespace fibo {

namespace mpi = boost::mpi;

#if defined(OMPI_HAVE_MPI_EXT_FTMPI) && OMPI_HAVE_MPI_EXT_FTMPI

namespace {

// A group that is freed.
class Group {
 public:
  Group() = default;
  Group(const Group&) = delete;
  Group& operator=(const Group&) = delete;
  ~Group() {
    if (group_ != MPI_GROUP_NULL) MPI_Group_free(&group_);
  }

  MPI_Group* out() { return &group_; }
  [[nodiscard]] MPI_Group get() const { return group_; }
  [[nodiscard]] int size() const {
    int size = 0;
    MPI_Group_size(group_, &size);
    return size;
  }

 private:
  MPI_Group group_ = MPI_GROUP_NULL;
};

}  // namespace

bool has_ulfm() {
  return true;
}

// mpirun passes `--with-ft ulfm` on to the ranks as a parameter of the library.
bool outlives_dead_ranks() {
  const char* const value = std::getenv("OMPI_MCA_mpi_ft_enable");
  if (value == nullptr) return false;
  const std::string_view text(value);
  return text == "1" || text == "true" || text == "yes" || text == "enabled";
}

bool is_rank_failure(const mpi::exception& error) {
  const int error_class = error.error_class();
  return error_class == MPIX_ERR_PROC_FAILED || error_class == MPIX_ERR_PROC_FAILED_PENDING;
}

std::vector<int> acknowledge_dead_ranks(const mpi::communicator& comm) {
  Group dead;
  if (MPIX_Comm_get_failed(comm, dead.out()) != MPI_SUCCESS || dead.size() == 0) return {};
  std::vector<int> in_group(static_cast<std::size_t>(dead.size()));
  std::iota(in_group.begin(), in_group.end(), 0);
  int acknowledged = 0;
  // No more than are returned: one that dies meanwhile is for the next call.
  MPIX_Comm_ack_failed(comm, dead.size(), &acknowledged);

  Group all;
  MPI_Comm_group(comm, all.out());
  std::vector<int> ranks(in_group.size());
  MPI_Group_translate_ranks(dead.get(), dead.size(), in_group.data(), all.get(), ranks.data());
  return ranks;
}

#else

bool has_ulfm() {
  return false;
}

bool outlives_dead_ranks() {
  return false;
}

bool is_rank_failure(const mpi::exception& /*error*/) {
  return false;
}

std::vector<int> acknowledge_dead_ranks(const mpi::communicator& /*comm*/) {
  return {};
}

#endif

}  // namespace fibo
