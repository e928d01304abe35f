// SPDX-License-Identifier: MIT
//
// peak_memory FILE PROGRAM [ARGUMENT...]: runs the program, and writes the most memory that it had
// resident, in KiB, to FILE.RANK, where RANK is the process's rank in its MPI job.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const pid_t child = ::fork();
  if (child == 0) {
    ::execvp(argv[2], argv + 2);
    ::_exit(127);
  }
  int status = 0;
  rusage usage{};
  if (child < 0 || ::wait4(child, &status, 0, &usage) != child) return 1;
  const char* rank = std::getenv("OMPI_COMM_WORLD_RANK");
  std::ofstream(std::string(argv[1]) + "." + (rank == nullptr ? "0" : rank)) << usage.ru_maxrss;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
