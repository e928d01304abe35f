// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/farm/key.hpp"
#include "fibo/fibonacci/quantity.hpp"

#include <cstdint>
#include <functional>

namespace fibo {

/// What has to be known of a key to hand it out.
struct KeyModel {
  std::function<double(Key)> cost_s;  ///< time to compute its value, roughly, in seconds
  /// What its value takes where it waits to be written, at most, in bytes.
  std::function<std::uint64_t(Key)> value_bytes;
  /// The time where the key that is `gap` less was computed just before; cost_s if there is none.
  std::function<double(Key, std::uint64_t gap)> cost_after_s = {};
};

/// The model of all keys whose values are `quantity`.
KeyModel key_model(const Quantity& quantity);

}  // namespace fibo
