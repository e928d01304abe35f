// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/farm/producer.hpp"

#include <map>
#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace fibo::test {

/// Keeps all values, and checks that the producer keeps its word: each key once, and none below a
/// bound that it called settled.
class MapSink final : public ResultSink {
 public:
  void accept(Key key, const ValueView& value) override {
    EXPECT_GE(key, bound_) << "a key came that had been called settled";
    EXPECT_TRUE(values.emplace(key, copy_of(value)).second) << "key " << key << " came twice";
  }
  void settled_below(Key bound) override {
    EXPECT_GE(bound, bound_);
    bound_ = bound;
  }
  void settled() override { all_settled = true; }
  [[nodiscard]] std::uint64_t held_bytes() const override { return 0; }

  std::map<Key, Value> values;
  bool all_settled = false;

 private:
  Key bound_ = 0;
};

/// The simplest way there is, as the other computations' oracle: F(n) for n <= 93.
inline std::uint64_t small_fibonacci(Key n) {
  std::uint64_t a = 0;
  std::uint64_t b = 1;
  for (Key i = 0; i < n; ++i) a = std::exchange(b, a + b);
  return a;
}

}  // namespace fibo::test
