// SPDX-License-Identifier: MIT
#include "fibo/app/program.hpp"

#include "fibo/app/distinct_files.hpp"
#include "fibo/app/doctor.hpp"
#include "fibo/app/host_map.hpp"
#include "fibo/app/machine.hpp"
#include "fibo/app/options.hpp"
#include "fibo/app/records.hpp"
#include "fibo/app/reporter.hpp"
#include "fibo/app/run.hpp"
#include "fibo/app/run_progress.hpp"
#include "fibo/app/signals.hpp"
#include "fibo/app/upkeep.hpp"
#include "fibo/app/version.hpp"
#include "fibo/app/voice.hpp"
#include "fibo/farm/key_source.hpp"
#include "fibo/farm/observer_list.hpp"
#include "fibo/farm/producer.hpp"
#include "fibo/farm/reason.hpp"
#include "fibo/results/kept_results.hpp"
#include "fibo/results/output.hpp"
#include "fibo/results/result_map.hpp"
#include "fibo/results/run_record.hpp"
#include "fibo/results/store.hpp"
#include "fibo/results/text.hpp"

#include <algorithm>
#include <exception>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>

namespace fibo {
namespace {

// What to do about keys that are left.
std::string what_to_do(const RunRequest& request) {
  if (request.store)
    return fmt::format("what is done is kept in {}; run the same command again", *request.store);
  return "nothing is kept; run it again, with --store FILE to keep what is done from now on";
}

Watch watch_of(const Surroundings& around) {
  return {.now_s = around.now_s, .signal = around.signal, .silence_s = around.silence_s};
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

Outcome outcome_of(const RunEnd& end) {
  Outcome outcome{.left_at_most = end.left_at_most, .given_up = end.given_up};
  if (end.interruption) {
    outcome.signal = signal_name(end.interruption->signal);
    outcome.signal_rank = end.interruption->rank;
  }
  return outcome;
}

std::string interruption_text(const RunEnd::Interruption& interruption, const Reporter& reporter,
                              std::uint64_t done_keys, std::uint64_t left_at_most,
                              const RunRequest& request) {
  const std::string place =
      interruption.rank == producer_rank ? "" : " at " + reporter.name(interruption.rank);
  return fmt::format("interrupted by {}{}: {} {} done, at most {} {} left; {}",
                     signal_name(interruption.signal), place, counted(done_keys, "value"),
                     is_or_are(done_keys), grouped(left_at_most), is_or_are(left_at_most),
                     what_to_do(request));
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
    missing.emplace(all_keys, *run.store, [&] { return around.signal() != 0; });
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
  const LaunchFacts facts = launch_facts(around.placements, around.launch, request.store);
  const std::vector<Finding> findings = examine(facts);
  print(doctor_page(facts, findings), color);
  const bool well = std::ranges::count(findings, Finding::Level::problem, &Finding::level) == 0;
  return well ? ExitCode::success : ExitCode::failure;
}

// Says each warning at once, where the progress line makes way.
Reporter::Warn saying_at_once(const RunRequest& request, const Voice& voice,
                              std::optional<RunProgress>& progress) {
  if (request.quiet) return [](const std::string&) {};
  return [&voice, &progress](const std::string& warning) {
    if (progress) progress->make_way();
    voice.say(warning, Tone::warning);
  };
}

// While it lives, a store that waits for another program is said to.
class ToldWaiting {
 public:
  ToldWaiting(Store* store, const RunRequest& request, Reporter::Warn warn) : store_(store) {
    if (store_ != nullptr)
      store_->tell_of_waiting([&request, warn = std::move(warn)] {
        warn(
            fmt::format("{}: another program reads or writes the store; what is done is kept once "
                        "that has ended, and the run waits for it",
                        *request.store));
      });
  }
  ToldWaiting(const ToldWaiting&) = delete;
  ToldWaiting& operator=(const ToldWaiting&) = delete;
  ~ToldWaiting() {
    if (store_ != nullptr) store_->tell_of_waiting({});
  }

 private:
  Store* store_;
};

// In the history of the store, if that can still be written.
void note_failure(const Run& run, const RunRequest& request, const Voice& voice) {
  std::optional<RunProgress> no_progress;
  const ToldWaiting told_waiting(run.store.get(), request,
                                 saying_at_once(request, voice, no_progress));
  try {
    if (run.store) run.store->end_in_failure();
  } catch (const std::exception&) {
    return;
  }
}

// What is known at the end alone of what went wrong without harm to the results.
void say_warnings(const Reporter& reporter, const std::optional<EarlierResults>& earlier,
                  const RunRequest& request, const Voice& voice) {
  for (const std::string& count : reporter.untold()) voice.say(count, Tone::warning);
  if (!earlier || earlier->replaced() == 0) return;
  voice.say(fmt::format("{} {} damaged, F({}) first; computed again and replaced: see to the disk",
                        *request.store,
                        earlier->replaced() == 1
                            ? "had 1 value that was"
                            : fmt::format("had {} values that were", grouped(earlier->replaced())),
                        earlier->first_replaced()),
            Tone::warning);
}

// Fills in what the farm does not know of its run.
void describe_run(RunRecord& record, const Run& run, const RunRequest& request,
                  const Reporter::Totals& totals) {
  record.version = program_version;
  record.command = run.command;
  record.quantity = quantity_text(request.quantity);
  record.seed = run.seed;
  record.keys = totals.keys;
  record.distinct_keys = totals.distinct_keys;
  record.stored_keys = totals.from_store.value_or(0);
  record.digits = totals.digits;
  record.checked_values = totals.checked_values;
  record.makespan_s = totals.elapsed_s;
}

// Whether all records were written; says which were not.
bool write_records(Records& records, const RunRecord& record, bool complete, const Voice& voice) {
  const std::vector<std::string> failures = records.write(record);
  for (const std::string& failure : failures)
    voice.say(fmt::format("{}; {}", failure,
                          complete ? "the results are complete, this record is not"
                                   : "this record is not complete"),
              Tone::error);
  return failures.empty();
}

ExitCode execute(Run& run, const RunRequest& request, ProducerChannel& channel,
                 const Surroundings& around, const Voice& voice) {
  if (run.seed && !request.quiet) voice.say(fmt::format("seed {}", *run.seed));
  if (!request.quiet) {
    for (const auto& warning : {lone_ranks_text(around.launch, around.placements.size()),
                                shared_core_warning(around.placements)})
      if (warning) voice.say(*warning, Tone::warning);
  }

  const double begin_s = around.now_s();
  const double begin_cpu_s = around.cpu_s();
  RunRecorder recorder(begin_s);
  std::optional<EarlierResults> earlier;
  if (run.store) earlier.emplace(std::move(run.ascending_source), request.quantity, *run.store);
  EarlierValues* kept_values = earlier ? &*earlier : nullptr;
  std::optional<RunProgress> progress;
  Reporter reporter(around.err, fmt::format("rank 0@{}", around.host), request.verbose,
                    saying_at_once(request, voice, progress));
  const ToldWaiting told_waiting(run.store.get(), request,
                                 saying_at_once(request, voice, progress));
  if (run.workload) {
    progress.emplace(request, *run.source, *std::move(run.workload), kept_values, around);
    kept_values = progress->earlier();
  }
  // A terminal shows both: the lines about the keys first, then those of the map.
  const bool amid_log = request.verbose && request.output == "-";
  ResultMap results(request.quantity, request.format, *run.output, kept_values,
                    amid_log ? ResultMap::Pace::late : ResultMap::Pace::steady);
  std::vector<Observer*> listening{&reporter};
  if (run.records) listening.push_back(&recorder);
  if (progress) std::ranges::copy(progress->listeners(), std::back_inserter(listening));
  ObserverList observers(std::move(listening));
  RunEnd end = compute(run, request, progress ? progress->keys() : *run.source, channel, results,
                       reporter, observers, around);
  results.flush();
  if (progress) progress->clear();
  if (run.output->cut_short() && !end.interruption) {
    end.interruption = RunEnd::Interruption{around.signal(), producer_rank};
    // Kept values that were not written any more.
    if (earlier) end.left_at_most = run.keys - results.keys();
  }
  Outcome outcome = outcome_of(end);
  const bool complete = outcome.is_complete();
  if (complete) run.output->commit();
  if (run.store) run.store->end(std::string(outcome.text()));
  const double elapsed_s = around.now_s() - begin_s;
  if (around.launch.mixes_streams && request.output == "-") let_standard_output_pass();

  Reporter::Totals totals{.keys = run.keys,
                          .distinct_keys = results.keys(),
                          .digits = results.digits(),
                          .elapsed_s = elapsed_s};
  if (run.store) totals.from_store = results.earlier_keys();
  // The engine lets no value in full go out unchecked; ends and residues are proven otherwise.
  if (std::holds_alternative<FullDigits>(request.quantity)) totals.checked_values = results.keys();

  if (request.verbose)
    for (const std::string& line : host_map(around.placements)) voice.say(line);
  if (!request.quiet) say_warnings(reporter, earlier, request, voice);
  ExitCode code = ExitCode::success;
  if (!complete)
    code = report_end(end, reporter, results.keys(), request, voice);
  else if (!request.quiet)
    voice.say(reporter.summary(totals));
  if (run.records) {
    RunRecord record = recorder.take();
    describe_run(record, run, request, totals);
    record.outcome = std::move(outcome);
    record.serving_s = around.cpu_s() - begin_cpu_s;
    if (!write_records(*run.records, record, complete, voice) && complete) code = ExitCode::failure;
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
      return tend_store(*upkeep, history, around, voice);
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
  } catch (const UpkeepInterrupted& error) {
    dismiss();
    voice.say(error.what(), Tone::error);
    return ExitCode::interrupted;
  } catch (const std::exception& error) {
    dismiss();
    voice.say(reason_of(error), Tone::error);
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
    voice.say(reason_of(error), Tone::error);
  }
  note_failure(run, *request, voice);
  return ExitCode::failure;
}

}  // namespace fibo
