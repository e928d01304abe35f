// SPDX-License-Identifier: MIT
#pragma once

namespace fibo {

/// Lambdas as the alternatives of one visitor: std::visit(Overloaded{[](A) {}, [](B) {}}, variant).
template <class... Functions>
struct Overloaded : Functions... {
  using Functions::operator()...;
};

// Clang needs it said before its version 17.
template <class... Functions>
Overloaded(Functions...) -> Overloaded<Functions...>;

}  // namespace fibo
