// SPDX-License-Identifier: MIT
#pragma once

#include "farm_simulation.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace fibo::simulation {

/// In which order a source gives its keys. A larger key costs no less.
enum class Order { ascending, shuffled, costly_first };

std::string to_string(Order order);

/// The keys 1..count in that order. Those in ascending order take no memory.
std::unique_ptr<KeySource> keys_in(Order order, std::uint64_t count);

/// Each key costs the same, and its value takes 32 bytes.
Load equal_keys(double cost_s);

/// The costs of the keys 1..count are uniform on a logarithmic scale.
Load log_uniform_keys(std::uint64_t count, double least_s, double most_s);

/// The last hundredth of the keys 1..count is costly.
Load keys_with_giants(std::uint64_t count, double cost_s, double giant_s);

/// Values in full, each of about F(n): the engine's estimates, and all the digits to be taken.
Load full_values(std::uint64_t n);

}  // namespace fibo::simulation
