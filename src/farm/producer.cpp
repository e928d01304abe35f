// SPDX-License-Identifier: MIT
#include "fibo/farm/producer.hpp"

#include "fibo/farm/clock_offset.hpp"
#include "fibo/fibonacci/overloaded.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>

#include <fmt/format.h>

namespace fibo {
namespace {

// Tells every worker to stop, and hears them out: a rank that leaves while another still sends to
// it would lose messages. What else they send is of no use any more.
void stop_workers(ProducerChannel& channel, Observer& observer) {
  std::set<Rank> present;
  for (const Rank worker : channel.workers()) {
    channel.send(worker, encode(Stop{}));
    present.insert(worker);
  }
  while (!present.empty()) {
    const auto [from, bytes] = channel.receive();
    try {
      const ToProducer message = decode_to_producer(bytes);
      if (const auto* hello = std::get_if<Hello>(&message)) observer.joined(from, hello->host);
      if (const auto* goodbye = std::get_if<Goodbye>(&message)) {
        observer.left(from, *goodbye);
        present.erase(from);
      }
    } catch (const MalformedMessage&) {
      // Reported where it matters, while values are taken; here only the goodbyes are awaited.
      continue;
    }
  }
}

// What a value takes beside its digits where it waits: the rest of its line, and its place in it.
constexpr std::uint64_t line_bytes = 48;

class Producer {
 public:
  Producer(ProducerChannel& channel, const Quantity& quantity, KeySource& source,
           const SchedulerLimits& limits, ResultSink& results, Observer& observer,
           const Clock& now_s)
      : channel_(channel),
        quantity_(quantity),
        results_(results),
        observer_(observer),
        now_s_(now_s),
        scheduler_(source, channel.workers(),
                   {.cost_s = [quantity](Key key) { return estimated_cost_s(quantity, key); },
                    .value_bytes =
                        [quantity](Key key) { return line_bytes + value_bytes(quantity, key); }},
                   limits) {}

  void run() {
    for (const Rank worker : channel_.workers()) channel_.send(worker, encode(Job{quantity_}));
    while (!scheduler_.finished()) {
      while (auto assignment = scheduler_.next(results_.held_bytes())) {
        observer_.handed_out(assignment->worker, assignment->chunk);
        peers_[assignment->worker].handed_out.push_back({assignment->chunk.id, now_s_()});
        channel_.send(assignment->worker, encode(assignment->chunk));
      }
      take(channel_.receive());
    }
    results_.settled();
  }

 private:
  void take(const ProducerChannel::Envelope& envelope) {
    const Rank from = envelope.from;
    try {
      std::visit(
          Overloaded{
              [&](Hello&& hello) {
                observer_.joined(from, hello.host);
                Peer& peer = peers_[from];
                peer.host = std::move(hello.host);
                peer.clock.producer_received(hello.sent_s, now_s_());
              },
              [&](const Results& results) {
                Span span{.chunk = results.chunk, .waited_s = results.waited_s};
                for (const auto& [key, value] : results.entries)
                  count(span, key, take_value(from, results.chunk, key, value));
                report(from, span, results.computed);
                settle();
              },
              [&](const ValuePart& part) { take_part(from, part); },
              [&](const Failure& failure) {
                throw WorkerFailure(fmt::format("{} could not compute F({}): {}", name(from),
                                                failure.key, failure.what));
              },
              [&](const Broken& broken) {
                throw WorkerFailure(fmt::format("{} cannot go on: {}", name(from), broken.what));
              },
              [&](const Goodbye&) {
                throw WorkerFailure(fmt::format("{} left before the run was over", name(from)));
              },
          },
          decode_to_producer(envelope.message));
    } catch (const MalformedMessage& error) {
      throw WorkerFailure(
          fmt::format("{} sent a message that makes no sense: {}", name(from), error.what()));
    } catch (const UnexpectedResult& error) {
      throw WorkerFailure(
          fmt::format("{} sent a value that was not asked for: {}", name(from), error.what()));
    }
  }

  // Returns how many digits the value shows.
  std::uint64_t take_value(Rank from, ChunkId chunk, Key key, const ValueView& value) {
    // The alternatives of a value stand in the order of those of Quantity.
    if (value.index() != quantity_.index())
      throw MalformedMessage(fmt::format("the value of key {} is of another kind", key));
    scheduler_.returned(from, chunk, key);
    const std::uint64_t digits = shown_digits(value);
    observer_.returned(from, key, digits);
    results_.accept(key, value);
    return digits;
  }

  void take_part(Rank from, const ValuePart& part) {
    Arrival& arrival = peers_[from].arrival;
    if (part.offset_bytes == 0) arrival = {.chunk = part.chunk, .key = part.key, .bytes = 0};
    if (!std::holds_alternative<FullDigits>(quantity_) || arrival.chunk != part.chunk ||
        arrival.key != part.key || arrival.bytes != part.offset_bytes)
      throw MalformedMessage(fmt::format("a part of key {} is missing", part.key));
    scheduler_.expect(from, part.chunk, part.key);
    results_.accept_part(part.key, part.total_bytes, part.offset_bytes, part.digits);
    arrival.bytes += part.digits.size();
    if (arrival.bytes < part.total_bytes) return;
    arrival = {};
    scheduler_.returned(from, part.chunk, part.key);
    observer_.returned(from, part.key, part.total_bytes);
    Span span{.chunk = part.chunk, .waited_s = part.waited_s};
    count(span, part.key, part.total_bytes);
    report(from, span, part.computed);
    settle();
  }

  static void count(Span& span, Key key, std::uint64_t digits) {
    ++span.keys;
    span.digits += digits;
    span.largest_key = std::max(span.largest_key, key);
  }

  // `computed` is on the worker's clock.
  void report(Rank from, Span span, const Interval& computed) {
    Peer& peer = peers_[from];
    auto& handed_out = peer.handed_out;
    while (!handed_out.empty() && handed_out.front().chunk < span.chunk) handed_out.pop_front();
    if (!handed_out.empty() && handed_out.front().chunk == span.chunk)
      peer.clock.worker_acted(handed_out.front().at_s, computed.begin_s);
    peer.clock.producer_received(computed.end_s, now_s_());
    const double offset_s = peer.clock.seconds();
    span.time = {computed.begin_s + offset_s, computed.end_s + offset_s};
    observer_.computed(from, span);
  }

  void settle() {
    if (const std::optional<Key> bound = scheduler_.settled_below()) results_.settled_below(*bound);
  }

  [[nodiscard]] std::string name(Rank rank) const {
    const auto peer = peers_.find(rank);
    const bool known = peer != peers_.end() && !peer->second.host.empty();
    return fmt::format("rank {}@{}", to_int(rank), known ? peer->second.host : "?");
  }

  /// A value that is arriving in parts.
  struct Arrival {
    ChunkId chunk = 0;
    Key key = 0;
    std::uint64_t bytes = 0;
  };

  struct HandedOut {
    ChunkId chunk;
    double at_s;
  };

  // What the producer knows of a worker.
  struct Peer {
    std::string host;
    Arrival arrival;
    ClockOffset clock;
    std::deque<HandedOut> handed_out;  ///< that may still come back, the oldest first
  };

  ProducerChannel& channel_;
  Quantity quantity_;
  ResultSink& results_;
  Observer& observer_;
  const Clock& now_s_;
  Scheduler scheduler_;
  std::map<Rank, Peer> peers_;
};

}  // namespace

void ResultSink::accept_part(Key key, std::uint64_t total_bytes, std::uint64_t offset_bytes,
                             std::string_view digits) {
  std::string& whole = joining_[key];
  if (offset_bytes == 0) {
    whole.clear();
    whole.reserve(total_bytes);
  }
  whole += digits;
  if (whole.size() < total_bytes) return;
  const std::string value = std::move(whole);
  joining_.erase(key);
  accept(key, value);
}

void run_producer(ProducerChannel& channel, const Quantity& quantity, KeySource& source,
                  const SchedulerLimits& limits, ResultSink& results, Observer& observer,
                  const Clock& now_s) {
  try {
    Producer(channel, quantity, source, limits, results, observer, now_s).run();
  } catch (...) {
    stop_workers(channel, observer);
    throw;
  }
  stop_workers(channel, observer);
}

void dismiss_workers(ProducerChannel& channel) {
  Observer nobody;
  stop_workers(channel, nobody);
}

}  // namespace fibo
