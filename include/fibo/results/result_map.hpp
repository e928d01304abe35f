// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/farm/producer.hpp"
#include "fibo/fibonacci/quantity.hpp"
#include "fibo/results/format.hpp"
#include "fibo/results/output.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace fibo {

/// Values of a request that need not be computed, as earlier runs kept them.
class EarlierValues {
 public:
  EarlierValues() = default;
  EarlierValues(const EarlierValues&) = delete;
  EarlierValues& operator=(const EarlierValues&) = delete;
  virtual ~EarlierValues() = default;

  /// The next one in ascending order whose key is below `bound`, or without one of any key.
  virtual std::optional<std::pair<Key, Value>> take_below(std::optional<Key> bound) = 0;
};

/// The map of results on rank 0: takes values in any order of keys and writes them in ascending
/// order, each as soon as no smaller key can still come. Holds only those that cannot be written
/// yet. Values of earlier runs come in between where their keys belong.
class ResultMap final : public ResultSink {
 public:
  /// @param output   outlives the map; this writes the header and the results, and does not commit
  /// @param earlier  outlives the map; nullptr if all values are computed
  ResultMap(const Quantity& quantity, Format format, Output& output,
            EarlierValues* earlier = nullptr);

  void accept(Key key, Value value) override;
  /// @throws OutputError
  void settled_below(Key bound) override;
  /// @throws OutputError
  void settled() override;
  [[nodiscard]] std::uint64_t held_bytes() const override { return held_bytes_; }

  /// How many have been accepted or come from earlier runs.
  [[nodiscard]] std::uint64_t keys() const { return keys_; }
  [[nodiscard]] std::uint64_t earlier_keys() const { return earlier_keys_; }
  [[nodiscard]] std::uint64_t digits() const { return digits_; }

 private:
  void write_until(std::map<Key, Value>::const_iterator end, std::optional<Key> bound);
  void write_earlier_below(std::optional<Key> bound);
  void append_line(Key key, const Value& value);
  void flush();

  Quantity quantity_;
  Format format_;
  Output& output_;
  EarlierValues* earlier_;
  std::map<Key, Value> waiting_;
  std::string lines_;  ///< formatted, not yet given to the output
  std::uint64_t held_bytes_ = 0;
  std::uint64_t keys_ = 0;
  std::uint64_t earlier_keys_ = 0;
  std::uint64_t digits_ = 0;
};

}  // namespace fibo
