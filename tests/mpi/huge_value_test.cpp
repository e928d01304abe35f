// SPDX-License-Identifier: MIT
//
// A value of more bytes than MPI can count comes over whole.
#include "fibo/farm/mpi_channel.hpp"
#include "fibo/farm/producer.hpp"

#include "support/evaluators.hpp"

#include <cstdint>
#include <string>

#include <boost/mpi/communicator.hpp>
#include <gtest/gtest.h>

namespace fibo {
namespace {

constexpr Key huge_key = 10'276'000'000;
const std::size_t huge_bytes = fibonacci_digit_count(huge_key);

char digit_at(std::size_t position) {
  return static_cast<char>('0' + position / 1'000'003 % 10);
}

struct HugeSink final : ResultSink {
  void accept(Key /*key*/, const ValueView& value) override {
    digits = std::get<std::string_view>(value);
  }
  void settled_below(Key /*bound*/) override {}
  void settled() override {}
  [[nodiscard]] std::uint64_t held_bytes() const override { return 0; }
  std::string digits;
};

TEST(Farm, CarriesAValueOfMoreThanTwoGibibytes) {
  const boost::mpi::communicator world;
  WorkerThread worker(
      {.host = "here",
       .make_evaluator = test::always([](std::span<const Key> keys, const ValueSink& sink) {
         std::string digits(huge_bytes, '0');
         for (std::size_t i = 0; i < digits.size(); ++i) digits[i] = digit_at(i);
         sink(keys[0], digits);
       }),
       .now_s = [] { return 0.0; }});
  if (world.rank() != 0) {
    run_worker_rank(world, worker);
    return;
  }
  MpiProducerChannel channel(world, worker);
  ASSERT_GT(huge_bytes, std::size_t{1} << 31);
  NamedKeys keys({{huge_key, huge_key}});
  HugeSink sink;
  Observer nobody;
  run_producer(channel, FullDigits{}, keys, {.result_bytes = huge_bytes}, sink, nobody);
  ASSERT_EQ(sink.digits.size(), huge_bytes);
  for (std::size_t i = 0; i < huge_bytes; i += 4099) ASSERT_EQ(sink.digits[i], digit_at(i)) << i;
  EXPECT_EQ(sink.digits.back(), digit_at(huge_bytes - 1));
}

}  // namespace
}  // namespace fibo
