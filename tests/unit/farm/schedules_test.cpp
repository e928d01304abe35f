// SPDX-License-Identifier: MIT
//
// Whole runs of the producer with workers, in one process, whose every circumstance a seed decides:
// no key may be lost or come twice, nobody may wait for ever, and values take no more room than
// they may. A failure prints its seed; FIBO_SEED=SEED plays that one alone.
#include "fibo/farm/costly_first.hpp"
#include "fibo/farm/producer.hpp"
#include "fibo/farm/random_keys.hpp"
#include "fibo/fibonacci/residue_check.hpp"

#include "fake_channel.hpp"
#include "support/evaluators.hpp"
#include "support/map_sink.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fibo {
namespace {

using test::FakeChannel;
using test::MapSink;

enum class Order { as_drawn, ascending, descending, costly_first };

// All that a seed decides of a run: its keys, their order, the limits, the ranks' delays and what
// befalls them.
struct Scenario {
  explicit Scenario(std::uint64_t seed, bool with_faults) : random(seed) {
    workers = one_of({1, 2, 3, 5, 8, 30, 200});
    quantity = one_of<Quantity>({FullDigits{}, FullDigits{}, EndDigits{2}, Residue{7}});
    part_bytes = one_of<std::size_t>({20, 100, 1000});
    stalls = {.chance = one_of({0.0, 0.001, 0.05}),
              .longest_steps = one_of<std::uint64_t>({10, 100, 10'000})};

    const Key largest_key = one_of<Key>({20, 300, 3000});
    keys = RandomKeys(seed, 0, largest_key).draw_distinct(random() % 300);
    order = one_of({Order::as_drawn, Order::ascending, Order::descending, Order::costly_first});
    if (order == Order::ascending) std::ranges::sort(keys);
    if (order == Order::descending) std::ranges::sort(keys, std::greater{});
    first_costly = random() % largest_key;

    std::uint64_t all_bytes = 0;
    for (const Key key : keys) all_bytes += value_bytes(quantity, key);
    // The engine's estimates for these keys are up to some microseconds.
    limits = {.chunk_s = one_of({0.0, 1e-7, 1e-6, 2e-3}),
              .chunk_keys = one_of<std::size_t>({1, 7, 4096}),
              .dispatch_s = one_of({0.0, 1e-8, 10e-6}),
              .take_s = one_of({0.0, 1e-6}),
              .ahead_s = one_of({0.0, 1e-6, 0.1}),
              .result_bytes =
                  one_of<std::uint64_t>({1, all_bytes / 50 + 1, all_bytes / 3 + 1, all_bytes + 1}),
              .surplus_bytes = one_of<std::uint64_t>({0, 100, 65536})};
    draw_surplus();
    if (with_faults) draw_faults();
  }

  // One rank is not surplus, be it rank 0 or another.
  void draw_surplus() {
    const double chance = one_of({0.0, 0.0, 0.5, 1.0});
    const int never = one_of({0, workers - 1});
    for (int rank = 0; rank < workers; ++rank)
      if (rank != never && std::bernoulli_distribution(chance)(random))
        limits.surplus.push_back(Rank{rank});
  }

  // Rank 0 is there to the end, as its worker is a thread of the producer's process.
  void draw_faults() {
    const std::uint64_t reach_steps = one_of<std::uint64_t>({20, 200, 2000});
    const double chance = one_of({0.0, 0.2, 1.0});
    for (int rank = 1; rank < workers; ++rank)
      if (std::bernoulli_distribution(chance)(random))
        faults.push_back({Rank{rank}, random() % reach_steps, one_of({true, true, false})});
    if (one_of({true, false})) return;
    for (const Key key : keys)
      if (random() % 20 == 0) wrong_times[key] = one_of({1, 1, 2, 1000});
  }

  template <class T>
  T one_of(std::initializer_list<T> choices) {
    return choices.begin()[random() % choices.size()];
  }

  [[nodiscard]] std::unique_ptr<KeySource> source() const {
    if (order != Order::costly_first) return std::make_unique<ListedKeys>(keys);
    std::vector<KeyRange> ranges;
    for (const Key key : keys) ranges.emplace_back(key, key);
    return std::make_unique<CostlyFirst>(ranges, first_costly);
  }

  std::mt19937_64 random;
  int workers;
  Quantity quantity;
  std::size_t part_bytes;
  test::Stalls stalls;
  std::vector<test::Fault> faults;
  std::map<Key, int> wrong_times;  ///< how often the value of a key fails its check
  std::vector<Key> keys;
  Order order;
  Key first_costly = 0;
  SchedulerLimits limits{.result_bytes = 0};
};

// The room that values take: in flight, by the keys that were handed out, and held, until no
// smaller key can come.
class Room final : public Observer {
 public:
  explicit Room(const Scenario& scenario) : scenario_(scenario) {}

  void handed_out(Rank worker, const Chunk& chunk, std::uint64_t /*threads*/) override {
    EXPECT_FALSE(lost_ranks.contains(worker)) << "keys went to a rank that is lost";
    const bool alone = in_flight_.empty();
    for (const Key key : chunk.keys) {
      EXPECT_TRUE(in_flight_.emplace(key, Place{worker, chunk.id}).second)
          << "key " << key << " is in flight already";
      in_flight_bytes_ += bytes(key);
    }
    if (held_bytes_ + in_flight_bytes_ <= scenario_.limits.result_bytes) return;
    EXPECT_TRUE(alone) << "beyond the limit while others could make room";
    EXPECT_THAT(chunk.keys, testing::SizeIs(1)) << "beyond the limit by more than one value";
    if (scenario_.order == Order::ascending && !disturbed_) {
      EXPECT_EQ(held_bytes_, 0U) << "ascending keys wait for nothing smaller";
    }
  }

  void returned(Rank worker, Key key, std::uint64_t /*digits*/) override {
    const auto found = in_flight_.find(key);
    ASSERT_TRUE(found != in_flight_.end() && found->second.worker == worker)
        << "key " << key << " came unasked";
    take_back([key](Key other, const Place&) { return other == key; });
    held_.insert(key);
    held_bytes_ += bytes(key);
  }

  void check_failed(Rank /*worker*/, Key key) override {
    disturbed_ = true;
    // The rest of its chunk was not tried, and is handed out again.
    const ChunkId chunk = in_flight_.at(key).chunk;
    take_back([chunk](Key, const Place& place) { return place.chunk == chunk; });
  }

  void lost(Rank worker, const std::string& /*why*/) override {
    disturbed_ = true;
    EXPECT_TRUE(lost_ranks.insert(worker).second);
    take_back([worker](Key, const Place& place) { return place.worker == worker; });
  }

  void settled_below(Key bound) {
    while (!held_.empty() && *held_.begin() < bound) {
      held_bytes_ -= bytes(*held_.begin());
      held_.erase(held_.begin());
    }
  }

  [[nodiscard]] std::uint64_t held_bytes() const { return held_bytes_; }

  std::set<Rank> lost_ranks;

 private:
  struct Place {
    Rank worker;
    ChunkId chunk;
  };

  [[nodiscard]] std::uint64_t bytes(Key key) const { return value_bytes(scenario_.quantity, key); }

  template <class Which>
  void take_back(const Which& which) {
    std::erase_if(in_flight_, [&](const auto& entry) {
      const bool is_it = which(entry.first, entry.second);
      if (is_it) in_flight_bytes_ -= bytes(entry.first);
      return is_it;
    });
  }

  const Scenario& scenario_;
  std::map<Key, Place> in_flight_;
  std::set<Key> held_;
  std::uint64_t in_flight_bytes_ = 0;
  std::uint64_t held_bytes_ = 0;
  bool disturbed_ = false;  ///< keys have had to be handed out again
};

// Checks as a MapSink, and makes room as a ResultMap.
class RoomySink final : public ResultSink {
 public:
  explicit RoomySink(Room& room) : room_(room) {}

  void accept(Key key, const ValueView& value) override { map.accept(key, value); }
  void settled_below(Key bound) override {
    map.settled_below(bound);
    room_.settled_below(bound);
  }
  void settled() override { map.settled(); }
  [[nodiscard]] std::uint64_t held_bytes() const override { return room_.held_bytes(); }

  MapSink map;

 private:
  Room& room_;
};

// A key may be given up where three ranks were lost with it, or two values of it were wrong.
void take_out_given_up(const std::vector<GivenUpKey>& given_up, const Scenario& scenario,
                       const std::set<Rank>& lost_ranks, std::map<Key, Value>& expected) {
  for (const GivenUpKey& key : given_up) {
    EXPECT_EQ(expected.erase(key.key), 1U) << "key " << key.key << " was given up twice";
    if (key.reason == GivenUpKey::Reason::failed_checks) {
      ASSERT_TRUE(scenario.wrong_times.contains(key.key));
      EXPECT_GE(scenario.wrong_times.at(key.key), 2);
    } else {
      EXPECT_GE(key.ranks.size(), scenario.limits.lost_ranks);
      for (const Rank rank : key.ranks) EXPECT_TRUE(lost_ranks.contains(rank));
    }
  }
}

void play(std::uint64_t seed, bool with_faults) {
  SCOPED_TRACE("to play this again alone: FIBO_SEED=" + std::to_string(seed));
  const Scenario scenario(seed, with_faults);
  std::map<Key, Value> expected;
  for (const Key key : scenario.keys) expected[key] = evaluate(scenario.quantity, key);
  std::map<Key, int> wrong_times_left = scenario.wrong_times;
  const auto from_the_table = test::always([&](std::span<const Key> keys, const ValueSink& sink) {
    for (const Key key : keys) {
      const auto wrong = wrong_times_left.find(key);
      if (wrong != wrong_times_left.end() && wrong->second-- > 0) throw CheckFailed(key);
      sink(key, view_of(expected.at(key)));
    }
  });

  FakeChannel channel(scenario.workers, from_the_table, seed, scenario.part_bytes, scenario.stalls,
                      scenario.faults);
  const auto keys = scenario.source();
  Room room(scenario);
  RoomySink results(room);
  RunEnd end;
  try {
    // A rank that stalls for longest may be given up, too.
    const double silence_s = scenario.faults.empty() ? 1e9 : 5;
    end = run_producer(channel, scenario.quantity, *keys, scenario.limits, results, room,
                       {.now_s = [&] { return 1e-3 * static_cast<double>(channel.now_steps()); },
                        .silence_s = silence_s});
  } catch (const std::exception& error) {
    ADD_FAILURE() << error.what();
    return;
  }
  EXPECT_FALSE(end.interruption);
  take_out_given_up(end.given_up, scenario, room.lost_ranks, expected);
  for (const auto& [key, value] : expected) {
    const auto found = results.map.values.find(key);
    ASSERT_TRUE(found != results.map.values.end()) << "key " << key << " is lost";
    EXPECT_EQ(found->second, value);
  }
  EXPECT_EQ(results.map.values.size(), expected.size());
  EXPECT_TRUE(results.map.all_settled);
  EXPECT_TRUE(channel.nothing_left_over(room.lost_ranks));
}

class Schedules : public testing::TestWithParam<bool> {};

TEST_P(Schedules, KeepTheProducersWord) {
  if (const char* seed = std::getenv("FIBO_SEED")) {
    play(std::stoull(seed), GetParam());
    return;
  }
  for (std::uint64_t seed = 0; seed < 4000 && !HasFailure(); ++seed) play(seed, GetParam());
}

INSTANTIATE_TEST_SUITE_P(OfRanksThatStall, Schedules, testing::Values(false));
INSTANTIATE_TEST_SUITE_P(OfRanksThatDieAndErr, Schedules, testing::Values(true));

}  // namespace
}  // namespace fibo
