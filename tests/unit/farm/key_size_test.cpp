// SPDX-License-Identifier: MIT
#include "fibo/farm/key_size.hpp"

#include <gtest/gtest.h>

namespace fibo {
namespace {

TEST(KeySize, IsThatOfTheKeysFromTheLeastToTheLargest) {
  EXPECT_EQ(least_key_of_size(0), 0U);
  EXPECT_EQ(largest_key_of_size(0), 0U);
  EXPECT_EQ(least_key_of_size(10), 512U);
  EXPECT_EQ(largest_key_of_size(10), 1023U);
  EXPECT_EQ(key_size(largest_key_of_size(64)), 64U);
  EXPECT_EQ(largest_key_of_size(64), ~Key{0});
}

}  // namespace
}  // namespace fibo
