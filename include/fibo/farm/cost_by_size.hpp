// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/farm/key_range.hpp"

#include <array>
#include <functional>
#include <vector>

namespace fibo {

/// Estimated costs in seconds, by the size of their keys: at i those of keys of i bits.
using CostBySize = std::array<double, 65>;

/// What the keys of these ranges cost together; those that occur twice are counted twice.
CostBySize cost_by_size(const std::vector<KeyRange>& ranges,
                        const std::function<double(Key)>& cost_s);

}  // namespace fibo
