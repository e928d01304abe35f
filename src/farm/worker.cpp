// SPDX-License-Identifier: MIT
#include "fibo/farm/worker.hpp"

#include "fibo/fibonacci/overloaded.hpp"

#include <algorithm>
#include <exception>
#include <new>
#include <utility>
#include <variant>

namespace fibo {
namespace {

// Results are sent on once they come to this many bytes, before their chunk is done: long enough
// for a message to cost little beside its content, short enough to keep the producer supplied.
constexpr std::size_t results_bytes = std::size_t{256} << 10;

}  // namespace

Worker::Worker(WorkerParts parts, Send send) : parts_(std::move(parts)), send_(std::move(send)) {}

void Worker::greet() {
  send_(encode(Hello{parts_.host}));
}

bool Worker::process(const Bytes& message) {
  try {
    return std::visit(Overloaded{
                          [&](const Job& job) {
                            quantity_ = job.quantity;
                            return true;
                          },
                          [&](const Chunk& chunk) {
                            compute(chunk);
                            return true;
                          },
                          [&](const Stop&) {
                            send_(encode(goodbye_));
                            return false;
                          },
                      },
                      decode_to_worker(message));
  } catch (const MalformedMessage& error) {
    send_(encode(Broken{error.what()}));
    return true;
  }
}

void Worker::compute(const Chunk& chunk) {
  if (!quantity_) throw MalformedMessage("a chunk came before the job");

  Results ready{.chunk = chunk.id, .entries = {}};
  std::size_t ready_bytes = 0;
  std::size_t done_keys = 0;
  const auto send_ready = [&] {
    if (ready.entries.empty()) return;
    send_(encode(ready));
    ready.entries.clear();
    ready_bytes = 0;
  };
  const auto take = [&](Key key, Value value) {
    ++done_keys;
    if (const auto* digits = std::get_if<std::string>(&value);
        digits != nullptr && digits->size() > parts_.part_bytes) {
      send_ready();
      send_in_parts(chunk.id, key, *digits);
      return;
    }
    ready_bytes += shown_digits(value) + sizeof(Results::Entry);
    ready.entries.push_back({key, std::move(value)});
    if (ready_bytes >= results_bytes) send_ready();
  };

  const double begin_s = parts_.now_s();
  std::string failure;
  try {
    if (!evaluate_) evaluate_ = parts_.make_evaluator(*quantity_);
    evaluate_(chunk.keys, take);
  } catch (const std::bad_alloc&) {
    failure = "out of memory";
  } catch (const std::exception& error) {
    failure = error.what();
  }
  goodbye_.computing_s += parts_.now_s() - begin_s;
  goodbye_.keys += done_keys;

  send_ready();
  if (!failure.empty()) send_(encode(Failure{chunk.id, chunk.keys.at(done_keys), failure}));
}

void Worker::send_in_parts(ChunkId chunk, Key key, const std::string& digits) {
  for (std::size_t at = 0; at < digits.size(); at += parts_.part_bytes) {
    send_(encode(ValuePart{.chunk = chunk,
                           .key = key,
                           .total_bytes = digits.size(),
                           .offset_bytes = at,
                           .digits = digits.substr(at, parts_.part_bytes)}));
  }
}

void run_worker(WorkerChannel& channel, WorkerParts parts) {
  Worker worker(std::move(parts), [&](Bytes message) { channel.send(std::move(message)); });
  worker.greet();
  while (worker.process(channel.receive())) {
  }
}

}  // namespace fibo
