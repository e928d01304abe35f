// SPDX-License-Identifier: MIT
#include "loads.hpp"

#include "fibo/fibonacci/quantity.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <utility>
#include <vector>

namespace fibo::simulation {
namespace {

constexpr std::uint64_t small_value_bytes = 32;

// A key's true cost is up to a quarter above its estimate or a fifth below, by its hash.
Load estimated(std::function<double(Key)> cost_s, std::uint64_t value_bytes) {
  const auto error = [](Key key) {
    const std::uint64_t hash = (key * 0x9e3779b97f4a7c15U) >> 32;
    return 0.8 + 0.45 * std::ldexp(static_cast<double>(hash), -32);
  };
  return {.true_cost_s = [=](Key key) { return cost_s(key) * error(key); },
          .model = {.cost_s = cost_s, .value_bytes = [=](Key) { return value_bytes; }}};
}

}  // namespace

std::string to_string(Order order) {
  switch (order) {
    case Order::ascending:
      return "ascending";
    case Order::shuffled:
      return "shuffled";
    case Order::costly_first:
      return "costly first";
  }
  return {};
}

std::unique_ptr<KeySource> keys_in(Order order, std::uint64_t count) {
  if (order == Order::ascending)
    return std::make_unique<NamedKeys>(std::vector{KeyRange(1, count)});
  std::vector<Key> keys(count);
  std::iota(keys.rbegin(), keys.rend(), Key{1});
  if (order == Order::shuffled) std::ranges::shuffle(keys, std::mt19937_64());
  return std::make_unique<ListedKeys>(std::move(keys));
}

Load equal_keys(double cost_s) {
  return estimated([=](Key) { return cost_s; }, small_value_bytes);
}

Load log_uniform_keys(std::uint64_t count, double least_s, double most_s) {
  const double step = std::log(most_s / least_s) / static_cast<double>(count);
  return estimated([=](Key key) { return least_s * std::exp(step * static_cast<double>(key)); },
                   small_value_bytes);
}

Load keys_with_giants(std::uint64_t count, double cost_s, double giant_s) {
  const std::uint64_t cheap = count - count / 100;
  return estimated([=](Key key) { return key > cheap ? giant_s : cost_s; }, small_value_bytes);
}

Load full_values(std::uint64_t n) {
  return estimated([cost_s = estimated_cost_s(FullDigits{}, n)](Key) { return cost_s; },
                   value_bytes(FullDigits{}, n));
}

}  // namespace fibo::simulation
