// SPDX-License-Identifier: MIT
//
// The engine against other libraries: F(n) computed and all its decimal digits in memory, the
// engine's check included, as ratios of one run.
//
//   cmake --build --preset release --target engine_bench
//   build/release/tests/bench/engine_bench [PART] [MAX_N] [--instruction_set=SET] [--benchmark_...]
//
//   PART      single (the default), cold, sweep, threads, check, runs or all
//   MAX_N     the largest n of all parts but runs; 10^6 if not given
//   SET       portable, avx2 or avx512: what the engine uses; the fastest there is if not given
//   the rest  is Google Benchmark's own: --benchmark_filter=REGEX, --benchmark_out=FILE.json
#include "fibo/app/version.hpp"
#include "fibo/arithmetic/instruction_set.hpp"
#include "fibo/fibonacci/ends.hpp"
#include "fibo/fibonacci/engine.hpp"

#include "peers.hpp"
#include "ratio_reporter.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <memory>
#include <numeric>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <sys/utsname.h>

namespace fibo::bench {
namespace {

using Table = RatioReporter::Table;
using Keys = std::vector<std::uint64_t>;

const char* const engine_name = "engine";

/// One contestant's work on one case.
struct Work {
  std::function<std::size_t()> run;  ///< returns the digits it made
  std::size_t digits;                ///< that it must make
  double cost_ns;                    ///< about what the engine takes
  bool warm_up;                      ///< whether the first run, on fresh memory, is left out
};

/// Shows that all compute the same number of digits, and keeps results from being optimised away.
void require_digits(std::size_t got, std::size_t expected, const std::string& who) {
  if (got == expected) return;
  std::cerr << fmt::format("{}: {} digits instead of {}\n", who, got, expected);
  std::exit(EXIT_FAILURE);
}

// A key that a peer computes for 40 s is not repeated 15 times.
int repetitions(double cost_ns) {
  return std::clamp(static_cast<int>(1e9 / cost_ns), 1, 15);
}

void add(const std::string& name, const Work& work) {
  benchmark::RegisterBenchmark(
      name.c_str(),
      [name, work](benchmark::State& state) {
        if (work.warm_up) require_digits(work.run(), work.digits, name);
        for ([[maybe_unused]] auto turn : state) require_digits(work.run(), work.digits, name);
        state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(work.digits));
      })
      ->UseRealTime()
      ->MinTime(0.02)
      ->Repetitions(repetitions(work.cost_ns));
}

/// Adds F(n) by `engine` and by each of `peers`.
void add_key(const std::string& name, std::uint64_t n, Engine& engine,
             const std::vector<Peer>& peers) {
  Work work{.run = [&engine, n] { return engine.digits(n).size(); },
            .digits = fibonacci_digit_count(n),
            .cost_ns = Engine::cost_ns(n),
            .warm_up = true};
  add(name + "/" + engine_name, work);
  work.warm_up = n <= 100'000'000;
  for (const Peer& peer : peers) {
    if (n > peer.max_n) continue;
    work.run = [&peer, n] { return peer.digits(n); };
    add(name + "/" + peer.name, work);
  }
}

/// Reads memory that is larger than the caches, so that what is measured next starts cold.
void sweep_caches() {
  static std::vector<std::uint64_t> memory(std::size_t{8} << 20, 1);
  benchmark::DoNotOptimize(std::accumulate(memory.begin(), memory.end(), std::uint64_t{0}));
}

/// Adds the first key of a contestant that `make` makes anew each time, with caches that hold other
/// things; `make` returns what computes F(n).
template <class Make>
void add_first_key(const std::string& name, std::uint64_t n, Make make) {
  benchmark::RegisterBenchmark(name.c_str(),
                               [name, n, make](benchmark::State& state) {
                                 for ([[maybe_unused]] auto turn : state) {
                                   const auto contestant = make();
                                   sweep_caches();
                                   const auto start = std::chrono::steady_clock::now();
                                   const std::size_t digits = contestant(n);
                                   const std::chrono::duration<double> elapsed =
                                       std::chrono::steady_clock::now() - start;
                                   state.SetIterationTime(elapsed.count());
                                   require_digits(digits, fibonacci_digit_count(n), name);
                                 }
                               })
      ->UseManualTime()
      ->Iterations(1)
      ->Repetitions(repetitions(Engine::cost_ns(n)));
}

/// The columns of a table: the engine, and those of the peers that are asked for any case.
std::vector<std::string> columns(const std::vector<Peer>& peers) {
  std::vector<std::string> names{engine_name};
  for (const Peer& peer : peers) names.push_back(peer.name);
  return names;
}

Keys powers_of_ten(std::uint64_t max_n) {
  Keys keys;
  for (std::uint64_t n = 1; n <= max_n; n *= 10) keys.push_back(n);
  return keys;
}

Keys steps_of_ten_per_cent(std::uint64_t max_n) {
  Keys keys;
  for (std::uint64_t n = 0; n <= max_n; n += n / 10 + 1) keys.push_back(n);
  return keys;
}

Table add_single(Engine& engine, const std::vector<Peer>& peers, std::uint64_t max_n) {
  Table table{"Single keys, memory warm: times as fast as", {}, columns(peers)};
  for (const std::uint64_t n : powers_of_ten(max_n)) {
    table.cases.push_back(fmt::format("single/{}", n));
    add_key(table.cases.back(), n, engine, peers);
  }
  return table;
}

Table add_cold(InstructionSet set, const Peer& gmp, std::uint64_t max_n) {
  Table table{"The first key of a new engine, memory cold: times as fast as", {}, columns({gmp})};
  for (const std::uint64_t n : powers_of_ten(max_n)) {
    table.cases.push_back(fmt::format("cold/{}", n));
    add_first_key(table.cases.back() + "/" + engine_name, n, [set] {
      return [engine = std::make_shared<Engine>(EngineOptions{.instruction_set = set})](
                 std::uint64_t key) { return engine->digits(key).size(); };
    });
    add_first_key(table.cases.back() + "/" + gmp.name, n, [] { return make_gmp().digits; });
  }
  return table;
}

Table add_sweep(Engine& engine, const std::vector<Peer>& gmp, std::uint64_t max_n) {
  Table table{"n in steps of 10 %: times as fast as", {}, columns(gmp)};
  for (const std::uint64_t n : steps_of_ten_per_cent(max_n)) {
    table.cases.push_back(fmt::format("sweep/{}", n));
    add_key(table.cases.back(), n, engine, gmp);
  }
  return table;
}

/// Engines beside each other: the first named is the one whose times as fast are given.
struct NamedEngine {
  std::string name;
  Engine& engine;
};

Table add_engines(const std::string& part, const std::string& title,
                  const std::vector<NamedEngine>& engines, std::uint64_t max_n) {
  Table table{title, {}, {}};
  for (const NamedEngine& each : engines) table.contestants.push_back(each.name);
  for (const std::uint64_t n : powers_of_ten(max_n)) {
    if (n < 100'000) continue;
    table.cases.push_back(fmt::format("{}/{}", part, n));
    for (const auto& [name, engine] : engines) {
      add(table.cases.back() + "/" + name,
          {.run = [&chosen = engine, n] { return chosen.digits(n).size(); },
           .digits = fibonacci_digit_count(n),
           .cost_ns = Engine::cost_ns(n),
           .warm_up = true});
    }
  }
  return table;
}

std::size_t run_digits(Engine& engine, const Keys& keys) {
  std::size_t digits = 0;
  engine.run(keys, [&](std::uint64_t, std::string_view text) { digits += text.size(); });
  return digits;
}

void add_run(Table& table, const std::string& what, const Keys& keys, Engine& engine,
             const Peer& gmp) {
  table.cases.push_back("runs/" + what);
  Work work{.run = [&engine, keys] { return run_digits(engine, keys); },
            .digits = run_digits(engine, keys),
            .cost_ns = 1e8,
            .warm_up = true};
  add(table.cases.back() + "/" + engine_name, work);
  work.run = [&gmp, keys] {
    return std::accumulate(
        keys.begin(), keys.end(), std::size_t{0},
        [&](std::size_t digits, std::uint64_t n) { return digits + gmp.digits(n); });
  };
  work.cost_ns = 1e9;
  work.warm_up = false;
  add(table.cases.back() + "/" + gmp.name, work);
}

Table add_runs(Engine& engine, const Peer& gmp) {
  Table table{"Ascending keys in one run, every value checked: times as fast as key by key with",
              {},
              columns({gmp})};
  for (const std::uint64_t step : {1U, 2U, 3U, 4U, 5U, 7U, 10U, 30U, 100U, 300U}) {
    Keys keys;
    for (std::uint64_t n = 1; n <= 50'000; n += step) keys.push_back(n);
    add_run(table, step == 1 ? "1..50000" : fmt::format("1..50000..{}", step), keys, engine, gmp);
  }
  for (const std::size_t count : {30'000U, 10'000U, 1'000U}) {
    std::mt19937_64 random{count};
    Keys keys(count);
    for (std::uint64_t& key : keys) key = 1 + random() % 50'000;
    std::ranges::sort(keys);
    add_run(table, fmt::format("{} random", count), keys, engine, gmp);
  }
  return table;
}

std::vector<std::string_view> names_of_sets() {
  std::vector<std::string_view> names;
  for (const InstructionSet set : available_instruction_sets()) names.push_back(name_of(set));
  return names;
}

[[noreturn]] void refuse(std::string_view argument) {
  std::cerr << fmt::format(
      "engine_bench: {}: give PART (single, cold, sweep, threads, check, runs or all), then MAX_N, "
      "and --instruction_set=SET (of this machine: {})\n",
      argument, fmt::join(names_of_sets(), ", "));
  std::exit(2);
}

std::uint64_t read_max_n(std::string_view text) {
  std::uint64_t max_n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), max_n);
  if (error != std::errc{} || end != text.data() + text.size()) refuse(text);
  return max_n;
}

/// Takes --instruction_set=SET out of the arguments.
InstructionSet take_instruction_set(std::vector<char*>& arguments) {
  constexpr std::string_view option = "--instruction_set=";
  InstructionSet chosen = best_instruction_set();
  std::erase_if(arguments, [&](const std::string_view argument) {
    if (!argument.starts_with(option)) return false;
    const auto sets = available_instruction_sets();
    const auto found = std::ranges::find(sets, argument.substr(option.size()), name_of);
    if (found == sets.end()) refuse(argument);
    chosen = *found;
    return true;
  });
  return chosen;
}

int run(int argc, char** argv) {
  std::string random_order = "--benchmark_enable_random_interleaving=true";
  std::vector<char*> arguments(argv, argv + argc);
  arguments.insert(arguments.begin() + 1, random_order.data());
  const InstructionSet set = take_instruction_set(arguments);
  int count = static_cast<int>(arguments.size());
  benchmark::Initialize(&count, arguments.data());
  if (count > 3) refuse(arguments[3]);
  const std::string_view part = count > 1 ? arguments[1] : "single";
  const std::uint64_t max_n = count > 2 ? read_max_n(arguments[2]) : 1'000'000;

  const std::vector<Peer> peers = make_peers();
  const std::vector<Peer> gmp{peers.front()};
  Engine one(EngineOptions{.instruction_set = set});
  Engine two(EngineOptions{.threads = 2, .instruction_set = set});
  Engine unchecked(EngineOptions{.check = false, .instruction_set = set});
  std::vector<Table> tables;
  const bool all = part == "all";
  if (all || part == "single") tables.push_back(add_single(one, peers, max_n));
  if (all || part == "cold") tables.push_back(add_cold(set, gmp.front(), max_n));
  if (all || part == "sweep") tables.push_back(add_sweep(one, gmp, max_n));
  if (all || part == "threads") {
    tables.push_back(add_engines("threads", "One key on two threads: times as fast as on",
                                 {{"two threads", two}, {"one thread", one}}, max_n));
  }
  if (all || part == "check") {
    tables.push_back(add_engines("check", "With the check of every value: times as fast as",
                                 {{"checked", one}, {"unchecked", unchecked}}, max_n));
  }
  if (all || part == "runs") tables.push_back(add_runs(one, gmp.front()));
  if (tables.empty()) refuse(part);

  utsname machine{};
  uname(&machine);
  RatioReporter reporter(fmt::format("fibo_mpi {} ({}), {}, {} on {}", program_version,
                                     program_commit, compiler_name, name_of(set), machine.machine),
                         std::move(tables));
  benchmark::RunSpecifiedBenchmarks(&reporter);
  return 0;
}

}  // namespace
}  // namespace fibo::bench

int main(int argc, char** argv) {
  return fibo::bench::run(argc, argv);
}
