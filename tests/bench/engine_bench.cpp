// SPDX-License-Identifier: MIT
//
// The engine against other libraries: F(n) computed and all its decimal digits in memory, the
// engine's check included. All are measured in turn in one run, so that what else the machine does
// touches all alike; what is printed is the median of the ratios of the rounds.
//
//   cmake --build --preset release --target engine_bench && build/release/tests/bench/engine_bench
//
// engine_bench [table|sweep|threads|runs] [MAX_N]: one part alone, or another largest n (10^6).
#include "fibo/fibonacci/engine.hpp"

#include "engine_bench_peers.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <numeric>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <sys/utsname.h>

namespace fibo::bench {
namespace {

template <class Work>
double time_ns(const Work& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - start).count();
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// Keeps results from being optimised away, and shows that all computed the same number of digits.
void require_digits(std::size_t got, std::size_t expected, std::string_view who) {
  if (got == expected) return;
  std::fprintf(stderr, "%.*s: %zu digits instead of %zu\n", static_cast<int>(who.size()),
               who.data(), got, expected);
  std::exit(1);
}

/// Reads memory that is larger than the caches, so that what is measured next starts cold.
void sweep_caches() {
  static std::vector<std::uint64_t> memory(std::size_t{8} << 20, 1);
  volatile std::uint64_t sink = std::accumulate(memory.begin(), memory.end(), std::uint64_t{0});
  static_cast<void>(sink);
}

/// How often a key is computed in a round, for rounds of about a tenth of a millisecond or one key.
int repetitions(std::uint64_t n) {
  return std::max(1, static_cast<int>(1e5 / Engine::cost_ns(n)));
}

int rounds(std::uint64_t n) {
  return std::clamp(static_cast<int>(5e8 / Engine::cost_ns(n)), n < 500'000'000 ? 3 : 1, 41);
}

struct Comparison {
  double engine_ns;
  std::vector<double> ratios;  // of each peer's time to the engine's
};

Comparison compare_warm(Engine& engine, const std::vector<Peer>& peers, std::uint64_t n) {
  const std::size_t count = engine.digits(n).size();
  const int times = repetitions(n);
  std::vector<double> engine_ns;
  std::vector<std::vector<double>> ratios(peers.size());
  for (int round = rounds(n); round > 0; --round) {
    engine_ns.push_back(time_ns([&] {
                          for (int i = 0; i < times; ++i) {
                            require_digits(engine.digits(n).size(), count, "engine");
                          }
                        }) /
                        times);
    for (std::size_t p = 0; p < peers.size(); ++p) {
      if (n > peers[p].max_n) continue;
      const double ns = time_ns([&] {
        for (int i = 0; i < times; ++i) {
          require_digits(peers[p].digits(n), count, peers[p].name);
        }
      });
      ratios[p].push_back(ns / times / engine_ns.back());
    }
  }
  Comparison result{median(engine_ns), {}};
  for (auto& of_peer : ratios) result.ratios.push_back(of_peer.empty() ? 0 : median(of_peer));
  return result;
}

/// The first key of a new engine and of a new GMP integer, with caches that hold other things.
double compare_cold(std::uint64_t n) {
  std::vector<double> ratios;
  for (int round = std::min(11, rounds(n)); round > 0; --round) {
    Engine engine;
    sweep_caches();
    std::size_t count = 0;
    const double engine_ns = time_ns([&] { count = engine.digits(n).size(); });
    const Peer gmp = make_gmp();
    sweep_caches();
    const double gmp_ns = time_ns([&] { require_digits(gmp.digits(n), count, gmp.name); });
    ratios.push_back(gmp_ns / engine_ns);
  }
  return median(ratios);
}

void print_table(const std::vector<Peer>& peers, std::uint64_t max_n) {
  std::printf(
      "\nSingle keys: times as fast as each library, memory warm; last, against GMP cold\n");
  std::printf("%14s %14s", "n", "engine ns");
  for (const Peer& peer : peers) std::printf(" %14s", peer.name.c_str());
  std::printf(" %14s\n", "GMP, cold");
  Engine engine;
  for (std::uint64_t n = 1; n <= max_n; n *= 10) {
    const Comparison warm = compare_warm(engine, peers, n);
    std::printf("%14llu %14.0f", static_cast<unsigned long long>(n), warm.engine_ns);
    for (const double ratio : warm.ratios) std::printf(" %14.2f", ratio);
    std::printf(" %14.2f\n", compare_cold(n));
  }
}

void print_sweep(const std::vector<Peer>& peers, std::uint64_t max_n) {
  std::printf(
      "\nSweep in steps of 10 %%: GMP's time over the engine's, and the engine's over that of\n"
      "the key before (10 %% more digits; a step of the algorithm would show here)\n");
  const std::vector<Peer> gmp{peers.front()};
  Engine engine;
  double least = 1e9;
  double most = 0;
  double before_ns = 0;
  for (std::uint64_t n = 0; n <= max_n; n += n / 10 + 1) {
    const Comparison warm = compare_warm(engine, gmp, n);
    const double growth = before_ns > 0 ? warm.engine_ns / before_ns : 1;
    std::printf("%14llu %14.0f ns %8.2f %8.2f\n", static_cast<unsigned long long>(n),
                warm.engine_ns, warm.ratios[0], growth);
    least = std::min(least, warm.ratios[0]);
    most = std::max(most, growth);
    before_ns = warm.engine_ns;
  }
  std::printf("least ratio to GMP %.2f, largest growth between neighbours %.2f\n", least, most);
}

/// One key on one thread and on two, in turn.
void print_threads(std::uint64_t max_n) {
  std::printf("\nTwo threads on one key: times as fast as one\n");
  Engine one;
  Engine two(EngineOptions{.threads = 2});
  for (std::uint64_t n = 1'000'000; n <= max_n; n *= 10) {
    std::vector<double> ratios;
    const std::size_t count = one.digits(n).size();
    require_digits(two.digits(n).size(), count, "two threads");
    for (int round = std::max(5, rounds(n)); round > 0; --round) {
      const double one_ns = time_ns([&] { require_digits(one.digits(n).size(), count, "one"); });
      const double two_ns = time_ns([&] { require_digits(two.digits(n).size(), count, "two"); });
      ratios.push_back(one_ns / two_ns);
    }
    std::printf("%14llu %14.2f\n", static_cast<unsigned long long>(n), median(ratios));
  }
}

void print_run(Engine& engine, const char* what, const std::vector<std::uint64_t>& keys) {
  std::vector<double> rates;
  std::size_t bytes = 0;
  for (int round = 0; round < 5; ++round) {
    bytes = 0;
    const double ns = time_ns([&] {
      engine.run(keys, [&](std::uint64_t, std::string_view digits) { bytes += digits.size(); });
    });
    rates.push_back(static_cast<double>(bytes) / ns);
  }
  std::printf("%-40s %9zu keys %12zu digits %8.2f GB/s\n", what, keys.size(), bytes, median(rates));
}

void print_runs(const Peer& gmp) {
  std::printf("\nRuns of neighbouring keys, every value checked\n");
  Engine engine;
  std::vector<std::uint64_t> keys(50'000);
  std::iota(keys.begin(), keys.end(), std::uint64_t{1});
  print_run(engine, "1..50000", keys);
  for (const std::uint64_t step : {2U, 3U, 5U, 10U, 30U, 100U, 300U}) {
    keys.clear();
    for (std::uint64_t n = 1; n <= 50'000; n += step) keys.push_back(n);
    print_run(engine, ("1..50000.." + std::to_string(step)).c_str(), keys);
  }
  std::mt19937_64 random{1};
  keys.clear();
  for (int i = 0; i < 10'000; ++i) keys.push_back(1 + random() % 50'000);
  std::sort(keys.begin(), keys.end());
  print_run(engine, "10000 random keys of 1..50000", keys);

  keys.clear();
  for (std::uint64_t n = 1; n <= 50'000; n += 100) keys.push_back(n);
  std::size_t bytes = 0;
  const double ns = time_ns([&] {
    for (const std::uint64_t n : keys) bytes += gmp.digits(n);
  });
  std::printf("%-40s %9zu keys %12zu digits %8.3f GB/s\n", "GMP, key by key, 1..50000..100",
              keys.size(), bytes, static_cast<double>(bytes) / ns);
}

int run(int argc, char** argv) {
  const std::string_view part = argc > 1 ? argv[1] : "all";
  std::uint64_t max_n = 1'000'000;
  if (argc > 2) {
    const std::string_view text = argv[2];
    const auto [end, error] = std::from_chars(text.begin(), text.end(), max_n);
    if (error != std::errc{} || end != text.end()) {
      std::fprintf(stderr, "usage: engine_bench [table|sweep|threads|runs] [MAX_N]\n");
      return 2;
    }
  }
  const std::vector<Peer> peers = make_peers();
  utsname machine{};
  uname(&machine);
  std::printf("%s %s, compiler %s, %s\n", machine.nodename, machine.machine, __VERSION__,
              name_of(best_instruction_set()).data());
  if (part == "all" || part == "table") print_table(peers, max_n);
  if (part == "all" || part == "sweep") print_sweep(peers, max_n);
  if (part == "all" || part == "threads") print_threads(max_n);
  if (part == "all" || part == "runs") print_runs(peers.front());
  return 0;
}

}  // namespace
}  // namespace fibo::bench

int main(int argc, char** argv) {
  return fibo::bench::run(argc, argv);
}
