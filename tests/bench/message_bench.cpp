// SPDX-License-Identifier: MIT
//
// What a message takes of rank 0, for the simulation of farms that no test machine has
// (tests/simulation): a short chunk out and its values back, over MPI, as the producer sends and
// receives them. Waiting is left out.
//
//   cmake --build --preset release --target message_bench &&
//   mpirun -np 2 build/release/tests/bench/message_bench
#include "fibo/farm/message.hpp"
#include "fibo/farm/mpi_channel.hpp"

#include <chrono>
#include <cstdint>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <boost/mpi/communicator.hpp>
#include <boost/mpi/environment.hpp>
#include <fmt/format.h>

namespace fibo::bench {
namespace {

constexpr int rounds = 200'000;
constexpr int under_way = 16;  // messages, so that none is waited for

double now_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

void answer(MpiMail& mail) {
  for (int left = rounds; left > 0;) {
    auto letter = mail.poll();
    if (!letter) continue;
    const Chunk chunk = std::get<Chunk>(decode_to_worker(letter->message));
    ResultsEncoder values(chunk.id);
    for (const Key key : chunk.keys)
      values.add(key,
                 EndsView{.digit_count = 20, .leading = "1234567890", .trailing = "1234567890"});
    mail.send(0, values.take({}, 0));
    --left;
  }
  mail.flush();
}

void ask(MpiMail& mail) {
  double out_s = 0;
  double in_s = 0;
  std::uint64_t keys = 0;
  int sent = 0;
  const auto send = [&] {
    const double begin_s = now_s();
    const auto id = static_cast<ChunkId>(sent++);
    mail.send(1, encode(Chunk{.id = id, .keys = {1'000'000'000 + id}}));
    out_s += now_s() - begin_s;
  };
  while (sent < under_way) send();
  for (int left = rounds; left > 0;) {
    const double begin_s = now_s();
    auto letter = mail.poll();
    if (!letter) continue;
    keys += std::get<Results>(decode_to_producer(letter->message)).entries.size();
    in_s += now_s() - begin_s;
    --left;
    if (sent < rounds) send();
  }
  fmt::print("a message of {} key out {:.2f} us, back {:.2f} us\n",
             keys / static_cast<std::uint64_t>(rounds), 1e6 * out_s / rounds, 1e6 * in_s / rounds);
}

}  // namespace
}  // namespace fibo::bench

int main(int argc, char** argv) {
  const boost::mpi::environment environment(argc, argv);
  const boost::mpi::communicator world;
  if (world.size() != 2) {
    fmt::print(stderr, "message_bench takes two ranks: mpirun -np 2\n");
    return 2;
  }
  fibo::MpiMail mail(world);
  if (world.rank() == 0)
    fibo::bench::ask(mail);
  else
    fibo::bench::answer(mail);
}
