// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/fibonacci/quantity.hpp"

#include <cstdint>
#include <functional>
#include <span>

namespace fibo {

/// Takes the value of one key, which lies where it is until the sink returns.
using ValueSink = std::function<void(std::uint64_t n, const ValueView& value)>;

/// Computes the values of some ascending keys and hands each to the sink as soon as it is there, in
/// their order.
using Evaluator = std::function<void(std::span<const std::uint64_t> keys, const ValueSink& sink)>;

/// The evaluator of a quantity. Holds what serves all keys, such as the memory of the engine or the
/// tables for one modulus: keep it from call to call, and use it from one thread at a time. Throws
/// what Engine::run() throws, for FullDigits alone.
Evaluator make_evaluator(const Quantity& quantity);

/// The same with so many threads for each key, where the quantity and the key are such that they
/// help. They run on the CPUs that the thread may use that makes the first call.
Evaluator make_wide_evaluator(const Quantity& quantity, unsigned threads);

}  // namespace fibo
