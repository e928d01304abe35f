// SPDX-License-Identifier: MIT
#include "fibo/app/program.hpp"

#include "fibo/app/distinct_files.hpp"
#include "fibo/app/doctor.hpp"
#include "fibo/app/host_map.hpp"
#include "fibo/app/key_file.hpp"
#include "fibo/app/machine.hpp"
#include "fibo/app/memory.hpp"
#include "fibo/app/options.hpp"
#include "fibo/app/records.hpp"
#include "fibo/app/reporter.hpp"
#include "fibo/app/run_progress.hpp"
#include "fibo/app/signals.hpp"
#include "fibo/app/upkeep.hpp"
#include "fibo/app/version.hpp"
#include "fibo/app/voice.hpp"
#include "fibo/farm/costly_first.hpp"
#include "fibo/farm/key_source.hpp"
#include "fibo/farm/observer_list.hpp"
#include "fibo/farm/producer.hpp"
#include "fibo/farm/random_keys.hpp"
#include "fibo/farm/random_stream.hpp"
#include "fibo/farm/time_left.hpp"
#include "fibo/results/kept_results.hpp"
#include "fibo/results/output.hpp"
#include "fibo/results/result_map.hpp"
#include "fibo/results/run_record.hpp"
#include "fibo/results/store.hpp"
#include "fibo/results/text.hpp"

#include <algorithm>
#include <cmath>
#include <exception>
#include <iterator>
#include <memory>
#include <optional>
#include <ostream>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>

namespace fibo {
namespace {

/// A request that has been found possible, with all that it takes at hand.
struct Run {
  std::unique_ptr<KeySource> source;
  std::uint64_t room_bytes = 0;      ///< for values on rank 0 and on their way there
  std::uint64_t keys = 0;            ///< asked for, those that occur twice counted twice
  std::optional<Workload> workload;  ///< if there is to be a progress line
  std::optional<std::uint64_t> seed;
  std::unique_ptr<KeySource> ascending_source;  ///< the same keys again, if there is a store
  std::unique_ptr<Output> output;
  std::unique_ptr<Store> store;  ///< nothing if nothing is to be kept
  std::optional<Records> records;
  std::vector<std::string> command;  ///< that repeats the run
};

// What to do about keys that are left.
std::string what_to_do(const RunRequest& request) {
  if (request.store)
    return fmt::format("what is done is kept in {}; run the same command again", *request.store);
  return "nothing is kept; run it again, with --store FILE to keep what is done from now on";
}

Watch watch_of(const Surroundings& around) {
  return {.now_s = around.now_s, .signal = around.signal, .silence_s = around.silence_s};
}

void refuse_past_memory(std::string_view place, const RunRequest& request, Key largest,
                        std::uint64_t memory_bytes) {
  const std::uint64_t needed_bytes = working_bytes(request.quantity, largest);
  const bool has_room = needed_bytes <= memory_bytes;
  if (largest > max_key(request.quantity))
    throw UsageError(fmt::format(
        "{}: key {} is above {}, the largest that is computed in full{}; use --digits K for its "
        "first and last K digits alone",
        place, largest, max_key(request.quantity),
        has_room ? ""
                 : fmt::format(", and takes {} bytes ({}), of which there are {} ({})",
                               grouped(needed_bytes), size_text(needed_bytes),
                               grouped(memory_bytes), size_text(memory_bytes))));
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
// --memory is for rank 0; half of the machine, the default, is for all ranks that are on it.
std::uint64_t room_for_values(const RunRequest& request, Key largest, const Surroundings& around) {
  const std::uint64_t ranks_here = ranks_of_this_machine(around);
  // MPI's memory between two ranks of one machine is resident in both once it has been used
  // (4 MiB in Open MPI 4.1).
  constexpr std::uint64_t mib = std::uint64_t{1} << 20;
  const std::uint64_t message_bytes = 12 * mib + (ranks_here - 1) * 4 * mib;
  const std::uint64_t budget_bytes = request.memory_bytes.value_or(around.memory_bytes / 2);
  const std::uint64_t sharers = request.memory_bytes ? 1 : ranks_here;
  const std::uint64_t fixed_bytes =
      message_bytes +
      sharers * (around.process_bytes +
                 computing_bytes(request.quantity, std::min(largest, max_key(request.quantity))));
  const std::uint64_t room_bytes = budget_bytes > fixed_bytes ? budget_bytes - fixed_bytes : 0;
  if (request.memory_bytes && room_bytes < 2 * value_bytes(request.quantity, largest)) {
    const std::uint64_t needed_bytes = fixed_bytes + 2 * value_bytes(request.quantity, largest);
    throw UsageError(fmt::format(
        "--memory: key {} takes {} bytes ({}) with the program itself, and {} were given "
        "({}); give more, or use --digits K for its first and last K digits alone",
        largest, grouped(needed_bytes), size_text(needed_bytes), grouped(budget_bytes),
        size_text(budget_bytes)));
  }
  return std::max(room_bytes, budget_bytes / 8);
}

KeyModel key_model(const Quantity& quantity) {
  return {.cost_s = [quantity](Key key) { return estimated_cost_s(quantity, key); },
          .value_bytes = [quantity](Key key) { return value_bytes(quantity, key); }};
}

Workload workload_of(const std::vector<KeyRange>& ranges, const RunRequest& request) {
  Workload workload;
  workload.cost_s = key_model(request.quantity).cost_s;
  workload.total_s = cost_by_size(ranges, workload.cost_s);
  if (!ranges.empty()) workload.largest_key = std::ranges::max(ranges, {}, &KeyRange::last).last();
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
  std::string_view place = "KEYS";
  for (const std::string& file : named.files) {
    const std::vector<KeyRange> more = read_keys_file(file);
    ranges.insert(ranges.end(), more.begin(), more.end());
    place = "--keys-file";
  }
  Key largest = 0;
  if (!ranges.empty()) {
    largest = std::ranges::max(ranges, {}, &KeyRange::last).last();
    refuse_past_memory(place, request, largest, around.memory_bytes);
  }
  run.room_bytes = room_for_values(request, largest, around);
  run.keys = count_keys(ranges);
  note_workload(run, ranges, request, around);
  if (request.store) run.ascending_source = std::make_unique<NamedKeys>(ranges);
  run.source = in_good_order(std::move(ranges), request, workers, run.room_bytes);
}

void open_source(Run& run, const RandomRequest& random, const RunRequest& request,
                 std::size_t workers, const Surroundings& around) {
  refuse_past_memory("--max", request, random.max, around.memory_bytes);
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

std::unique_ptr<Output> open_output(const std::string& path, const Surroundings& around) {
  const auto interrupted = [&signal = around.signal] { return signal() != 0; };
  if (path == "-") return open_standard_output(interrupted);
  if (path.empty()) throw UsageError("--output: the name is empty; give a file, or - for stdout");
  try {
    return open_output_file(path, interrupted);
  } catch (const OutputError& error) {
    throw UsageError(fmt::format("--output: {}: {}; give a file in a folder that can be written",
                                 error.place(), error.reason()));
  }
}

std::unique_ptr<Store> open_store(const RunRequest& request, const StoreRun& history) {
  // A row of SQLite has at most 10^9 bytes.
  constexpr std::uint64_t most_digits = 400'000'000;
  if (const auto* ends = std::get_if<EndDigits>(&request.quantity);
      ends != nullptr && ends->count > most_digits)
    throw UsageError(fmt::format(
        "--digits: with --store at most {} digits are possible; leave out --store", most_digits));
  try {
    return std::make_unique<Store>(*request.store, request.quantity, history);
  } catch (const StoreError& error) {
    throw UsageError(fmt::format("--store: {}", error.what()));
  }
}

Run prepare(const RunRequest& request, StoreRun history, const Surroundings& around) {
  refuse_one_file_twice(files_of(request));
  Run run;
  std::visit([&](const auto& keys) { open_source(run, keys, request, history.ranks, around); },
             request.keys);
  run.output = open_output(request.output, around);
  if (request.records.any()) run.records.emplace(request.records);
  if (request.store) {
    merge_stores(*request.store, request.merge, history, request.quiet, around.err);
    history.keys = run.keys;
    run.store = open_store(request, history);
  }
  return run;
}

// The command line that repeats a run, with the seed that it drew.
std::vector<std::string> repeating_command(int argc, const char* const* argv, std::size_t ranks,
                                           const RunRequest& request, const Run& run) {
  std::vector<std::string> command{"mpirun", "-np", std::to_string(ranks)};
  command.insert(command.end(), argv, argv + argc);
  const auto* const random = std::get_if<RandomRequest>(&request.keys);
  if (random != nullptr && !random->seed && run.seed) {
    command.emplace_back("--seed");
    command.push_back(std::to_string(*run.seed));
  }
  return command;
}

std::string interruption_text(const RunEnd::Interruption& interruption, const Reporter& reporter,
                              std::uint64_t done_keys, std::uint64_t left_at_most,
                              const RunRequest& request) {
  const std::string place =
      interruption.rank == producer_rank ? "" : " at " + reporter.name(interruption.rank);
  return fmt::format("interrupted by {}{}: {} values are done, at most {} are left; {}",
                     signal_name(interruption.signal), place, grouped(done_keys),
                     grouped(left_at_most), what_to_do(request));
}

void say_interrupted_early(const Voice& voice, int signal) {
  voice.say(
      fmt::format("interrupted by {} before any value was computed; run the same command again",
                  signal_name(signal)),
      Tone::error);
}

std::string given_up_text(const GivenUpKey& given_up, const Reporter& reporter,
                          const RunRequest& request) {
  std::string ranks;
  for (const Rank rank : given_up.ranks) ranks += (ranks.empty() ? "" : ", ") + reporter.name(rank);
  if (given_up.reason == GivenUpKey::Reason::failed_checks)
    return fmt::format(
        "F({}) failed its check again after being recomputed, by {}; it is not written",
        given_up.key, ranks);
  return fmt::format("F({}) is not computed: it was with each of {} when they were lost; {}",
                     given_up.key, ranks, what_to_do(request));
}

ExitCode report_end(const RunEnd& end, const Reporter& reporter, std::uint64_t done_keys,
                    const RunRequest& request, const Voice& voice) {
  ExitCode code = ExitCode::success;
  for (const GivenUpKey& given_up : end.given_up) {
    voice.say(given_up_text(given_up, reporter, request), Tone::error);
    if (given_up.reason == GivenUpKey::Reason::failed_checks)
      code = ExitCode::check_failed;
    else if (code == ExitCode::success)
      code = ExitCode::interrupted;
  }
  if (end.interruption) {
    voice.say(interruption_text(*end.interruption, reporter, done_keys, end.left_at_most, request),
              Tone::error);
    if (code == ExitCode::success) code = ExitCode::interrupted;
  }
  return code;
}

// The farm, from the keys of the request to the values that are written.
RunEnd compute(Run& run, const RunRequest& request, KeySource& all_keys, ProducerChannel& channel,
               ResultMap& results, Reporter& reporter, Observer& observer,
               const Surroundings& around) {
  const auto produce = [&](KeySource& source, ResultSink& sink) {
    ReportedKeys keys(source, reporter);
    const SchedulerLimits limits{.result_bytes = run.room_bytes,
                                 .surplus = surplus_ranks(around.placements)};
    return run_producer(channel, request.quantity, keys, limits, sink, observer, watch_of(around));
  };
  if (!run.store) return produce(all_keys, results);
  KeptResults kept(*run.store, results);
  std::optional<MissingKeys> missing;
  try {
    missing.emplace(all_keys, *run.store);
  } catch (...) {
    dismiss_workers(channel, watch_of(around));
    throw;
  }
  return produce(*missing, kept);
}

void print(const std::string& text, bool color) {
  const auto out = open_standard_output();
  out->write(color ? with_bold_headings(text) : text);
  out->commit();
}

ExitCode tell_health(const DoctorRequest& request, const Surroundings& around, bool color) {
  const LaunchFacts facts = launch_facts(around.placements, request.store);
  const std::vector<Finding> findings = examine(facts);
  print(doctor_page(facts, findings), color);
  const bool well = std::ranges::count(findings, Finding::Level::problem, &Finding::level) == 0;
  return well ? ExitCode::success : ExitCode::failure;
}

// In the history of the store, unless that is what failed.
void note_failure(const Run& run) {
  try {
    if (run.store) run.store->end("failed");
  } catch (const std::exception&) {
    return;
  }
}

ExitCode execute(Run& run, const RunRequest& request, ProducerChannel& channel,
                 const Surroundings& around, const Voice& voice) {
  if (run.seed && !request.quiet) voice.say(fmt::format("seed {}", *run.seed));
  if (!request.quiet)
    if (const auto warning = shared_core_warning(around.placements))
      voice.say(*warning, Tone::warning);

  const double begin_s = around.now_s();
  const double begin_cpu_s = around.cpu_s();
  RunRecorder recorder(begin_s);
  Reporter reporter(around.err, fmt::format("rank 0@{}", around.host), request.verbose);
  std::optional<EarlierResults> earlier;
  if (run.store) earlier.emplace(std::move(run.ascending_source), request.quantity, *run.store);
  ResultMap results(request.quantity, request.format, *run.output, earlier ? &*earlier : nullptr);
  std::optional<RunProgress> progress;
  if (run.workload)
    progress.emplace(request, *run.source, *std::move(run.workload), results, around);
  std::vector<Observer*> listening{&reporter};
  if (run.records) listening.push_back(&recorder);
  if (progress) std::ranges::copy(progress->listeners(), std::back_inserter(listening));
  ObserverList observers(std::move(listening));
  RunEnd end = compute(run, request, progress ? progress->keys() : *run.source, channel, results,
                       reporter, observers, around);
  if (progress) progress->clear();
  if (run.output->cut_short() && !end.interruption)
    end.interruption = RunEnd::Interruption{around.signal(), producer_rank};
  const bool complete = !end.interruption && end.given_up.empty();
  if (complete) run.output->commit();
  if (run.store)
    run.store->end(complete ? "complete" : end.interruption ? "interrupted" : "keys given up");
  const double elapsed_s = around.now_s() - begin_s;

  const auto from_store = [&]() -> std::optional<std::uint64_t> {
    if (!run.store) return std::nullopt;
    return results.earlier_keys();
  };
  // The engine lets no value in full go out unchecked; ends and residues are proven otherwise.
  const std::uint64_t checked_values =
      std::holds_alternative<FullDigits>(request.quantity) ? results.keys() : 0;
  if (request.verbose)
    for (const std::string& line : host_map(around.placements)) voice.say(line);
  if (!request.quiet)
    for (const std::string& warning : reporter.warnings()) voice.say(warning, Tone::warning);
  if (!request.quiet && earlier && earlier->replaced() > 0)
    voice.say(
        fmt::format("{} {} damaged, F({}) first; computed again and replaced: see to the disk",
                    *request.store,
                    earlier->replaced() == 1
                        ? "had 1 value that was"
                        : fmt::format("had {} values that were", earlier->replaced()),
                    earlier->first_replaced()),
        Tone::warning);
  ExitCode code = ExitCode::success;
  if (!complete)
    code = report_end(end, reporter, results.keys(), request, voice);
  else if (!request.quiet)
    voice.say(reporter.summary({.keys = run.keys,
                                .distinct_keys = results.keys(),
                                .from_store = from_store(),
                                .digits = results.digits(),
                                .checked_values = checked_values,
                                .elapsed_s = elapsed_s}));
  if (run.records) {
    RunRecord record = recorder.take();
    record.version = program_version;
    record.command = run.command;
    record.quantity = quantity_text(request.quantity);
    record.seed = run.seed;
    record.keys = run.keys;
    record.distinct_keys = results.keys();
    record.stored_keys = from_store().value_or(0);
    record.digits = results.digits();
    record.checked_values = checked_values;
    record.makespan_s = elapsed_s;
    record.serving_s = around.cpu_s() - begin_cpu_s;
    try {
      run.records->write(record);
    } catch (const RecordError& error) {
      voice.say(fmt::format("{}; {}this record is not", error.what(),
                            complete ? "the results are complete, " : ""),
                Tone::error);
      if (complete) code = ExitCode::failure;
    }
  }
  return code;
}

}  // namespace

ExitCode run_program(int argc, const char* const* argv, ProducerChannel& channel,
                     const Surroundings& around) {
  const When color = asked_color(argc, argv);
  const bool color_out = is_colored(color, around.color && around.results_on_terminal);
  const Voice voice(around.err, is_colored(color, around.color && around.terminal != nullptr));
  std::optional<RunRequest> request;
  Run run;
  auto dismiss = [&, done = false]() mutable {
    if (!std::exchange(done, true)) dismiss_workers(channel, watch_of(around));
  };
  try {
    Request asked = parse_options(argc, argv);
    if (const auto* text = std::get_if<PrintRequest>(&asked)) {
      dismiss();
      print(text->text, color_out);
      return ExitCode::success;
    }
    if (const auto* doctor = std::get_if<DoctorRequest>(&asked)) {
      dismiss();
      return tell_health(*doctor, around, color_out);
    }
    std::vector<std::string> words(argv, argv + argc);
    if (!words.empty()) words.front() = "fibo_mpi";
    const StoreRun history{.host = around.host,
                           .command = shell_command(words),
                           .version = program_version,
                           .build = program_commit,
                           .ranks = channel.workers().size()};
    if (const auto* upkeep = std::get_if<StoreRequest>(&asked)) {
      refuse_one_file_twice(files_of(*upkeep));
      dismiss();
      return tend_store(*upkeep, history, around.err);
    }
    request = std::get<RunRequest>(std::move(asked));
    run = prepare(*request, history, around);
    run.command = repeating_command(argc, argv, channel.workers().size(), *request, run);
  } catch (const UsageError& error) {
    dismiss();
    // A signal may be why a file could not be read.
    if (around.signal() != 0) {
      say_interrupted_early(voice, around.signal());
      return ExitCode::interrupted;
    }
    voice.say(error.what(), Tone::error);
    return ExitCode::wrong_request;
  } catch (const std::exception& error) {
    dismiss();
    voice.say(error.what(), Tone::error);
    return ExitCode::failure;
  }
  if (around.signal() != 0) {
    dismiss();
    say_interrupted_early(voice, around.signal());
    return ExitCode::interrupted;
  }
  try {
    return execute(run, *request, channel, around, voice);
  } catch (const OutputError& error) {
    voice.say(fmt::format("{}: {}; the results are not complete", error.place(), error.reason()),
              Tone::error);
  } catch (const std::exception& error) {
    voice.say(error.what(), Tone::error);
  }
  note_failure(run);
  return ExitCode::failure;
}

}  // namespace fibo
