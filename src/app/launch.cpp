// SPDX-License-Identifier: MIT
#include "fibo/app/launch.hpp"

#include <charconv>
#include <cstdlib>

#include <fmt/format.h>

namespace fibo {
namespace {

int number_in(const char* variable) {
  const char* const value = std::getenv(variable);
  if (value == nullptr) return 0;
  int number = 0;
  const std::string_view text(value);
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

bool is_set(const char* variable) {
  return std::getenv(variable) != nullptr;
}

std::string_view name_of(Launcher launcher) {
  switch (launcher) {
    case Launcher::mpirun:
      return "mpirun";
    case Launcher::srun:
      return "srun";
    case Launcher::other:
      return "another launcher";
    case Launcher::none:
      return "no launcher";
  }
  return "";
}

// Variables of PMIx are no sign: a process that nothing started has them from MPI itself.
Launch this_launch() {
  if (is_set("OMPI_COMM_WORLD_SIZE"))
    return {Launcher::mpirun, number_in("OMPI_COMM_WORLD_SIZE"), is_set("PRTE_LAUNCHED")};
  // A batch script is a step too, but nothing of srun's listens to it.
  if (is_set("SLURM_STEP_NUM_TASKS") && is_set("SLURM_STEP_LAUNCHER_PORT"))
    return {Launcher::srun, number_in("SLURM_STEP_NUM_TASKS")};
  if (is_set("PMI_SIZE")) return {Launcher::other, number_in("PMI_SIZE")};
  return {Launcher::none, 1};
}

std::optional<std::string> lone_ranks_text(const Launch& launch, std::size_t ranks) {
  if (ranks > 1 || launch.processes <= 1) return std::nullopt;
  return fmt::format(
      "{} started {} processes that do not find each other: each computes everything alone",
      name_of(launch.launcher), launch.processes);
}

}  // namespace fibo
