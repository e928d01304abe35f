// SPDX-License-Identifier: MIT
#include "fibo/farm/producer.hpp"

#include "fibo/farm/clock_offset.hpp"
#include "fibo/farm/key_model.hpp"
#include "fibo/fibonacci/overloaded.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>

namespace fibo {
namespace {

// How often the producer looks whether it hears everybody, in seconds.
constexpr double roll_call_s = 0.25;

// While messages wait to be heard, what a rank has sent may be among them: it is given so many
// times as long.
constexpr double backlog_patience = 4;

// The time in which the producer listened: no more than a second of it passes while the producer is
// stopped, or busy with what it has heard, and ranks are not heard for that reason.
class ListeningClock {
 public:
  explicit ListeningClock(const Clock& now_s) : now_s_(now_s), last_s_(now_s()) {}

  /// To be called at every look for messages.
  double look_s() {
    const double now_s = now_s_();
    listened_s_ += std::min(now_s - last_s_, longest_look_s);
    last_s_ = now_s;
    return listened_s_;
  }

 private:
  static constexpr double longest_look_s = 1;

  const Clock& now_s_;
  double last_s_;
  double listened_s_ = 0;
};

// How long the last long keys wait, in seconds, for ranks that have not said where they are.
constexpr double greeting_patience_s = 1;

class Producer {
 public:
  Producer(ProducerChannel& channel, const Quantity& quantity, KeySource& source,
           const SchedulerLimits& limits, ResultSink& results, Observer& observer,
           const Watch& watch)
      : channel_(channel),
        quantity_(quantity),
        results_(results),
        observer_(observer),
        watch_(watch),
        begin_s_(watch.now_s()),
        shared_s_(limits.shared_s),
        listening_(watch.now_s),
        scheduler_(source, channel.workers(), key_model(quantity), limits) {}

  RunEnd run() {
    for (const Rank worker : channel_.workers()) channel_.send(worker, encode(Job{quantity_}));
    while (!scheduler_.finished() && !interrupted()) {
      while (!interrupted()) {
        const auto assignment = scheduler_.next(results_.held_bytes());
        if (!assignment) break;
        if (is_long(*assignment) || waits_to_be_sent(assignment->worker))
          waiting_.push_back(*assignment);
        else
          send(*assignment);
      }
      send_waiting();
      if (!interrupted()) listen();
    }
    // Values that are under way when the run is interrupted count.
    if (!scheduler_.finished()) stop();
    RunEnd end{.interruption = {}, .given_up = scheduler_.given_up(), .left_at_most = 0};
    if (scheduler_.finished()) {
      results_.settled();
    } else {
      settle();
      end.interruption = interruption_;
      end.left_at_most = scheduler_.left_at_most();
    }
    return end;
  }

  /// Tells every worker to stop, and hears them out: a rank that leaves while another still sends
  /// to it would lose messages. Of what else they send, values that are still wanted are taken.
  void stop() {
    if (!std::exchange(stopping_, true)) {
      for (const Rank worker : channel_.workers()) {
        if (gone_.contains(worker)) continue;
        channel_.send(worker, encode(Stop{}));
        present_.insert(worker);
      }
    }
    const double begin_s = listening_.look_s();
    while (!present_.empty()) {
      const double patience_s = watch_.farewell_s * (listen() ? backlog_patience : 1);
      if (interrupted() && listening_.look_s() - begin_s > patience_s)
        for (const Rank worker : std::set(present_))
          if (worker != producer_rank)
            give_up(worker, "it did not answer when the run was interrupted");
    }
  }

  /// The same after an exception: values are of no use any more.
  void stop_without_values() {
    keeps_values_ = false;
    stop();
  }

 private:
  bool interrupted() {
    if (!interruption_)
      if (const int signal = watch_.signal(); signal != 0)
        interruption_ = RunEnd::Interruption{signal, producer_rank};
    return interruption_.has_value();
  }

  void send(const Scheduler::Assignment& assignment, std::uint64_t threads = 1,
            std::optional<Rank> helper = std::nullopt) {
    observer_.handed_out(assignment.worker, assignment.chunk, threads);
    peers_[assignment.worker].handed_out.push_back(
        {assignment.chunk.id, watch_.now_s(), threads, helper});
    channel_.send(assignment.worker, encode(assignment.chunk));
  }

  // With nothing left to hand out, a rank that has nothing to do lends its CPUs to a neighbour that
  // has a long key. Who is a neighbour is known when all have said where they are.
  void send_waiting() {
    if (waiting_.empty()) return;
    const bool are_last = scheduler_.all_handed_out();
    if (are_last && !all_greeted() && watch_.now_s() - begin_s_ < greeting_patience_s) return;
    for (const Scheduler::Assignment& assignment : std::exchange(waiting_, {})) {
      const Rank worker = assignment.worker;
      if (gone_.contains(worker)) continue;
      const std::optional<Rank> helper =
          are_last && is_long(assignment) ? helper_of(worker) : std::nullopt;
      if (!helper) {
        send(assignment);
        continue;
      }
      helping_.insert(*helper);
      Widen widen{.threads = 2, .cpus = peers_[worker].cpus};
      const auto& more = peers_[*helper].cpus;
      widen.cpus.insert(widen.cpus.end(), more.begin(), more.end());
      channel_.send(worker, encode(widen));
      send(assignment, widen.threads, helper);
    }
  }

  // Chunks are computed in the order in which they were handed out.
  [[nodiscard]] bool waits_to_be_sent(Rank worker) const {
    return std::ranges::count(waiting_, worker, &Scheduler::Assignment::worker) > 0;
  }

  // Whether it is of one key that is worth a second thread.
  [[nodiscard]] bool is_long(const Scheduler::Assignment& assignment) const {
    const std::vector<Key>& keys = assignment.chunk.keys;
    return std::holds_alternative<FullDigits>(quantity_) && keys.size() == 1 &&
           estimated_cost_s(quantity_, keys.front()) >= shared_s_;
  }

  [[nodiscard]] bool all_greeted() {
    return std::ranges::all_of(channel_.workers(), [&](Rank rank) {
      return gone_.contains(rank) || !peers_[rank].host.empty();
    });
  }

  // An idle rank on the same machine.
  [[nodiscard]] std::optional<Rank> helper_of(Rank worker) {
    const std::string& host = peers_[worker].host;
    if (host.empty()) return std::nullopt;
    for (const Rank rank : channel_.workers())
      if (rank != worker && scheduler_.is_idle(rank) && !helping_.contains(rank) &&
          peers_[rank].host == host)
        return rank;
    return std::nullopt;
  }

  // Whether there was anything to hear.
  bool listen() {
    auto envelope = channel_.receive();
    const double now_s = listening_.look_s();
    const bool heard = envelope.has_value();
    if (heard) {
      heard_s_[envelope->from] = now_s;
      take(envelope->from, std::make_shared<const Bytes>(std::move(envelope->message)));
    }
    observer_.looked();
    if (now_s - last_roll_call_s_ > roll_call_s) {
      last_roll_call_s_ = now_s;
      call_the_roll(now_s, heard ? backlog_patience : 1);
    }
    return heard;
  }

  // Rank 0's own worker is a thread of this process: it may be slow, but not lost.
  void call_the_roll(double now_s, double patience) {
    for (const Rank worker : channel_.workers()) {
      if (worker == producer_rank || gone_.contains(worker)) continue;
      const double silent_s = now_s - heard_s_[worker];
      const double limit_s =
          watch_.silence_s + watch_.silence_per_cost * scheduler_.in_flight_cost_s(worker);
      if (silent_s > patience * limit_s)
        give_up(worker, fmt::format("it has been silent for {:.0f} s", silent_s));
    }
  }

  void give_up(Rank worker, const std::string& why) {
    if (!gone_.insert(worker).second) return;
    present_.erase(worker);
    peers_[worker].arrival = {};
    scheduler_.lost(worker);
    observer_.lost(worker, stopping_ ? why : why + "; its keys went to others");
    tell_given_up();
    settle();
  }

  void tell_given_up() {
    const std::vector<GivenUpKey>& keys = scheduler_.given_up();
    for (; told_given_up_ < keys.size(); ++told_given_up_)
      observer_.given_up(keys[told_given_up_].key);
  }

  void take(Rank from, const SharedBytes& message) {
    // Its keys have gone to others, and its values would come twice.
    if (gone_.contains(from)) return;
    try {
      std::visit(
          Overloaded{
              [&](Hello&& hello) {
                observer_.joined(from, hello.host);
                Peer& peer = peers_[from];
                peer.host = std::move(hello.host);
                peer.cpus = std::move(hello.cpus);
                peer.clock.producer_received(hello.sent_s, watch_.now_s());
              },
              [&](const Results& results) {
                if (!keeps_values_) return;
                Span span{.chunk = results.chunk, .waited_s = results.waited_s};
                require_answers(results);
                scheduler_.computed(from, results.chunk, length_s(results.computed));
                for (const auto& [key, value] : results.entries)
                  count(span, key, take_value(from, results.chunk, key, value, message));
                report(from, span, results.computed);
                settle();
              },
              [&](const ValuePart& part) {
                if (keeps_values_) take_part(from, part);
              },
              [&](const Failure& failure) {
                throw WorkerFailure(fmt::format("{} could not compute F({}): {}", name(from),
                                                failure.key, failure.what));
              },
              [&](const CheckFailure& failure) {
                if (!keeps_values_) return;
                scheduler_.check_failed(from, failure.chunk, failure.key);
                observer_.check_failed(from, failure.key);
                tell_given_up();
                settle();
              },
              [&](const Broken& broken) {
                throw WorkerFailure(fmt::format("{} cannot go on: {}", name(from), broken.what));
              },
              [&](const Goodbye& goodbye) {
                if (!stopping_)
                  throw WorkerFailure(fmt::format("{} left before the run was over", name(from)));
                observer_.left(from, goodbye);
                present_.erase(from);
              },
              [](const Heartbeat&) {},
              [&](const Interrupted& interrupted) {
                if (!interruption_) interruption_ = RunEnd::Interruption{interrupted.signal, from};
              },
              [&](const Lost& lost) {
                if (from == producer_rank) throw MalformedMessage("rank 0 cannot be lost");
                give_up(from, lost.why);
              },
              [](const SharedOffer&) {
                throw MalformedMessage("an offer of memory is not for the producer");
              },
              [](const SharedMessage&) {
                throw MalformedMessage("it lies in memory that is not to be seen from here");
              },
          },
          decode_to_producer(*message));
    } catch (const MalformedMessage& error) {
      complain(fmt::format("{} sent a message that makes no sense: {}", name(from), error.what()));
    } catch (const UnexpectedResult& error) {
      complain(fmt::format("{} sent a value that was not asked for: {}", name(from), error.what()));
    } catch (const WorkerFailure& failure) {
      complain(failure.what());
    }
  }

  // A run that is being stopped is not made worse by what a worker has to say.
  void complain(const std::string& what) const {
    if (!stopping_) throw WorkerFailure(what);
  }

  void require_answers(const Results& results) const {
    for (const auto& [key, value] : results.entries)
      if (!has_form_of_answer(quantity_, key, value))
        throw MalformedMessage(
            fmt::format("the value of key {} is of another kind or length, or out of range", key));
  }

  // Returns how many digits the value shows.
  std::uint64_t take_value(Rank from, ChunkId chunk, Key key, const ValueView& value,
                           const SharedBytes& message) {
    scheduler_.returned(from, chunk, key);
    const std::uint64_t digits = shown_digits(value);
    observer_.returned(from, key, digits);
    results_.accept_in(message, key, value);
    return digits;
  }

  void take_part(Rank from, const ValuePart& part) {
    Arrival& arrival = peers_[from].arrival;
    if (part.offset_bytes == 0) arrival = {.chunk = part.chunk, .key = part.key, .bytes = 0};
    if (!std::holds_alternative<FullDigits>(quantity_) || arrival.chunk != part.chunk ||
        arrival.key != part.key || arrival.bytes != part.offset_bytes)
      throw MalformedMessage(fmt::format("a part of key {} is missing", part.key));
    scheduler_.expect(from, part.chunk, part.key);
    // Before memory is taken for it.
    if (part.total_bytes != fibonacci_digit_count(part.key))
      throw MalformedMessage(
          fmt::format("the value of key {} cannot have {} digits", part.key, part.total_bytes));
    results_.accept_part(part.key, part.total_bytes, part.offset_bytes, part.digits);
    arrival.bytes += part.digits.size();
    if (arrival.bytes < part.total_bytes) return;
    arrival = {};
    scheduler_.computed(from, part.chunk, length_s(part.computed));
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
    if (!handed_out.empty() && handed_out.front().chunk == span.chunk) {
      span.threads = handed_out.front().threads;
      span.helper = handed_out.front().helper;
      peer.clock.worker_acted(handed_out.front().at_s, computed.begin_s);
    }
    peer.clock.producer_received(computed.end_s, watch_.now_s());
    const double offset_s = peer.clock.seconds();
    span.time = {computed.begin_s + offset_s, computed.end_s + offset_s};
    observer_.computed(from, span);
  }

  void settle() {
    if (!keeps_values_) return;
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
    std::uint64_t threads;
    std::optional<Rank> helper;
  };

  // What the producer knows of a worker.
  struct Peer {
    std::string host;
    CpuList cpus;
    Arrival arrival;
    ClockOffset clock;
    std::deque<HandedOut> handed_out;  ///< that may still come back, the oldest first
  };

  ProducerChannel& channel_;
  Quantity quantity_;
  ResultSink& results_;
  Observer& observer_;
  const Watch& watch_;
  double begin_s_;
  double shared_s_;
  ListeningClock listening_;
  Scheduler scheduler_;
  std::map<Rank, Peer> peers_;
  std::vector<Scheduler::Assignment> waiting_;  ///< for it to be clear who has nothing to do
  std::set<Rank> helping_;                      ///< that lend their CPUs to a neighbour

  std::map<Rank, double> heard_s_;  ///< when each was heard last, on the listening clock
  double last_roll_call_s_ = 0;
  std::set<Rank> gone_;            ///< lost or given up
  std::set<Rank> present_;         ///< that have been told to stop, and have not said goodbye
  std::size_t told_given_up_ = 0;  ///< how many keys the observer knows to be given up
  std::optional<RunEnd::Interruption> interruption_;
  bool stopping_ = false;
  bool keeps_values_ = true;
};

}  // namespace

void ResultSink::accept_in(const SharedBytes& /*message*/, Key key, const ValueView& value) {
  accept(key, value);
}

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

RunEnd run_producer(ProducerChannel& channel, const Quantity& quantity, KeySource& source,
                    const SchedulerLimits& limits, ResultSink& results, Observer& observer,
                    const Watch& watch) {
  Producer producer(channel, quantity, source, limits, results, observer, watch);
  try {
    RunEnd end = producer.run();
    producer.stop();
    return end;
  } catch (...) {
    producer.stop_without_values();
    throw;
  }
}

void dismiss_workers(ProducerChannel& channel, const Watch& watch) {
  struct NoSink final : ResultSink {
    void accept(Key /*key*/, const ValueView& /*value*/) override {}
    void settled_below(Key /*bound*/) override {}
    void settled() override {}
    [[nodiscard]] std::uint64_t held_bytes() const override { return 0; }
  };
  NamedKeys no_keys({});
  NoSink no_sink;
  Observer nobody;
  Producer(channel, FullDigits{}, no_keys, {.result_bytes = 0}, no_sink, nobody, watch)
      .stop_without_values();
}

}  // namespace fibo
