// SPDX-License-Identifier: MIT
#include "fibo/farm/shared_memory.hpp"

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace fibo {
namespace {

constexpr std::size_t long_bytes = 100'000;

std::string text_of(const Bytes& bytes) {
  return {bytes.begin(), bytes.end()};
}

// Both ends in one process: the reader finds the memory as it would that of another one.
class SharedMemory : public testing::Test {
 protected:
  SharedOffer offer() {
    writer_.message(long_bytes);
    const auto offer = writer_.take_offer();
    if (!offer) throw std::runtime_error("no offer is made");
    return *offer;
  }

  SharedReader open() {
    SharedReader reader(offer());
    writer_.answered({.accepted = reader.is_open(), .bell = {}});
    return reader;
  }

  Bytes written(const std::string& text) {
    Bytes message = writer_.message(text.size());
    message.append(text.data(), text.size());
    return message;
  }

  SharedWriter writer_{std::size_t{1} << 20};
};

TEST_F(SharedMemory, IsOfferedOnceWhenALongMessageIsWritten) {
  EXPECT_FALSE(writer_.take_offer());
  writer_.message(100);
  EXPECT_FALSE(writer_.take_offer());
  writer_.message(long_bytes);
  EXPECT_TRUE(writer_.take_offer());
  writer_.message(long_bytes);
  EXPECT_FALSE(writer_.take_offer());
}

TEST_F(SharedMemory, IsOfferedOnceWhenThereIsTime) {
  writer_.offer_early();
  EXPECT_TRUE(writer_.take_offer());
  writer_.offer_early();
  EXPECT_FALSE(writer_.take_offer());
  writer_.answered({.accepted = true, .bell = {}});
  Bytes message = writer_.message(long_bytes);
  message.append("x", 1);
  EXPECT_TRUE(writer_.hand_over(message));
}

TEST_F(SharedMemory, CarriesMessages) {
  const SharedReader reader = open();
  ASSERT_TRUE(reader.is_open());
  std::vector<std::pair<std::string, SharedMessage>> sent;
  for (const char letter : {'a', 'b', 'c'}) {
    std::string text(long_bytes + static_cast<std::size_t>(letter), letter);
    Bytes message = written(text);
    const auto place = writer_.hand_over(message);
    ASSERT_TRUE(place);
    EXPECT_TRUE(message.empty());
    sent.emplace_back(std::move(text), *place);
  }
  for (const auto& [text, place] : sent) EXPECT_EQ(text_of(reader.take(place)), text);
}

TEST_F(SharedMemory, IsUsedAgainOnceTheLastOfAMessageIsGone) {
  const SharedReader reader = open();
  for (int round = 0; round < 100; ++round) {
    std::vector<Bytes> held;
    for (;;) {
      Bytes message = written(std::string(long_bytes, static_cast<char>('a' + round % 26)));
      const auto place = writer_.hand_over(message);
      if (!place) {
        // There is no room: it lies in the process's own memory, and goes as it is.
        EXPECT_EQ(message.size(), long_bytes);
        break;
      }
      held.push_back(reader.take(*place));
    }
    EXPECT_EQ(held.size(), 8U);
    for (const Bytes& message : held) EXPECT_EQ(message[long_bytes - 1], 'a' + round % 26);
  }
}

TEST_F(SharedMemory, TakesBackWhatIsNotHandedOver) {
  const SharedReader reader = open();
  for (int i = 0; i < 100; ++i) written(std::string(long_bytes, 'a'));
  Bytes rest = written(std::string(1'000'000, 'a'));
  EXPECT_TRUE(writer_.hand_over(rest));
}

TEST_F(SharedMemory, LeavesAMessageThatOutgrewItToTheProcess) {
  const SharedReader reader = open();
  Bytes message = written(std::string(long_bytes, 'a'));
  const std::string more(long_bytes, 'b');
  message.append(more.data(), more.size());
  EXPECT_FALSE(writer_.hand_over(message));
  EXPECT_EQ(text_of(message), std::string(long_bytes, 'a') + more);
}

TEST_F(SharedMemory, IsNotUsedBeforeTheReaderHasAccepted) {
  static_cast<void>(offer());
  Bytes early = written(std::string(long_bytes, 'a'));
  EXPECT_FALSE(writer_.hand_over(early));
  writer_.answered({.accepted = false, .bell = {}});
  Bytes late = written(std::string(long_bytes, 'a'));
  EXPECT_FALSE(writer_.hand_over(late));
  EXPECT_EQ(late.size(), long_bytes);
}

TEST_F(SharedMemory, IsNotTakenForThatOfAnotherMachine) {
  const SharedOffer offered = offer();
  SharedOffer other = offered;
  ++other.token;
  EXPECT_FALSE(SharedReader(other).is_open());
  other = offered;
  other.bytes *= 2;
  EXPECT_FALSE(SharedReader(other).is_open());
  other = offered;
  other.descriptor = 0;
  EXPECT_FALSE(SharedReader(other).is_open());
  other = offered;
  other.process = std::uint64_t{1} << 40;
  EXPECT_FALSE(SharedReader(other).is_open());
  EXPECT_TRUE(SharedReader(offered).is_open());
}

TEST_F(SharedMemory, HasNoMessagesOutsideOfIt) {
  const SharedReader reader = open();
  for (const SharedMessage place :
       {SharedMessage{.block = 16, .bytes = 1}, SharedMessage{.block = 0, .bytes = 0},
        SharedMessage{.block = 15, .bytes = (64 << 10) + 1},
        SharedMessage{.block = 0, .bytes = ~0ULL}, SharedMessage{.block = ~0ULL, .bytes = 1}})
    EXPECT_THROW(static_cast<void>(reader.take(place)), MalformedMessage);
  EXPECT_THROW(static_cast<void>(SharedReader().take({.block = 0, .bytes = 1})), MalformedMessage);
}

}  // namespace
}  // namespace fibo
