// SPDX-License-Identifier: MIT
//
// How well the scheduler keeps thousands of ranks busy, as tables in Markdown.
//
//   cmake --build --preset release --target scheduler_simulation &&
//   build/release/tests/simulation/scheduler_simulation
//
// scheduler_simulation [MAX_RANKS]: up to another number of ranks (100 000, which takes some
// minutes).
#include "farm_simulation.hpp"
#include "loads.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace fibo::simulation {
namespace {

struct Row {
  std::string name;
  std::uint64_t keys_per_rank;
  Order order;
  std::function<Load(std::uint64_t keys)> load;
  FarmModel farm = {};
};

// More keys than this say nothing new, and take long.
constexpr std::uint64_t most_keys = 10'000'000;

std::vector<Row> message_rows() {
  const auto equal = [](double cost_s) {
    return [cost_s](std::uint64_t) { return equal_keys(cost_s); };
  };
  std::vector<Row> rows{{"1 us", 10'000, Order::ascending, equal(1e-6)},
                        {"100 us", 1000, Order::ascending, equal(1e-4)},
                        {"10 ms", 100, Order::ascending, equal(1e-2)},
                        {"10 ms, 10 keys a rank", 10, Order::ascending, equal(1e-2)},
                        {"10 ms, 1000 keys a rank", 1000, Order::ascending, equal(1e-2)},
                        {"1 s", 20, Order::ascending, equal(1)}};
  for (const Order order : {Order::ascending, Order::shuffled, Order::costly_first}) {
    rows.push_back({"1 us to 1 s, log-uniform, " + to_string(order), 100, order,
                    [](std::uint64_t keys) { return log_uniform_keys(keys, 1e-6, 1); }});
    rows.push_back({"10 ms, one in 100 takes 1 s, " + to_string(order), 100, order,
                    [](std::uint64_t keys) { return keys_with_giants(keys, 1e-2, 1); }});
  }
  return rows;
}

std::vector<Row> byte_rows() {
  const auto row = [](const char* name, std::uint64_t n) {
    return Row{name, 100, Order::ascending, [n](std::uint64_t) { return full_values(n); }};
  };
  return {row("F(10^4) in full", 10'000), row("F(10^5) in full", 100'000),
          row("F(10^6) in full", 1'000'000), row("F(10^7) in full", 10'000'000),
          row("F(10^8) in full", 100'000'000)};
}

// What would help rank 0 where it is too slow: leaders between it and the ranks, one for 64, that
// themselves take no time, or less to do for each message.
std::vector<Row> relief_rows() {
  const FarmModel alone;
  const FarmModel leaders{.message_s = alone.message_s / 64};
  const FarmModel cheaper_messages{.message_s = 2e-6};
  const auto load = [](std::uint64_t) { return equal_keys(1e-2); };
  std::vector<Row> rows;
  for (const std::uint64_t keys : {100U, 1000U}) {
    const std::string name = fmt::format("10 ms, {} keys a rank, ", keys);
    rows.push_back({name + "rank 0 alone", keys, Order::ascending, load, alone});
    rows.push_back({name + "leaders at no cost", keys, Order::ascending, load, leaders});
    rows.push_back({name + "a message takes 2 us", keys, Order::ascending, load, cheaper_messages});
  }
  return rows;
}

Outcome outcome_of(const Row& row, int ranks) {
  const std::uint64_t keys =
      std::min(most_keys, row.keys_per_rank * static_cast<std::uint64_t>(ranks));
  const auto source = keys_in(row.order, keys);
  FarmModel farm = row.farm;
  farm.ranks = ranks;
  return simulate(farm, *source, row.load(keys),
                  {.dispatch_s = 2 * farm.message_s,
                   .take_s = farm.key_s,
                   .result_bytes = std::numeric_limits<std::uint64_t>::max()});
}

void print_table(const char* title, const std::vector<Row>& rows, const std::vector<int>& ranks) {
  fmt::print("\n| {} | {} |\n| --- |", title, fmt::join(ranks, " | "));
  for (std::size_t i = 0; i < ranks.size(); ++i) fmt::print(" --- |");
  fmt::print("\n");
  for (const Row& row : rows) {
    fmt::print("| {} |", row.name);
    for (const int count : ranks) {
      const Outcome outcome = outcome_of(row, count);
      fmt::print(" {:.3f} ({:.0f} %) |", outcome.efficiency, 100 * outcome.producer_busy);
      std::fflush(stdout);
    }
    fmt::print("\n");
  }
}

std::vector<int> up_to(int most, std::vector<int> counts) {
  std::erase_if(counts, [most](int count) { return count > most; });
  return counts;
}

}  // namespace
}  // namespace fibo::simulation

int main(int argc, char** argv) {
  using namespace fibo::simulation;
  int most_ranks = 100'000;
  if (argc > 1) {
    const std::string_view text = argv[1];
    const auto [end, error] = std::from_chars(text.begin(), text.end(), most_ranks);
    if (error != std::errc() || end != text.end() || most_ranks < 1) {
      fmt::print(stderr, "'{}' is not a number of ranks\n", text);
      return 2;
    }
  }
  fmt::print(
      "Efficiency, and in brackets the share of the time in which rank 0 serves messages.\n");
  print_table("keys, by ranks", message_rows(),
              up_to(most_ranks, {10, 100, 1000, 5000, 10'000, 100'000}));
  print_table("what would help, by ranks", relief_rows(),
              up_to(most_ranks, {1000, 2500, 5000, 10'000}));
  print_table("values in full, by ranks", byte_rows(), up_to(most_ranks, {2, 4, 8, 16, 32, 64}));
}
