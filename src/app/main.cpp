// SPDX-License-Identifier: MIT
#include "fibo/app/process.hpp"

int main(int argc, char** argv) {
  return fibo::run_process(argc, argv);
}
