// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/farm/producer.hpp"
#include "fibo/fibonacci/quantity.hpp"
#include "fibo/results/format.hpp"
#include "fibo/results/output.hpp"

#include <cstdint>
#include <map>
#include <string>

namespace fibo {

/// The map of results on rank 0: takes values in any order of keys and writes them in ascending
/// order, each as soon as no smaller key can still come. Holds only those that cannot be written
/// yet.
class ResultMap final : public ResultSink {
 public:
  /// @param output  outlives the map; this writes the header and the results, and does not commit
  ResultMap(const Quantity& quantity, Format format, Output& output);

  void accept(Key key, Value value) override;
  /// @throws OutputError
  void settled_below(Key bound) override;
  /// @throws OutputError
  void settled() override;
  [[nodiscard]] std::uint64_t held_bytes() const override { return held_bytes_; }

  [[nodiscard]] std::uint64_t keys() const { return keys_; }
  [[nodiscard]] std::uint64_t digits() const { return digits_; }

 private:
  void write_until(std::map<Key, Value>::const_iterator end);
  void append_line(Key key, const Value& value);
  void flush();

  Quantity quantity_;
  Format format_;
  Output& output_;
  std::map<Key, Value> waiting_;
  std::string lines_;  ///< formatted, not yet given to the output
  std::uint64_t held_bytes_ = 0;
  std::uint64_t keys_ = 0;
  std::uint64_t digits_ = 0;
};

}  // namespace fibo
