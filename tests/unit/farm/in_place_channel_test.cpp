// SPDX-License-Identifier: MIT
#include "support/in_place_channel.hpp"

#include "fibo/farm/producer.hpp"

#include "support/map_sink.hpp"

#include <limits>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

namespace fibo {
namespace {

using test::InPlaceChannel;

WorkerParts parts() {
  return {.host = "here", .make_evaluator = make_evaluator, .now_s = [] { return 0.0; }};
}

TEST(InPlaceChannel, RunsTheWholeFarm) {
  InPlaceChannel channel(parts());
  NamedKeys keys({{0, 93}});
  test::MapSink results;
  Observer nobody;
  run_producer(channel, FullDigits{}, keys,
               {.result_bytes = std::numeric_limits<std::uint64_t>::max()}, results, nobody);
  ASSERT_EQ(results.values.size(), 94U);
  for (const auto& [key, value] : results.values)
    EXPECT_EQ(value, Value(std::to_string(test::small_fibonacci(key))));
}

TEST(InPlaceChannel, WouldRatherThrowThanWaitForEver) {
  InPlaceChannel channel(parts());
  channel.receive();  // the greeting
  EXPECT_THROW(channel.receive(), std::logic_error);
}

}  // namespace
}  // namespace fibo
