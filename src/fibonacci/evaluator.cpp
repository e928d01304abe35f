// SPDX-License-Identifier: MIT
#include "fibo/fibonacci/evaluator.hpp"

#include "fibo/fibonacci/engine.hpp"
#include "fibo/fibonacci/overloaded.hpp"
#include "fibo/fibonacci/residue.hpp"

#include <memory>
#include <string_view>
#include <utility>

namespace fibo {
namespace {

// One function of n for all keys. Shared, as a std::function copies what it holds.
template <class Function>
Evaluator each_by(Function function) {
  return [shared = std::make_shared<const Function>(std::move(function))](
             std::span<const std::uint64_t> keys, const ValueSink& sink) {
    for (const std::uint64_t n : keys) {
      const Value value = (*shared)(n);
      sink(n, view_of(value));
    }
  };
}

Evaluator by_engine(unsigned threads) {
  return [engine = std::make_shared<Engine>(EngineOptions{.threads = threads})](
             std::span<const std::uint64_t> keys, const ValueSink& sink) {
    engine->run(keys, [&](std::uint64_t n, std::string_view digits) { sink(n, digits); });
  };
}

}  // namespace

Evaluator make_evaluator(const Quantity& quantity) {
  return make_wide_evaluator(quantity, 1);
}

Evaluator make_wide_evaluator(const Quantity& quantity, unsigned threads) {
  return std::visit(Overloaded{
                        [&](const FullDigits&) { return by_engine(threads); },
                        [](const EndDigits& q) { return each_by(FibonacciEnds(q.count)); },
                        [](const Residue& q) { return each_by(FibonacciResidue(q.modulus)); },
                    },
                    quantity);
}

}  // namespace fibo
