// SPDX-License-Identifier: MIT
#include "fibo/farm/cost_by_size.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fibo {
namespace {

using testing::DoubleNear;

TEST(CostBySize, AddsUpRangesOfAnyStep) {
  const auto linear = [](Key key) { return static_cast<double>(key); };
  const CostBySize sums = cost_by_size({{1, 1000}, {7, 700, 7}}, linear);
  double sum = 0;
  for (const double part : sums) sum += part;
  EXPECT_THAT(sum, DoubleNear(500'500 + 35'350, 500));
  EXPECT_THAT(sums[1], DoubleNear(1, 1e-9));
  EXPECT_EQ(sums[11], 0);
  const CostBySize widest = cost_by_size({{0, ~Key{0}}}, [](Key) { return 1.0; });
  EXPECT_THAT(widest[64], DoubleNear(0x1p63, 1));
}

}  // namespace
}  // namespace fibo
