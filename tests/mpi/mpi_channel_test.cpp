// SPDX-License-Identifier: MIT
#include "fibo/farm/mpi_channel.hpp"

#include "support/temp_folder.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <thread>

#include <boost/mpi/collectives.hpp>
#include <boost/serialization/string.hpp>
#include <gtest/gtest.h>

namespace fibo {
namespace {

namespace mpi = boost::mpi;
using namespace std::chrono_literals;

Bytes numbered(std::size_t size, std::uint64_t number) {
  return Bytes(size, static_cast<char>('0' + number % 75));
}

MpiMail::Letter next_letter(MpiMail& mail) {
  for (;;)
    if (auto letter = mail.poll()) return *std::move(letter);
}

TEST(MpiMail, KeepsTheOrderOfEachSender) {
  // Lengths on both sides of every eager limit, so that some letters need a handshake.
  const auto size_of = [](std::uint64_t number) -> std::size_t {
    return number % 3 == 0 ? 300'000 : number % 7;
  };
  constexpr std::uint64_t letters = 60;
  const mpi::communicator world;
  MpiMail mail(world);
  if (world.rank() != 0) {
    for (std::uint64_t i = 0; i < letters; ++i) mail.send(0, numbered(size_of(i), i));
    mail.flush();
  } else {
    std::map<int, std::uint64_t> received;
    for (std::uint64_t i = 0; i < letters * static_cast<std::uint64_t>(world.size() - 1); ++i) {
      const auto [from, message] = next_letter(mail);
      const std::uint64_t number = received[from]++;
      EXPECT_EQ(message, numbered(size_of(number), number)) << "from rank " << from;
    }
  }
  world.barrier();
  EXPECT_FALSE(mail.poll());
  EXPECT_FALSE(mail.transferring());
}

TEST(MpiMail, IsNotHeldUpByALongLetterOfARankThatIsBusy) {
  const mpi::communicator world;
  if (world.size() < 3) GTEST_SKIP() << "needs three ranks";
  MpiMail mail(world);
  // Rank 0's folder is a gate that all can see.
  const test::TempFolder folder;
  std::string gate = folder.path() / "open";
  mpi::broadcast(world, gate, 0);
  constexpr int long_letters = 20;
  constexpr std::size_t long_size = std::size_t{2} << 20;
  if (world.rank() == 1)
    for (int i = 0; i < long_letters; ++i) mail.send(0, Bytes(long_size, 'x'));
  // They are under way before anybody receives, and before the short ones.
  world.barrier();
  if (world.rank() == 1) {
    // Computes, without a call of MPI.
    for (int i = 0; i < 20'000 && !std::filesystem::exists(gate); ++i)
      std::this_thread::sleep_for(1ms);
    EXPECT_TRUE(std::filesystem::exists(gate)) << "short letters wait for long ones";
    mail.flush();
  } else if (world.rank() == 2) {
    for (int i = 0; i < 100; ++i) mail.send(0, {'y'});
    mail.flush();
  } else if (world.rank() == 0) {
    int long_letters_came = 0;
    for (int short_letters = 0; short_letters < 100;) {
      const auto [from, message] = next_letter(mail);
      if (from == 2) ++short_letters;
      if (from == 1) ++long_letters_came;
    }
    std::ofstream{gate};
    for (; long_letters_came < long_letters; ++long_letters_came)
      EXPECT_EQ(next_letter(mail).message.size(), long_size);
  }
  world.barrier();
}

TEST(MpiMail, RefusesWhatMpiCannotCount) {
  MpiMail mail(mpi::communicator(), 1000);
  EXPECT_THROW(mail.send(0, Bytes::unset(1001)), std::length_error);
}

}  // namespace
}  // namespace fibo
