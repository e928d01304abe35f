// SPDX-License-Identifier: MIT
//
// A rank fails while all others are in the middle of keys that take for ever. A program of its own:
// the abandoned threads run on until the process ends.
#include "fibo/farm/key_source.hpp"
#include "fibo/farm/mpi_job.hpp"
#include "fibo/farm/producer.hpp"

#include "support/evaluators.hpp"
#include "support/map_sink.hpp"

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <limits>
#include <stdexcept>
#include <string>
#include <thread>

int main(int argc, char** argv) {
  using namespace fibo;
  int code = 1;
  bool abandoned = false;
  {
    MpiJob job(argc, argv);
    const bool faulty = job.rank() == job.size() - 1;
    WorkerThread worker({.host = job.host(),
                         .make_evaluator = test::always([faulty](auto&&...) {
                           std::this_thread::sleep_for(std::chrono::milliseconds(100));
                           if (faulty) throw std::runtime_error("no luck");
                           std::this_thread::sleep_for(std::chrono::hours(1));
                         }),
                         .now_s = [] { return 0.0; }});
    if (job.rank() != 0) {
      code = job.serve(worker) == ServiceEnd::together ? 0 : 1;
    } else {
      ProducerChannel& channel = job.open_producer_channel(worker);
      // So far from each other that none stays with rank 0 as its neighbour's successor.
      NamedKeys keys({{10'000'000, 110'000'000, 1'000'000}});
      test::MapSink results;
      Observer nobody;
      try {
        run_producer(channel, FullDigits{}, keys,
                     {.result_bytes = std::numeric_limits<std::uint64_t>::max()}, results, nobody);
      } catch (const WorkerFailure& failure) {
        std::cerr << failure.what() << '\n';
        code = std::string(failure.what()).ends_with("no luck") ? 0 : 1;
      }
    }
    if (job.rank() == 0 && !job.say_farewell()) code = 1;
    abandoned = worker.abandoned();
    if (abandoned == faulty) code = 1;
  }
  std::_Exit(code);
}
