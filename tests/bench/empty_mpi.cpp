// SPDX-License-Identifier: MIT
//
// What any MPI program takes to start and to end: the least that one can take.
#include <mpi.h>

int main(int argc, char** argv) {
  int provided = 0;
  MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &provided);
  MPI_Finalize();
  return 0;
}
