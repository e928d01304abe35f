// SPDX-License-Identifier: MIT
//
// The whole farm over MPI, at any number of ranks. Rank 0 checks what comes back; the others check
// that they are stopped.
#include "fibo/farm/mpi_channel.hpp"
#include "fibo/farm/producer.hpp"
#include "fibo/farm/worker_thread.hpp"

#include "support/evaluators.hpp"
#include "support/map_sink.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>

#include <boost/mpi/collectives.hpp>
#include <boost/mpi/communicator.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

namespace fibo {
namespace {

namespace mpi = boost::mpi;
using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr SchedulerLimits no_limit{.result_bytes = std::numeric_limits<std::uint64_t>::max()};

struct Workers final : Observer {
  void joined(Rank worker, const std::string& /*host*/) override { joined_ranks.insert(worker); }
  void returned(Rank worker, Key key, std::uint64_t /*digits*/) override {
    computed_by[key].insert(worker);
  }
  void left(Rank worker, const Goodbye& /*goodbye*/) override { left_ranks.insert(worker); }

  std::set<Rank> joined_ranks;
  std::set<Rank> left_ranks;
  std::map<Key, std::set<Rank>> computed_by;
};

struct Outcome {
  test::MapSink results;
  Workers workers;
  std::string failure;
};

// Ends of so many digits that each key travels alone, by the scheduler's estimate.
constexpr EndDigits costly{10'000};

// Values of the form of answers, without the time that those take.
Value any_ends(Key key) {
  const std::string digits(costly.count, '1');
  return Ends{fibonacci_digit_count(key), digits, digits};
}
std::string any_digits(Key key) {
  return std::string(fibonacci_digit_count(key), static_cast<char>('0' + key % 10));
}

// Runs the farm on all ranks; `check` sees the outcome, on rank 0 alone.
void run_farm(const EvaluatorMaker& maker, std::vector<KeyRange> ranges,
              const std::function<void(Outcome&)>& check, const Quantity& quantity = FullDigits{},
              std::size_t part_bytes = std::size_t{16} << 20) {
  const mpi::communicator world;
  const WorkerParts parts{.host = "host" + std::to_string(world.rank()),
                          .make_evaluator = maker,
                          .now_s = [] { return 0.0; },
                          .part_bytes = part_bytes};
  WorkerThread worker(parts);
  if (world.rank() != 0) {
    run_worker_rank(world, worker);
    EXPECT_FALSE(worker.abandoned());
  } else {
    Outcome outcome;
    MpiProducerChannel channel(world, worker);
    NamedKeys keys(std::move(ranges));
    try {
      run_producer(channel, quantity, keys, no_limit, outcome.results, outcome.workers);
    } catch (const WorkerFailure& failure) {
      outcome.failure = failure.what();
    }
    EXPECT_EQ(outcome.workers.left_ranks.size(), static_cast<std::size_t>(world.size()));
    check(outcome);
  }
  world.barrier();
}

TEST(Farm, GivesTheSameMapAtAnyNumberOfRanks) {
  run_farm(make_evaluator, {{0, 90}, {10, 20}}, [](const Outcome& outcome) {
    EXPECT_EQ(outcome.failure, "");
    EXPECT_TRUE(outcome.results.all_settled);
    ASSERT_EQ(outcome.results.values.size(), 91U);
    for (const auto& [key, value] : outcome.results.values)
      EXPECT_EQ(value, Value(std::to_string(test::small_fibonacci(key))));
  });
}

TEST(Farm, LetsRankZeroSleepWhileAllCompute) {
  const auto slow_evaluator = [](const Quantity& /*quantity*/) {
    return Evaluator([](std::span<const Key> keys, const ValueSink& sink) {
      for (const Key key : keys) {
        std::this_thread::sleep_for(400ms);
        sink(key, view_of(any_ends(key)));
      }
    });
  };
  // How often this thread has gone to sleep.
  const auto naps = [] {
    rusage usage{};
    ::getrusage(RUSAGE_THREAD, &usage);
    return usage.ru_nvcsw;
  };
  const auto ranks = static_cast<std::uint64_t>(mpi::communicator().size());
  const auto before = naps();
  run_farm(
      slow_evaluator, {{1'000'000, 1'000'000 + ranks - 1}},
      [&](const Outcome& outcome) {
        EXPECT_EQ(outcome.results.values.size(), ranks);
        // It looks for signals every 20 ms. Between naps of 1 ms it would be over 400 times.
        EXPECT_LT(naps() - before, 150);
      },
      costly);
}

TEST(Farm, EndsWithoutKeys) {
  run_farm(make_evaluator, {}, [](const Outcome& outcome) {
    EXPECT_TRUE(outcome.results.all_settled);
    EXPECT_TRUE(outcome.results.values.empty());
  });
}

TEST(Farm, EndsWithFewerKeysThanRanks) {
  run_farm(make_evaluator, {{7, 7}},
           [](const Outcome& outcome) { EXPECT_EQ(outcome.results.values.size(), 1U); });
}

TEST(Farm, EndsWithManyMoreKeysThanRanks) {
  run_farm(make_evaluator, {{0, 9999}},
           [](const Outcome& outcome) { EXPECT_EQ(outcome.results.values.size(), 10'000U); });
}

TEST(Farm, LetsEveryRankCompute) {
  const auto slow = test::always([](std::span<const Key> keys, const ValueSink& sink) {
    for (const Key key : keys) {
      std::this_thread::sleep_for(10ms);
      sink(key, view_of(any_ends(key)));
    }
  });
  run_farm(
      slow, {{10'000'000, 10'000'063}},
      [](const Outcome& outcome) {
        std::set<Rank> computing;
        for (const auto& [key, ranks] : outcome.workers.computed_by)
          computing.insert(ranks.begin(), ranks.end());
        EXPECT_EQ(computing.size(), static_cast<std::size_t>(mpi::communicator().size()));
      },
      costly);
}

TEST(Farm, DoesNotWaitForASlowRank) {
  if (mpi::communicator().size() == 1) GTEST_SKIP() << "needs two ranks";
  const bool slow_rank = mpi::communicator().rank() == 1;
  const auto uneven = test::always([slow_rank](std::span<const Key> keys, const ValueSink& sink) {
    for (const Key key : keys) {
      if (slow_rank) std::this_thread::sleep_for(2s);
      sink(key, view_of(any_ends(key)));
    }
  });
  run_farm(
      uneven, {{10'000'000, 10'000'199}},
      [](const Outcome& outcome) {
        std::size_t by_slow_rank = 0;
        for (const auto& [key, ranks] : outcome.workers.computed_by)
          if (ranks.contains(Rank{1})) ++by_slow_rank;
        EXPECT_EQ(outcome.results.values.size(), 200U);
        EXPECT_LE(by_slow_rank, 2U);
      },
      costly);
}

TEST(Farm, CarriesLongValuesInParts) {
  const auto long_values = test::always([](std::span<const Key> keys, const ValueSink& sink) {
    for (const Key key : keys) sink(key, any_digits(key));
  });
  run_farm(
      long_values, {{4'785'000, 4'785'019}},
      [](const Outcome& outcome) {
        ASSERT_EQ(outcome.results.values.size(), 20U);
        for (const auto& [key, value] : outcome.results.values)
          EXPECT_EQ(value, Value(any_digits(key)));
      },
      FullDigits{}, 70'001);
}

// Every rank in turn throws on the first key that it gets.
TEST(Farm, StopsEverywhereWhenAnyRankThrows) {
  const mpi::communicator world;
  for (int bad = 0; bad < world.size(); ++bad) {
    const bool here = world.rank() == bad;
    const auto faulty = test::always([here](std::span<const Key> keys, const ValueSink& sink) {
      for (const Key key : keys) {
        if (here) throw std::runtime_error("no luck");
        std::this_thread::sleep_for(2ms);
        sink(key, view_of(any_ends(key)));
      }
    });
    run_farm(
        faulty, {{10'000'000, 10'000'999}},
        [bad](const Outcome& outcome) {
          const std::string name = "rank " + std::to_string(bad) + "@host" + std::to_string(bad);
          EXPECT_THAT(outcome.failure, HasSubstr(name + " could not compute F(1000"));
          EXPECT_THAT(outcome.failure, HasSubstr("no luck"));
          EXPECT_FALSE(outcome.results.all_settled);
        },
        costly);
  }
}

}  // namespace
}  // namespace fibo
