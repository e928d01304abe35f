// SPDX-License-Identifier: MIT
#include "fibo/farm/key_model.hpp"

namespace fibo {
namespace {

// What a value takes beside its digits: the rest of its line, and its place among the values.
constexpr std::uint64_t line_bytes = 48;

}  // namespace

KeyModel key_model(const Quantity& quantity) {
  return {.cost_s = [quantity](Key key) { return estimated_cost_s(quantity, key); },
          .value_bytes = [quantity](Key key) { return line_bytes + value_bytes(quantity, key); },
          .cost_after_s =
              [quantity](Key key, std::uint64_t gap) {
                return estimated_cost_after_s(quantity, key, gap);
              }};
}

}  // namespace fibo
