// SPDX-License-Identifier: MIT
#include <iostream>

#include <fibo/fibonacci/engine.hpp>

int main() {
  std::cout << fibo::Engine().digits(300) << '\n';
}
