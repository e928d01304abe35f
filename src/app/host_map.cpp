// SPDX-License-Identifier: MIT
#include "fibo/app/host_map.hpp"

#include "fibo/farm/affinity.hpp"
#include "fibo/results/text.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

namespace fibo {
namespace {

std::string cpus_text(const CpuSet& cpus) {
  return fmt::format("{} {}", cpus.count() == 1 ? "CPU" : "CPUs", list_of(cpus));
}

// Where the ranks of a host may run: "CPUs 0-7" for all of them alike, "CPUs 0-3, one each", or
// rank by rank.
std::string binding_text(const HostRanks& host, const std::vector<Placement>& placements) {
  const bool one_each = std::ranges::all_of(
      host.ranks, [&](std::size_t rank) { return placements[rank].cpus.count() == 1; });
  if (one_each && host.ranks.size() > 1 && host.cpus.count() == host.ranks.size())
    return cpus_text(host.cpus) + ", one each";
  std::string text;
  for (std::size_t i = 0; i < host.ranks.size();) {
    const CpuSet& cpus = placements[host.ranks[i]].cpus;
    std::vector<std::size_t> alike;
    for (; i < host.ranks.size() && placements[host.ranks[i]].cpus == cpus; ++i)
      alike.push_back(host.ranks[i]);
    if (alike.size() == host.ranks.size()) return cpus_text(cpus);
    text += fmt::format("{}{} on {}", text.empty() ? "" : ", ", list_of(alike), cpus_text(cpus));
  }
  return text;
}

}  // namespace

// Who may run on few CPUs chooses first.
std::vector<std::size_t> HostRanks::surplus(const std::vector<Placement>& placements) const {
  std::vector<std::size_t> choosing = ranks;
  std::ranges::stable_sort(choosing, {},
                           [&](std::size_t rank) { return placements[rank].cpus.count(); });
  CpuSet taken;
  std::vector<std::size_t> left_over;
  for (const std::size_t rank : choosing) {
    const CpuSet& own = placements[rank].cpus;
    const std::vector<std::size_t> free = numbers_of(own & ~taken);
    if (!free.empty())
      taken.set(free.front());
    else if (own.any())
      left_over.push_back(rank);
  }
  std::ranges::sort(left_over);
  return left_over;
}

std::vector<HostRanks> hosts_of(const std::vector<Placement>& placements) {
  std::vector<HostRanks> hosts;
  std::map<std::string, std::size_t> place;
  for (std::size_t rank = 0; rank < placements.size(); ++rank) {
    const Placement& placement = placements[rank];
    const auto [at, is_new] = place.emplace(placement.host.text(), hosts.size());
    if (is_new)
      hosts.push_back(
          {.host = at->first, .ranks = {}, .cpus = {}, .cores = {}, .available_cpus = {}});
    HostRanks& host = hosts[at->second];
    host.ranks.push_back(rank);
    host.cpus |= placement.cpus;
    host.cores |= placement.cores;
    host.available_cpus |= placement.available_cpus;
  }
  return hosts;
}

std::vector<Rank> surplus_ranks(const std::vector<Placement>& placements) {
  std::vector<Rank> all;
  for (const HostRanks& host : hosts_of(placements))
    for (const std::size_t rank : host.surplus(placements))
      all.push_back(Rank{static_cast<int>(rank)});
  return all;
}

std::string list_of(const std::vector<std::size_t>& numbers) {
  std::string text;
  for (std::size_t i = 0; i < numbers.size();) {
    std::size_t last = i;
    while (last + 1 < numbers.size() && numbers[last + 1] == numbers[last] + 1) ++last;
    if (!text.empty()) text += ',';
    text +=
        last == i ? fmt::format("{}", numbers[i]) : fmt::format("{}-{}", numbers[i], numbers[last]);
    i = last + 1;
  }
  return text;
}

std::string list_of(const CpuSet& cpus) {
  return list_of(numbers_of(cpus));
}

std::vector<std::string> host_map(const std::vector<Placement>& placements) {
  std::vector<std::string> lines;
  for (const HostRanks& host : hosts_of(placements)) {
    const std::vector<std::size_t> surplus = host.surplus(placements);
    lines.push_back(
        fmt::format("{}: {}, {}, on {}{}", host.host, counted(host.ranks.size(), "rank"),
                    list_of(host.ranks), binding_text(host, placements),
                    surplus.empty() ? "" : "; no long values go to " + list_of(surplus)));
  }
  return lines;
}

std::optional<std::string> shared_core_warning(const std::vector<Placement>& placements) {
  std::size_t hosts_alike = 0;
  std::optional<HostRanks> worst;
  for (const HostRanks& host : hosts_of(placements)) {
    const bool room_elsewhere = host.available_cpus.count() > host.cpus.count();
    if (!room_elsewhere || host.surplus(placements).empty()) continue;
    ++hosts_alike;
    if (!worst) worst = host;
  }
  if (!worst) return std::nullopt;
  const std::string others =
      hosts_alike > 1 ? fmt::format(", and {} more hosts are like it", hosts_alike - 1) : "";
  return fmt::format(
      "the {} ranks on {} share {} by a wrong binding, of {} CPUs there{}; start them with "
      "mpirun --bind-to core or srun --cpu-bind=cores",
      worst->ranks.size(), worst->host, cpus_text(worst->cpus), worst->available_cpus.count(),
      others);
}

}  // namespace fibo
