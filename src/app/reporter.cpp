// SPDX-License-Identifier: MIT
#include "fibo/app/reporter.hpp"

#include "fibo/results/text.hpp"

#include <algorithm>
#include <ostream>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <fmt/ostream.h>

namespace fibo {

Reporter::Reporter(std::ostream& err, std::string producer_name, bool verbose, Warn warn)
    : err_(err),
      producer_name_(std::move(producer_name)),
      verbose_(verbose),
      warn_(std::move(warn)) {}

void Reporter::joined(Rank worker, const std::string& host) {
  hosts_[worker] = host;
}

void Reporter::queued(Key key) {
  if (!verbose_) return;
  fmt::print(err_, "Producer [{}] putting value [{}] into queue..\n", producer_name_, key);
}

Key ReportedKeys::take() {
  const Key key = keys().take();
  reporter_.queued(key);
  return key;
}

void Reporter::returned(Rank worker, Key key, std::uint64_t /*digits*/) {
  if (!verbose_) return;
  fmt::print(err_, "consumer [{}] getting value [{}] from queue...\n", name(worker), key);
}

void Reporter::check_failed(Rank worker, Key key) {
  const std::uint64_t count = ++wrong_values_[worker];
  if (count > most_told) return;
  warn_(fmt::format("{} computed a wrong F({}), which was caught; this machine makes mistakes{}",
                    name(worker), key,
                    count == most_told ? "; more of this rank are only counted" : ""));
}

void Reporter::lost(Rank worker, const std::string& why) {
  warn_(fmt::format("{} was lost: {}", name(worker), why));
}

std::vector<std::string> Reporter::untold() const {
  std::vector<std::string> lines;
  for (const auto& [worker, count] : wrong_values_)
    if (count > most_told)
      lines.push_back(fmt::format("{} computed {} wrong values in all, each of which was caught",
                                  name(worker), grouped(count)));
  return lines;
}

std::string Reporter::name(Rank worker) const {
  const auto host = hosts_.find(worker);
  return fmt::format("rank {}@{}", to_int(worker), host == hosts_.end() ? "?" : host->second);
}

void Reporter::computed(Rank /*worker*/, const Span& span) {
  if (span.helper) computing_s_ += length_s(span.time);
}

void Reporter::left(Rank /*worker*/, const Goodbye& goodbye) {
  computing_s_ += goodbye.computing_s;
}

std::string Reporter::summary(const Totals& totals) const {
  std::set<std::string> host_names;
  for (const auto& [worker, host] : hosts_) host_names.insert(host);
  const double core_s = totals.elapsed_s * static_cast<double>(hosts_.size());
  const std::string from_store =
      totals.from_store ? fmt::format(", {} from the store", grouped(*totals.from_store)) : "";
  const double keys_per_s =
      static_cast<double>(totals.distinct_keys) / std::max(totals.elapsed_s, 1e-9);
  return fmt::format(
      "{} ({} distinct{}), {} in {:.3f} s ({} keys/s) on {}, {}, {:.0f} % busy, "
      "{} checked",
      counted(totals.keys, "key"), grouped(totals.distinct_keys), from_store,
      counted(totals.digits, "digit"), totals.elapsed_s, rate_text(keys_per_s),
      counted(hosts_.size(), "rank"), counted(host_names.size(), "host"),
      100 * computing_s_ / core_s, counted(totals.checked_values, "value"));
}

}  // namespace fibo
