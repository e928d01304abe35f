// SPDX-License-Identifier: MIT
#include "fibo/farm/message.hpp"

#include <limits>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace fibo {
namespace {

template <class T>
T round_trip(const ToWorker& message) {
  return std::get<T>(decode_to_worker(encode(message)));
}

// What comes from workers lies in the bytes that it was decoded from.
template <class T>
struct RoundTrip {
  explicit RoundTrip(const ToProducer& message)
      : bytes(encode(message)), decoded(std::get<T>(decode_to_producer(bytes))) {}
  const T* operator->() const { return &decoded; }

  Bytes bytes;
  T decoded;
};

const std::vector<ToProducer>& all_to_producer() {
  static const std::vector<ToProducer> messages{
      Hello{"node-7", 0.25, {3, 1023}},
      Results{3,
              {{10, "55"}, {11, EndsView{209, "43", "75"}}, {12, std::uint64_t{6}}},
              {1.25, 2.5},
              0.125},
      ValuePart{.chunk = 1,
                .key = 99,
                .total_bytes = 10,
                .offset_bytes = 4,
                .digits = "1234",
                .computed = {-1, -0.5},
                .waited_s = 7},
      Failure{77, "out of memory"},
      Broken{"no job"},
      Goodbye{12, 1.5, 0.25, 8},
      CheckFailure{6, 78},
      Heartbeat{},
      Interrupted{15},
      Lost{"it died"},
      SharedOffer{4711, 12, 65536, 18446744073709551615U, {4711, 13, 5}},
      SharedMessage{7, 100'000},
  };
  return messages;
}

const std::vector<ToWorker>& all_to_worker() {
  static const std::vector<ToWorker> messages{Job{FullDigits{}},
                                              Job{EndDigits{10}},
                                              Job{Residue{7}},
                                              Chunk{8, {1, 2, 18446744073709551615U}},
                                              Stop{},
                                              Farewell{false},
                                              SharedAnswer{true, {4710, 9, 8}},
                                              Widen{2, {0, 5}}};
  return messages;
}

TEST(Message, ArrivesAtTheWorkerAsItWasSent) {
  EXPECT_EQ(round_trip<Job>(Job{FullDigits{}}).quantity, Quantity(FullDigits{}));
  EXPECT_EQ(round_trip<Job>(Job{EndDigits{10}}).quantity, Quantity(EndDigits{10}));
  EXPECT_EQ(round_trip<Job>(Job{Residue{7}}).quantity, Quantity(Residue{7}));
  const Chunk chunk{8, {0, 1, 18446744073709551615U}};
  EXPECT_EQ(round_trip<Chunk>(chunk), chunk);
  round_trip<Stop>(Stop{});
  const auto answer = round_trip<SharedAnswer>(SharedAnswer{true, {4710, 9, 8}});
  EXPECT_TRUE(answer.accepted);
  EXPECT_EQ(answer.bell.process, 4710U);
  EXPECT_EQ(answer.bell.descriptor, 9U);
  EXPECT_EQ(answer.bell.token, 8U);
  const Widen widen = round_trip<Widen>(Widen{2, {0, 5}});
  EXPECT_EQ(widen.threads, 2U);
  EXPECT_EQ(widen.cpus, (std::vector<std::uint64_t>{0, 5}));
}

TEST(Message, SaysWhereSharedMemoryIs) {
  const auto offer = as_shared_offer(encode(SharedOffer{4711, 12, 65536, 99, {4711, 13, 5}}));
  ASSERT_TRUE(offer);
  EXPECT_EQ(offer->process, 4711U);
  EXPECT_EQ(offer->descriptor, 12U);
  EXPECT_EQ(offer->bytes, 65536U);
  EXPECT_EQ(offer->token, 99U);
  EXPECT_EQ(offer->bell.process, 4711U);
  EXPECT_EQ(offer->bell.descriptor, 13U);
  EXPECT_EQ(offer->bell.token, 5U);
  const auto place = as_shared_message(encode(SharedMessage{7, 100'000}));
  ASSERT_TRUE(place);
  EXPECT_EQ(place->block, 7U);
  EXPECT_EQ(place->bytes, 100'000U);
  EXPECT_FALSE(as_shared_message(encode(Heartbeat{})));
  EXPECT_FALSE(as_shared_answer(encode(Stop{})));
}

TEST(Message, ArrivesAtTheProducerAsItWasSent) {
  const RoundTrip<Hello> hello(all_to_producer()[0]);
  EXPECT_EQ(hello->host, "node-7");
  EXPECT_EQ(hello->cpus, (std::vector<std::uint64_t>{3, 1023}));
  EXPECT_EQ(hello->sent_s, 0.25);

  const RoundTrip<Results> results(all_to_producer()[1]);
  EXPECT_EQ(results->chunk, 3U);
  ASSERT_EQ(results->entries.size(), 3U);
  EXPECT_EQ(results->entries[0].key, 10U);
  EXPECT_EQ(results->entries[0].value, ValueView("55"));
  EXPECT_EQ(results->entries[1].value, ValueView(EndsView{209, "43", "75"}));
  EXPECT_EQ(results->entries[2].value, ValueView(std::uint64_t{6}));

  EXPECT_EQ(results->computed, (Interval{1.25, 2.5}));
  EXPECT_EQ(results->waited_s, 0.125);

  const RoundTrip<ValuePart> part(all_to_producer()[2]);
  EXPECT_EQ(part->chunk, 1U);
  EXPECT_EQ(part->key, 99U);
  EXPECT_EQ(part->total_bytes, 10U);
  EXPECT_EQ(part->offset_bytes, 4U);
  EXPECT_EQ(part->digits, "1234");
  EXPECT_EQ(part->computed, (Interval{-1, -0.5}));
  EXPECT_EQ(part->waited_s, 7);

  const RoundTrip<Failure> failure(all_to_producer()[3]);
  EXPECT_EQ(failure->key, 77U);
  EXPECT_EQ(failure->what, "out of memory");

  EXPECT_EQ(RoundTrip<Broken>(all_to_producer()[4])->what, "no job");

  const RoundTrip<Goodbye> goodbye(all_to_producer()[5]);
  EXPECT_EQ(goodbye->keys, 12U);
  EXPECT_EQ(goodbye->computing_s, 1.5);
  EXPECT_EQ(goodbye->communicating_s, 0.25);
  EXPECT_EQ(goodbye->waiting_s, 8);
}

TEST(Message, WithTimesThatCannotBeIsRefused) {
  const auto refused = [](const ToProducer& message) {
    EXPECT_THROW(decode_to_producer(encode(message)), MalformedMessage);
  };
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  for (const Interval& interval : {Interval{2, 1}, Interval{nan, 1}, Interval{0, infinity}}) {
    refused(Results{1, {}, interval});
    refused(ValuePart{1, 2, 3, 0, "123", interval});
  }
  refused(Hello{"here", nan});
  for (const double seconds : {-1.0, nan, infinity}) {
    refused(Goodbye{1, seconds, 0, 0});
    refused(Goodbye{1, 0, seconds, 0});
    refused(Goodbye{1, 0, 0, seconds});
  }
}

TEST(Message, OfResultsIsTheSameWrittenValueByValue) {
  const auto& results = std::get<Results>(all_to_producer()[1]);
  ResultsEncoder encoder(results.chunk);
  for (int i = 0; i < 2; ++i) {
    for (const auto& [key, value] : results.entries) encoder.add(key, value);
    EXPECT_EQ(encoder.count(), 3U);
    EXPECT_EQ(encoder.take(results.computed, results.waited_s), encode(all_to_producer()[1]));
    EXPECT_EQ(encoder.count(), 0U);
  }
}

TEST(Message, IsKnownAsStopOrGoodbyeByItsBytes) {
  for (const ToWorker& message : all_to_worker())
    EXPECT_EQ(is_stop(encode(message)), std::holds_alternative<Stop>(message));
  for (const ToProducer& message : all_to_producer())
    EXPECT_EQ(is_goodbye(encode(message)), std::holds_alternative<Goodbye>(message));
}

TEST(Message, CutShortAnywhereIsRefused) {
  const auto refuse_prefixes = [](const Bytes& bytes, const auto& decode) {
    for (std::size_t size = 0; size < bytes.size(); ++size)
      EXPECT_THROW(decode(std::span(bytes).first(size)), MalformedMessage) << size;
  };
  for (const auto& message : all_to_worker()) refuse_prefixes(encode(message), decode_to_worker);
  for (const auto& message : all_to_producer())
    refuse_prefixes(encode(message), decode_to_producer);
}

TEST(Message, WithBytesPastItsEndIsRefused) {
  Bytes bytes = encode(ToWorker(Stop{}));
  bytes.append("", 1);
  EXPECT_THROW(decode_to_worker(bytes), MalformedMessage);
}

TEST(Message, WithACountPastItsEndIsRefusedBeforeMemoryIsTaken) {
  Bytes bytes = encode(ToWorker(Chunk{1, {}}));
  for (std::size_t i = bytes.size() - 8; i < bytes.size(); ++i) bytes[i] = '\x7f';
  EXPECT_THROW(decode_to_worker(bytes), MalformedMessage);
}

TEST(Message, WithAPartPastItsValueIsRefused) {
  const ValuePart part{.chunk = 0, .key = 1, .total_bytes = 3, .offset_bytes = 2, .digits = "12"};
  EXPECT_THROW(decode_to_producer(encode(ToProducer(part))), MalformedMessage);
}

TEST(Message, WithAnEmptyPartIsRefused) {
  const ValuePart part{.chunk = 0, .key = 1, .total_bytes = 3, .offset_bytes = 2, .digits = ""};
  EXPECT_THROW(decode_to_producer(encode(ToProducer(part))), MalformedMessage);
}

TEST(Message, WithAJobThatCannotBeIsRefused) {
  EXPECT_THROW(decode_to_worker(encode(ToWorker(Job{EndDigits{0}}))), MalformedMessage);
  EXPECT_THROW(decode_to_worker(encode(ToWorker(Job{Residue{0}}))), MalformedMessage);
}

TEST(Message, WithAFlagThatIsNoneIsRefused) {
  Bytes bytes = encode(ToWorker(Farewell{}));
  bytes[1] = '0';
  EXPECT_THROW(decode_to_worker(bytes), MalformedMessage);
}

TEST(Message, OfRandomBytesIsReadOrRefused) {
  std::mt19937_64 random(5);
  int refused = 0;
  for (int round = 0; round < 100'000; ++round) {
    Bytes bytes = encode(all_to_producer()[random() % all_to_producer().size()]);
    for (std::uint64_t flips = 1 + random() % 4; flips > 0; --flips)
      bytes[random() % bytes.size()] = static_cast<char>(random());
    try {
      decode_to_producer(bytes);
    } catch (const MalformedMessage&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 1000);
}

}  // namespace
}  // namespace fibo
