// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/farm/key_source.hpp"
#include "fibo/farm/observer.hpp"

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace fibo {

/// What the user reads on stderr while the farm works and when it is done.
class Reporter final : public Observer {
 public:
  /// Says a warning, one line, now.
  using Warn = std::function<void(const std::string&)>;

  /// Of so many wrong values of one rank each is told.
  static constexpr std::uint64_t most_told = 5;

  /// @param producer_name  "rank 0@HOST"
  /// @param verbose        a producer line and a consumer line for every key
  /// @param warn           of what goes wrong without harm to the results, when it does: ranks that
  ///                       are lost, and values that fail a check. That a key is given up for it
  ///                       is another matter, and an error
  Reporter(std::ostream& err, std::string producer_name, bool verbose, Warn warn);

  void joined(Rank worker, const std::string& host) override;
  /// The producer took this key from its source; in verbose runs, the producer line.
  void queued(Key key);
  void returned(Rank worker, Key key, std::uint64_t digits) override;
  void computed(Rank worker, const Span& span) override;
  void left(Rank worker, const Goodbye& goodbye) override;
  void check_failed(Rank worker, Key key) override;
  void lost(Rank worker, const std::string& why) override;

  /// "rank 3@HOST"
  [[nodiscard]] std::string name(Rank worker) const;

  /// A line for each rank that computed more wrong values than were told: how many.
  [[nodiscard]] std::vector<std::string> untold() const;

  struct Totals {
    std::uint64_t keys = 0;           ///< asked for, those that occur twice counted twice
    std::uint64_t distinct_keys = 0;  ///< written
    std::optional<std::uint64_t> from_store = std::nullopt;  ///< of which earlier runs had kept
    std::uint64_t digits = 0;                                ///< written
    std::uint64_t checked_values = 0;                        ///< that were checked by their residue
    double elapsed_s = 0;
  };

  /// The line that a run ends with.
  [[nodiscard]] std::string summary(const Totals& totals) const;

 private:
  std::ostream& err_;
  std::string producer_name_;
  bool verbose_;
  Warn warn_;
  std::map<Rank, std::string> hosts_;
  double computing_s_ = 0;                      ///< of all cores, those that were lent included
  std::map<Rank, std::uint64_t> wrong_values_;  ///< how many of each rank were caught
};

/// Keys whose taking is told to a reporter, in the order of their source.
class ReportedKeys final : public ForwardedKeys {
 public:
  /// @param keys, reporter  outlive it
  ReportedKeys(KeySource& keys, Reporter& reporter) : ForwardedKeys(keys), reporter_(reporter) {}

  Key take() override;

 private:
  Reporter& reporter_;
};

}  // namespace fibo
