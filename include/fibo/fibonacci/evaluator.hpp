// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/fibonacci/quantity.hpp"

#include <cstdint>
#include <functional>
#include <span>

namespace fibo {

/// Takes the value of one key.
using ValueSink = std::function<void(std::uint64_t n, Value value)>;

/// Computes the values of some keys and hands each to the sink as soon as it is there, in the order
/// of the keys.
using Evaluator = std::function<void(std::span<const std::uint64_t> keys, const ValueSink& sink)>;

/// The evaluator of a quantity. Holds what serves all keys, such as tables for one modulus, so keep
/// it from key to key. Throws what evaluate() throws.
Evaluator make_evaluator(const Quantity& quantity);

}  // namespace fibo
