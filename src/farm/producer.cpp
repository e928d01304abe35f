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
                    .value_bytes = [quantity](Key key) { return value_bytes(quantity, key); }},
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
              [&](Results&& results) {
                Span span{.chunk = results.chunk};
                for (auto& [key, value] : results.entries) {
                  count(span, key, value);
                  take_value(from, results.chunk, key, std::move(value));
                }
                report(from, span, results.computed);
                settle();
              },
              [&](const ValuePart& part) {
                if (std::optional<std::string> digits = join(from, part)) {
                  Span span{.chunk = part.chunk};
                  Value value = *std::move(digits);
                  count(span, part.key, value);
                  take_value(from, part.chunk, part.key, std::move(value));
                  report(from, span, part.computed);
                  settle();
                }
              },
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

  void take_value(Rank from, ChunkId chunk, Key key, Value value) {
    // The alternatives of Value stand in the order of those of Quantity.
    if (value.index() != quantity_.index())
      throw MalformedMessage(fmt::format("the value of key {} is of another kind", key));
    scheduler_.returned(from, chunk, key);
    observer_.returned(from, key, value);
    results_.accept(key, std::move(value));
  }

  static void count(Span& span, Key key, const Value& value) {
    ++span.keys;
    span.digits += shown_digits(value);
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

  // The whole text once its last part is there.
  std::optional<std::string> join(Rank from, const ValuePart& part) {
    std::string& digits = peers_[from].part;
    if (part.offset_bytes != digits.size())
      throw MalformedMessage(fmt::format("a part of key {} is missing", part.key));
    if (digits.empty()) digits.reserve(part.total_bytes);
    digits += part.digits;
    if (digits.size() < part.total_bytes) return std::nullopt;
    return std::exchange(digits, {});
  }

  [[nodiscard]] std::string name(Rank rank) const {
    const auto peer = peers_.find(rank);
    const bool known = peer != peers_.end() && !peer->second.host.empty();
    return fmt::format("rank {}@{}", to_int(rank), known ? peer->second.host : "?");
  }

  struct HandedOut {
    ChunkId chunk;
    double at_s;
  };

  // What the producer knows of a worker.
  struct Peer {
    std::string host;
    std::string part;  ///< of the value that is arriving in parts
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
