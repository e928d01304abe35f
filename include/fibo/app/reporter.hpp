// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/farm/key_source.hpp"
#include "fibo/farm/observer.hpp"

#include <cstdint>
#include <iosfwd>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace fibo {

/// What the user reads on stderr while the farm works and when it is done.
class Reporter final : public Observer {
 public:
  /// @param producer_name  "rank 0@HOST"
  /// @param verbose        a producer line and a consumer line for every key
  Reporter(std::ostream& err, std::string producer_name, bool verbose);

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

  /// What went wrong without harm to the results, a line each: ranks that were lost, and values
  /// that failed a check. That a key was given up for it is another matter, and an error.
  [[nodiscard]] const std::vector<std::string>& warnings() const { return warnings_; }

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
  std::map<Rank, std::string> hosts_;
  double computing_s_ = 0;  ///< of all cores, those that were lent included
  std::vector<std::string> warnings_;
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
