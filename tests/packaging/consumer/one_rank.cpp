// SPDX-License-Identifier: MIT
#include <iostream>

#include <fibo/farm/mpi_job.hpp>

int main(int argc, char** argv) {
  const fibo::MpiJob job(argc, argv);
  std::cout << job.rank() << " of " << job.size() << '\n';
}
