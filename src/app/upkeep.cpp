// SPDX-License-Identifier: MIT
#include "fibo/app/upkeep.hpp"

#include "fibo/app/signals.hpp"
#include "fibo/farm/shown_text.hpp"
#include "fibo/results/output.hpp"
#include "fibo/results/store_upkeep.hpp"
#include "fibo/results/text.hpp"

#include <ostream>
#include <stdexcept>

#include <fmt/format.h>
#include <fmt/ostream.h>

namespace fibo {

void refuse_store(const std::string& why, bool changed) {
  if (changed) throw std::runtime_error(why);
  throw UsageError(why);
}

void merge_stores(const std::string& into, const std::vector<std::string>& from,
                  const StoreRun& who, bool quiet, const Surroundings& around) {
  std::vector<std::string> taken;
  try {
    for (const std::string& file : from) check_merge(into, file, who);
    for (const std::string& file : from) {
      const StoreMerge merge =
          merge_store(into, file, who, [&around] { return around.signal() != 0; });
      if (merge.stopped)
        throw UpkeepInterrupted(
            fmt::format("interrupted by {}: nothing of {} was taken over; run the same command "
                        "again",
                        signal_name(around.signal()), file));
      taken.push_back(file);
      if (!quiet)
        fmt::print(around.err, "fibo_mpi: {}: {} of {} values taken over into {}\n",
                   printable(file), grouped(merge.taken), grouped(merge.values), printable(into));
    }
  } catch (const StoreError& error) {
    refuse_store(
        fmt::format(
            "--merge-store: {}{}", error.what(),
            taken.empty() ? "" : fmt::format("; {} taken over before", fmt::join(taken, ", "))),
        !taken.empty());
  }
}

ExitCode tend_store(const StoreRequest& request, const StoreRun& who, const Surroundings& around,
                    const Voice& voice) {
  merge_stores(request.store, request.merge, who, request.quiet, around);
  if (request.verify == StoreRequest::Verify::no) return ExitCode::success;

  const bool repair = request.verify == StoreRequest::Verify::and_repair;
  StoreVerdict verdict;
  try {
    verdict = verify_store(
        request.store, who, repair,
        [&](const std::string& value, const std::string& why) {
          voice.say(fmt::format("{}: {} is wrong: {}{}", request.store, value, why,
                                repair ? "; removed" : ""),
                    Tone::error);
        },
        [&around] { return around.signal() != 0; });
  } catch (const DamagedStore& error) {
    voice.say(error.what(), Tone::error);
    return repair ? ExitCode::failure : ExitCode::check_failed;
  } catch (const StoreError& error) {
    refuse_store(fmt::format("--{}-store: {}", repair ? "repair" : "verify", error.what()),
                 !request.merge.empty());
  }
  if (verdict.stopped)
    throw UpkeepInterrupted(
        fmt::format("interrupted by {}: {} values of {} were checked, {} wrong{}; run the same "
                    "command again",
                    signal_name(around.signal()), grouped(verdict.values), request.store,
                    grouped(verdict.wrong), verdict.wrong != 0 && repair ? " and removed" : ""));
  const auto out = open_standard_output();
  out->write(fmt::format("{}: {} values checked, {} wrong{}\n", request.store,
                         grouped(verdict.values), grouped(verdict.wrong),
                         verdict.wrong == 0 ? ""
                         : repair ? " and removed; run the same command again to compute them"
                                  : "; --repair-store removes them, to be computed again"));
  out->commit();
  return verdict.wrong == 0 || repair ? ExitCode::success : ExitCode::check_failed;
}

}  // namespace fibo
