// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/farm/producer.hpp"
#include "fibo/fibonacci/quantity.hpp"
#include "fibo/results/format.hpp"
#include "fibo/results/output.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

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
///
/// Values come by and large in runs of ascending keys. Each run is kept as the text of its lines,
/// ready to be written, in blocks of a few hundred KB: a value costs no node and no allocation of
/// its own. Digits that are worth it are not copied but stay in their message, which is then kept
/// until its block has been written. A long value comes in pieces; once it is the next one in key
/// order, its pieces are written as they come. If the rest of them never comes, as the key was
/// given up, nothing is written after what has come, so that no reader takes it for the value.
class ResultMap final : public ResultSink {
 public:
  enum class Pace : std::uint8_t {
    steady,  ///< each line as soon as no smaller key can come
    late,    ///< lines of some hundred KB together, and the rest by flush()
  };

  /// @param output   outlives the map; this writes the header and the results, and does not commit
  /// @param earlier  outlives the map; nullptr if all values are computed
  ResultMap(const Quantity& quantity, Format format, Output& output,
            EarlierValues* earlier = nullptr, Pace pace = Pace::steady);

  void accept(Key key, const ValueView& value) override;
  void accept_in(const SharedBytes& message, Key key, const ValueView& value) override;
  /// @throws OutputError
  void accept_part(Key key, std::uint64_t total_bytes, std::uint64_t offset_bytes,
                   std::string_view digits) override;
  /// @throws OutputError
  void settled_below(Key bound) override;
  /// @throws OutputError
  void settled() override;
  [[nodiscard]] std::uint64_t held_bytes() const override { return held_bytes_; }

  /// Gives the output what is still held back of lines that nothing can come before.
  /// @throws OutputError
  void flush();

  /// How many have been accepted or come from earlier runs.
  [[nodiscard]] std::uint64_t keys() const { return keys_; }
  [[nodiscard]] std::uint64_t earlier_keys() const { return earlier_keys_; }
  [[nodiscard]] std::uint64_t digits() const { return digits_; }

 private:
  struct Line {
    Key key;
    std::size_t end;  ///< in the text of its block
  };

  /// Digits that are not in the text of their block: they belong at this place in it.
  struct Inserted {
    std::size_t at;
    std::string_view digits;
  };

  /// The lines of a run of ascending keys.
  struct Block {
    std::string text;
    std::vector<Line> lines;
    std::vector<Inserted> inserted;     ///< by place
    std::vector<SharedBytes> messages;  ///< in which their digits lie
    std::uint64_t message_bytes = 0;    ///< that these take
    std::size_t written_lines = 0;
    std::size_t written_insertions = 0;

    [[nodiscard]] std::size_t written_bytes() const {
      return written_lines == 0 ? 0 : lines[written_lines - 1].end;
    }
    [[nodiscard]] bool keeps(const SharedBytes& message) const {
      return !messages.empty() && messages.back() == message;
    }
    [[nodiscard]] std::uint64_t held_bytes() const;
  };

  /// A value whose pieces are under way, or wait for smaller keys.
  struct LongValue {
    std::vector<std::string> pieces;   ///< that wait
    std::uint64_t piece_bytes = 0;     ///< of them
    std::uint64_t received_bytes = 0;  ///< since it last began
    std::uint64_t written_bytes = 0;
    std::uint64_t total_bytes = 0;
    bool begun = false;  ///< what stands before the digits has been written

    [[nodiscard]] bool is_whole() const { return received_bytes == total_bytes; }
  };

  using Blocks = std::map<Key, Block>;

  Block& block_for(Key key, const SharedBytes& message);
  void close_open_block();
  void write_block(Key limit);
  void write_pieces(Key key, LongValue& value);
  void write_until(std::optional<Key> bound);
  void write_long(Key key, LongValue& value);
  void write_earlier_below(std::optional<Key> bound);
  void append_lines(std::string_view lines);
  void write_lines(Block& block, std::size_t begin_bytes, std::size_t end_bytes);

  Quantity quantity_;
  Format format_;
  Output* output_;  ///< one that takes nothing once a value has been broken off
  EarlierValues* earlier_;
  Pace pace_;
  Blocks blocks_;          ///< by the key of the first line that waits
  Blocks::iterator open_;  ///< the one that grows, or the end
  std::map<Key, LongValue> long_;
  Key bound_ = 0;      ///< every smaller key has been accepted, and written
  std::string lines_;  ///< not yet given to the output
  std::uint64_t held_bytes_ = 0;
  std::uint64_t keys_ = 0;
  std::uint64_t earlier_keys_ = 0;
  std::uint64_t digits_ = 0;
};

}  // namespace fibo
