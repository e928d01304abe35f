// SPDX-License-Identifier: MIT
#include "fibo/app/run.hpp"

#include "fibo/app/distinct_files.hpp"
#include "fibo/app/key_file.hpp"
#include "fibo/app/memory.hpp"
#include "fibo/app/run_progress.hpp"
#include "fibo/app/upkeep.hpp"
#include "fibo/farm/costly_first.hpp"
#include "fibo/farm/key_model.hpp"
#include "fibo/farm/random_keys.hpp"
#include "fibo/farm/random_stream.hpp"
#include "fibo/results/text.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>

namespace fibo {
namespace {

std::optional<Key> largest_of(const std::vector<KeyRange>& ranges) {
  if (ranges.empty()) return std::nullopt;
  return std::ranges::max(ranges, {}, &KeyRange::last).last();
}

void refuse_past_memory(std::string_view place, const RunRequest& request, Key largest,
                        const Surroundings& around) {
  const std::uint64_t memory_bytes = std::min(around.memory_bytes, around.address_space_bytes);
  const std::uint64_t needed_bytes = working_bytes(request.quantity, largest);
  const bool has_room = needed_bytes <= memory_bytes;
  if (largest > max_key(request.quantity))
    throw UsageError(fmt::format(
        "{}: key {} is above {}, the largest that is computed in full{}; use --digits K for its "
        "first and last K digits alone",
        place, largest, max_key(request.quantity),
        has_room ? ""
                 : fmt::format(", and takes {}{} bytes ({}), of which there are {} ({})",
                               needed_bytes < most_bytes ? "" : "at least ", grouped(needed_bytes),
                               size_text(needed_bytes), grouped(memory_bytes),
                               size_text(memory_bytes))));
  if (has_room) return;
  throw UsageError(fmt::format(
      "{}: key {} takes {} bytes ({}) to compute, and there are {} bytes ({}); use --digits K for "
      "its first and last K digits alone",
      place, largest, grouped(needed_bytes), size_text(needed_bytes), grouped(memory_bytes),
      size_text(memory_bytes)));
}

// Rank 0 and those beside it.
std::uint64_t ranks_of_this_machine(const Surroundings& around) {
  const auto here = std::ranges::count_if(around.placements, [&](const Placement& placement) {
    return placement.host.text() == around.placements.front().host.text();
  });
  return std::max<std::uint64_t>(1, static_cast<std::uint64_t>(here));
}

// The room for values on rank 0, those being computed elsewhere included: what the process, the
// arithmetic and messages under way do not take of the budget.
// --memory is for rank 0. By default half of the machine is for all ranks that are on it, and half
// of the address space, which each rank has for itself, for rank 0.
std::uint64_t room_for_values(const RunRequest& request, Key largest, const Surroundings& around) {
  const std::uint64_t ranks_here = ranks_of_this_machine(around);
  // MPI's memory between two ranks of one machine is resident in both once it has been used
  // (4 MiB in Open MPI 4.1).
  constexpr std::uint64_t mib = std::uint64_t{1} << 20;
  const std::uint64_t message_bytes = 12 * mib + (ranks_here - 1) * 4 * mib;
  const std::uint64_t rank_bytes =
      around.process_bytes +
      computing_bytes(request.quantity, std::min(largest, max_key(request.quantity)));
  const auto room_in = [&](std::uint64_t budget_bytes, std::uint64_t sharers) {
    const std::uint64_t fixed_bytes = message_bytes + sharers * rank_bytes;
    const std::uint64_t room_bytes = budget_bytes > fixed_bytes ? budget_bytes - fixed_bytes : 0;
    return std::max(room_bytes, budget_bytes / 8);
  };
  if (!request.memory_bytes)
    return std::min(room_in(around.memory_bytes / 2, ranks_here),
                    room_in(around.address_space_bytes / 2, 1));
  const std::uint64_t budget_bytes = *request.memory_bytes;
  const std::uint64_t needed_bytes =
      message_bytes + rank_bytes + 2 * value_bytes(request.quantity, largest);
  if (budget_bytes < needed_bytes)
    throw UsageError(fmt::format(
        "--memory: key {} takes {} bytes ({}) with the program itself, and {} were given "
        "({}); give more, or use --digits K for its first and last K digits alone",
        largest, grouped(needed_bytes), size_text(needed_bytes), grouped(budget_bytes),
        size_text(budget_bytes)));
  return room_in(budget_bytes, 1);
}

// To read a byte of a kept value and to write it, and as how many bytes each value counts beside
// its own: half of what values of 4 MB and residues took from a store to a file, both in the page
// cache, on an AMD EPYC (Zen 5) that had twice as much to do as it has cores, 2026-11.
constexpr double writing_s_per_byte = 3e-9;
constexpr std::uint64_t bytes_a_value = 3000;

Workload workload_of(const std::vector<KeyRange>& ranges, const RunRequest& request) {
  Workload workload;
  KeyModel model = key_model(request.quantity);
  workload.cost_s = std::move(model.cost_s);
  workload.writing_s = [bytes = std::move(model.value_bytes)](Key key) {
    return writing_s_per_byte * static_cast<double>(bytes(key) + bytes_a_value);
  };
  workload.total_s = cost_by_size(ranges, workload.cost_s);
  workload.largest_key = largest_of(ranges).value_or(0);
  return workload;
}

// Of the distinct keys that so many draws are expected to bring.
Workload workload_of(const RandomRequest& random, const RunRequest& request) {
  const KeyRange range(random.min, random.max);
  Workload workload = workload_of({range}, request);
  const double draws_a_key =
      static_cast<double>(random.count) / (static_cast<double>(range.count_less_one()) + 1);
  for (double& cost_s : workload.total_s) cost_s *= -std::expm1(-draws_a_key);
  workload.counts_repeats = false;
  return workload;
}

// Keys may be very many: only a progress line is worth looking at all of them.
template <class Keys>
void note_workload(Run& run, const Keys& keys, const RunRequest& request,
                   const Surroundings& around) {
  if (wants_progress(request, around)) run.workload = workload_of(keys, request);
}

// Ascending, so that values are written as they come, but for keys so long that the run would end
// with one worker at the last of them.
std::unique_ptr<KeySource> in_good_order(std::vector<KeyRange> ranges, const RunRequest& request,
                                         std::size_t workers, std::uint64_t room_bytes) {
  if (std::holds_alternative<FullDigits>(request.quantity)) {
    const auto first =
        first_costly_key(ranges, key_model(request.quantity), workers, room_bytes / 2);
    if (first) return std::make_unique<CostlyFirst>(ranges, *first);
  }
  return std::make_unique<NamedKeys>(std::move(ranges));
}

void open_source(Run& run, const NamedRequest& named, const RunRequest& request,
                 std::size_t workers, const Surroundings& around) {
  std::vector<KeyRange> ranges = named.ranges;
  std::string place = "KEYS";
  std::optional<Key> largest = largest_of(ranges);
  for (const std::string& file : named.files) {
    const std::vector<KeyRange> more = read_keys_file(file);
    ranges.insert(ranges.end(), more.begin(), more.end());
    if (largest_of(more) <= largest) continue;
    largest = largest_of(more);
    place = fmt::format("--keys-file: {}", file == "-" ? "stdin" : file);
  }
  if (largest) refuse_past_memory(place, request, *largest, around);
  run.room_bytes = room_for_values(request, largest.value_or(0), around);
  run.keys = count_keys(ranges);
  note_workload(run, ranges, request, around);
  if (request.store) run.ascending_source = std::make_unique<NamedKeys>(ranges);
  run.source = in_good_order(std::move(ranges), request, workers, run.room_bytes);
}

void open_source(Run& run, const RandomRequest& random, const RunRequest& request,
                 std::size_t workers, const Surroundings& around) {
  refuse_past_memory("--max", request, random.max, around);
  run.room_bytes = room_for_values(request, random.max, around);
  run.keys = random.count;
  run.seed = random.seed.value_or(around.random_seed);
  if (random.count > RandomKeys::max_listed) {
    const auto stream = [&] {
      return std::make_unique<RandomStream>(*run.seed, random.min, random.max, random.count);
    };
    if (request.store) run.ascending_source = stream();
    run.source = stream();
    note_workload(run, random, request, around);
    return;
  }

  std::vector<Key> keys = RandomKeys(*run.seed, random.min, random.max).draw_distinct(random.count);
  std::uint64_t all_bytes = 0;
  std::vector<KeyRange> ranges;
  for (const Key key : keys) {
    all_bytes += value_bytes(request.quantity, key);
    ranges.emplace_back(key, key);
  }
  note_workload(run, ranges, request, around);
  if (request.store) run.ascending_source = std::make_unique<NamedKeys>(ranges);
  // In the order of their draw all values wait for the last: for those that are quick and few.
  constexpr std::uint64_t few_bytes = std::uint64_t{1} << 20;
  if (all_bytes <= std::min(few_bytes, run.room_bytes))
    run.source = std::make_unique<ListedKeys>(std::move(keys));
  else
    run.source = in_good_order(std::move(ranges), request, workers, run.room_bytes);
}

std::unique_ptr<Output> open_output(const std::string& path, const StopWaiting& interrupted) {
  if (path == "-") return open_standard_output(interrupted);
  if (path.empty()) throw UsageError("--output: the name is empty; give a file, or - for stdout");
  try {
    return open_output_file(path, interrupted);
  } catch (const OutputError& error) {
    throw UsageError(fmt::format("--output: {}: {}; give a file in a folder that can be written",
                                 error.place(), error.reason()));
  }
}

void refuse_long_ends(const RunRequest& request) {
  // A row of SQLite has at most 10^9 bytes.
  constexpr std::uint64_t most_digits = 400'000'000;
  if (const auto* ends = std::get_if<EndDigits>(&request.quantity);
      ends != nullptr && ends->count > most_digits)
    throw UsageError(fmt::format(
        "--digits: with --store at most {} digits are possible; leave out --store", most_digits));
}

std::unique_ptr<Store> open_store(const RunRequest& request, const StoreRun& history,
                                  const StopWaiting& interrupted) {
  try {
    return std::make_unique<Store>(*request.store, request.quantity, history,
                                   StoreSettings{.interrupted = interrupted});
  } catch (const StoreError& error) {
    refuse_store(fmt::format("--store: {}", error.what()), !request.merge.empty());
  }
}

}  // namespace

Run prepare(const RunRequest& request, StoreRun history, const Surroundings& around) {
  refuse_one_file_twice(files_of(request));
  if (request.store) refuse_long_ends(request);
  Run run;
  std::visit([&](const auto& keys) { open_source(run, keys, request, history.ranks, around); },
             request.keys);
  const StopWaiting interrupted = [&signal = around.signal] { return signal() != 0; };
  run.output = open_output(request.output, interrupted);
  if (request.records.any()) run.records.emplace(request.records, interrupted);
  if (request.store) {
    merge_stores(*request.store, request.merge, history, request.quiet, around);
    history.keys = run.keys;
    run.store = open_store(request, history, interrupted);
  }
  return run;
}

}  // namespace fibo
