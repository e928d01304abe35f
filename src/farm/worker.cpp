// SPDX-License-Identifier: MIT
#include "fibo/farm/worker.hpp"

#include "fibo/farm/reason.hpp"
#include "fibo/fibonacci/overloaded.hpp"
#include "fibo/fibonacci/residue_check.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace fibo {
namespace {

// Results are sent on once they come to this many bytes, before their chunk is done: long enough
// for a message to cost little beside its content, short enough to keep the producer supplied.
constexpr std::size_t results_bytes = std::size_t{256} << 10;

// What an entry of a Results message takes beside its value, and the message beside its entries.
constexpr std::uint64_t entry_bytes = 40;
constexpr std::uint64_t frame_bytes = 64;

// The clock is read after a value of so many digits, which take some microseconds: beside that a
// reading, of some tens of nanoseconds, is nothing.
constexpr std::uint64_t timed_digits = 20'000;

// Thrown through the evaluator.
struct StopSent {};

/// The values of one chunk on their way to the producer: many short ones a message, or one long one
/// in many.
class ChunkReport {
 public:
  /// @param begin_s   when the worker took the chunk up
  /// @param waited_s  how long it had waited for it
  ChunkReport(const WorkerParts& parts, const Worker::Send& send, const Quantity& quantity,
              const Chunk& chunk, double begin_s, double waited_s)
      : parts_(parts),
        send_(send),
        quantity_(quantity),
        chunk_(chunk),
        ready_(chunk.id),
        resumed_s_(begin_s),
        timed_s_(begin_s),
        waited_s_(waited_s) {}

  /// The value of the next key.
  void add(Key key, const ValueView& value);
  /// Nothing comes any more: sends what has not been sent.
  void finish();

  [[nodiscard]] std::size_t keys() const { return keys_; }
  /// How long the evaluator took, once this is finished.
  [[nodiscard]] double computing_s() const { return computing_s_; }

 private:
  void read_clock();
  void send_ready(double end_s);
  void send_in_parts(Key key, std::string_view digits);
  void resume() { resumed_s_ = timed_s_ = parts_.now_s(); }
  [[nodiscard]] std::uint64_t message_bytes() const;

  const WorkerParts& parts_;
  const Worker::Send& send_;
  const Quantity& quantity_;
  const Chunk& chunk_;
  ResultsEncoder ready_;
  std::size_t keys_ = 0;
  double computing_s_ = 0;
  double resumed_s_;  ///< what is ready was begun then
  double timed_s_;    ///< the last reading of the clock; later values are not ready by then
  double waited_s_;   ///< that no message has told of yet
};

void ChunkReport::add(Key key, const ValueView& value) {
  if (const auto* digits = std::get_if<std::string_view>(&value);
      digits != nullptr && digits->size() > parts_.part_bytes) {
    send_in_parts(key, *digits);
    return;
  }
  if (ready_.count() == 0) ready_.begin_in(parts_.new_message(message_bytes()));
  ready_.add(key, value);
  ++keys_;
  if (ready_.size_bytes() >= results_bytes) {
    read_clock();
    send_ready(timed_s_);
    resume();
  } else if (shown_digits(value) >= timed_digits) {
    read_clock();
  }
}

void ChunkReport::finish() {
  read_clock();
  send_ready(timed_s_);
}

void ChunkReport::read_clock() {
  const double now_s = parts_.now_s();
  computing_s_ += now_s - timed_s_;
  timed_s_ = now_s;
}

void ChunkReport::send_ready(double end_s) {
  if (ready_.count() > 0) send_(ready_.take({resumed_s_, end_s}, std::exchange(waited_s_, 0)));
}

void ChunkReport::send_in_parts(Key key, std::string_view digits) {
  // Cheap values before it, whose end is not known, count as no time beside it.
  const double value_begin_s = timed_s_;
  read_clock();
  send_ready(value_begin_s);
  ValuePart part;
  part.chunk = chunk_.id;
  part.key = key;
  part.computed = {value_begin_s, timed_s_};
  part.waited_s = std::exchange(waited_s_, 0);
  part.total_bytes = digits.size();
  for (std::size_t at = 0; at < digits.size(); at += parts_.part_bytes) {
    part.offset_bytes = at;
    part.digits = digits.substr(at, parts_.part_bytes);
    send_(encode(part, parts_.new_message(part_message_bytes(part.digits.size()))));
  }
  ++keys_;
  resume();
}

// Of a message that begins with the next key.
std::uint64_t ChunkReport::message_bytes() const {
  std::uint64_t bytes = frame_bytes;
  for (std::size_t i = keys_; i < chunk_.keys.size() && bytes < results_bytes; ++i)
    bytes += entry_bytes + value_bytes(quantity_, chunk_.keys[i]);
  return bytes;
}

}  // namespace

Worker::Worker(WorkerParts parts, Send send)
    : parts_(std::move(parts)), send_(std::move(send)), idle_since_s_(parts_.now_s()) {}

void Worker::greet() {
  send_(encode(Hello{.host = parts_.host, .sent_s = parts_.now_s(), .cpus = parts_.cpus}));
}

bool Worker::process(const Bytes& message) {
  const double begin_s = parts_.now_s();
  const double waited_s = std::max(begin_s - idle_since_s_, 0.0);
  goodbye_.waiting_s += waited_s;
  const double computed_before_s = goodbye_.computing_s;
  const bool go_on = answer(message, begin_s, waited_s);
  idle_since_s_ = parts_.now_s();
  // What was not computing was decoding, encoding and handing over.
  goodbye_.communicating_s +=
      std::max(idle_since_s_ - begin_s - (goodbye_.computing_s - computed_before_s), 0.0);
  return go_on;
}

bool Worker::answer(const Bytes& message, double begin_s, double waited_s) {
  try {
    return std::visit(Overloaded{
                          [&](const Job& job) {
                            quantity_ = job.quantity;
                            // What the worker did before the run is no part of it.
                            goodbye_ = {};
                            return true;
                          },
                          [&](const Chunk& chunk) {
                            if (!stop_sent()) compute(chunk, begin_s, waited_s);
                            widen_ = {};
                            return true;
                          },
                          [&](const Widen& widen) {
                            widen_ = widen;
                            return true;
                          },
                          [&](const Stop&) {
                            send_(encode(goodbye_));
                            return false;
                          },
                          [](const Farewell&) -> bool {
                            throw MalformedMessage("a farewell is not for the worker");
                          },
                          [](const SharedAnswer&) -> bool {
                            throw MalformedMessage("an answer about memory is not for the worker");
                          },
                      },
                      decode_to_worker(message));
  } catch (const std::exception& error) {
    send_(encode(Broken{reason_of(error)}));
  }
  return true;
}

bool Worker::stop_sent() const {
  return parts_.stop_sent && parts_.stop_sent();
}

// What serves several threads is made for the keys that may use them, few and long: its memory is
// not to be held besides.
void Worker::evaluate(std::span<const Key> keys, const ValueSink& sink) {
  if (widen_.threads > 1 && parts_.make_wide_evaluator) {
    evaluate_ = {};
    const auto back_home = [&](const void*) { parts_.run_on(parts_.cpus); };
    const std::unique_ptr<const Widen, decltype(back_home)> away(&widen_, back_home);
    parts_.run_on(widen_.cpus);
    parts_.make_wide_evaluator(*quantity_, static_cast<unsigned>(widen_.threads))(keys, sink);
    return;
  }
  if (!evaluate_) evaluate_ = parts_.make_evaluator(*quantity_);
  evaluate_(keys, sink);
}

void Worker::compute(const Chunk& chunk, double begin_s, double waited_s) {
  if (!quantity_) throw MalformedMessage("a chunk came before the job");

  ChunkReport report(parts_, send_, *quantity_, chunk, begin_s, waited_s);
  std::optional<std::string> failure;
  bool check_failed = false;
  try {
    evaluate(chunk.keys, [&](Key key, const ValueView& value) {
      report.add(key, value);
      if (stop_sent()) throw StopSent{};
    });
  } catch (const StopSent&) {
  } catch (const CheckFailed&) {
    check_failed = true;
  } catch (const std::exception& error) {
    failure = reason_of(error);
  }
  report.finish();
  goodbye_.keys += report.keys();
  goodbye_.computing_s += report.computing_s();

  // What fails after the last value is put down to that.
  const Key failed_key = chunk.keys.at(std::min(report.keys(), chunk.keys.size() - 1));
  if (check_failed) send_(encode(CheckFailure{chunk.id, failed_key}));
  if (failure) send_(encode(Failure{failed_key, *failure}));
}

}  // namespace fibo
