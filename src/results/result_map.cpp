// SPDX-License-Identifier: MIT
#include "fibo/results/result_map.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace fibo {
namespace {

// A block that has come to this size takes no more lines.
constexpr std::size_t block_bytes = std::size_t{256} << 10;

// Lines up to this size are gathered before they are given to the output; longer runs of them go
// from where they are.
constexpr std::size_t gathered_bytes = std::size_t{64} << 10;

// Digits from this many on stay in their message: to copy fewer is cheaper than to write them as a
// piece of their own, by writev() on an AMD EPYC (Zen 5), 2026-11.
constexpr std::size_t left_in_place_bytes = 512;

// What a block or a long value takes beside its text and lines: a node of a map.
constexpr std::uint64_t node_bytes = 160;

class Nowhere final : public Output {
 public:
  void write(std::string_view /*bytes*/) override {}
  void commit() override {}
};

Nowhere nowhere;

}  // namespace

std::uint64_t ResultMap::Block::held_bytes() const {
  return node_bytes + text.capacity() + lines.capacity() * sizeof(Line) +
         inserted.capacity() * sizeof(Inserted) + messages.capacity() * sizeof(SharedBytes) +
         message_bytes;
}

ResultMap::ResultMap(const Quantity& quantity, Format format, Output& output,
                     EarlierValues* earlier, Pace pace)
    : quantity_(quantity),
      format_(format),
      output_(&output),
      earlier_(earlier),
      pace_(pace),
      open_(blocks_.end()),
      lines_(header(format, quantity)) {}

void ResultMap::accept(Key key, const ValueView& value) {
  ++keys_;
  digits_ += shown_digits(value);
  Block& block = block_for(key, nullptr);
  const std::uint64_t before_bytes = block.held_bytes();
  append_result(block.text, format_, quantity_, key, value);
  block.lines.push_back({key, block.text.size()});
  held_bytes_ += block.held_bytes() - before_bytes;
}

void ResultMap::accept_in(const SharedBytes& message, Key key, const ValueView& value) {
  const auto* digits = std::get_if<std::string_view>(&value);
  if (digits == nullptr || digits->size() < left_in_place_bytes) {
    accept(key, value);
    return;
  }
  ++keys_;
  digits_ += digits->size();
  Block& block = block_for(key, message);
  const std::uint64_t before_bytes = block.held_bytes();
  append_before_digits(block.text, format_, key);
  block.inserted.push_back({block.text.size(), *digits});
  append_after_digits(block.text, format_);
  block.lines.push_back({key, block.text.size()});
  if (!block.keeps(message)) {
    block.messages.push_back(message);
    block.message_bytes += message->capacity();
  }
  held_bytes_ += block.held_bytes() - before_bytes;
}

// The open block if the key continues its run, else a new one. Values of one message stay in one
// block, so that its memory is counted once.
ResultMap::Block& ResultMap::block_for(Key key, const SharedBytes& message) {
  if (open_ != blocks_.end()) {
    Block& open = open_->second;
    const bool has_room = open.text.size() + open.message_bytes < block_bytes;
    if (open.lines.back().key < key && (has_room || open.keeps(message))) return open;
    close_open_block();
  }
  open_ = blocks_.try_emplace(key).first;
  held_bytes_ += open_->second.held_bytes();
  return open_->second;
}

// A block that takes no more lines gives back the room that it kept for them.
void ResultMap::close_open_block() {
  if (open_ == blocks_.end()) return;
  Block& block = std::exchange(open_, blocks_.end())->second;
  held_bytes_ -= block.held_bytes();
  if (block.text.capacity() - block.text.size() > block.text.size() / 8) block.text.shrink_to_fit();
  if (block.lines.capacity() - block.lines.size() > block.lines.size() / 8)
    block.lines.shrink_to_fit();
  held_bytes_ += block.held_bytes();
}

void ResultMap::accept_part(Key key, std::uint64_t total_bytes, std::uint64_t offset_bytes,
                            std::string_view digits) {
  const auto [entry, is_new] = long_.try_emplace(key);
  LongValue& value = entry->second;
  if (is_new) held_bytes_ += node_bytes;
  if (offset_bytes == 0) {
    held_bytes_ -= value.piece_bytes;
    value.pieces.clear();
    value.piece_bytes = 0;
    value.received_bytes = 0;
    value.total_bytes = total_bytes;
  }
  value.received_bytes = offset_bytes + digits.size();
  // A value that had to begin again, elsewhere, has the same digits: some may be written already.
  if (value.received_bytes > value.written_bytes) {
    digits.remove_prefix(value.written_bytes > offset_bytes ? value.written_bytes - offset_bytes
                                                            : 0);
    if (key == bound_) {
      write_pieces(key, value);
      output_->write(digits);
      value.written_bytes += digits.size();
    } else {
      value.pieces.emplace_back(digits);
      value.piece_bytes += digits.size();
      held_bytes_ += digits.size();
    }
  }
  if (value.is_whole()) {
    ++keys_;
    digits_ += total_bytes;
  }
}

void ResultMap::settled_below(Key bound) {
  write_until(bound);
  bound_ = bound;
  // The next value in key order may be one whose pieces are coming.
  if (const auto next = long_.find(bound); next != long_.end()) write_pieces(bound, next->second);
}

void ResultMap::settled() {
  write_until(std::nullopt);
}

// Every value below the bound is there in full; without one, every value.
void ResultMap::write_until(std::optional<Key> bound) {
  const auto due = [&](const auto& map) {
    return !map.empty() && (!bound || map.begin()->first < *bound);
  };
  while (due(blocks_) || due(long_)) {
    if (!long_.empty() && (blocks_.empty() || long_.begin()->first < blocks_.begin()->first)) {
      const auto first = long_.begin();
      write_earlier_below(first->first);
      write_long(first->first, first->second);
      held_bytes_ -= node_bytes + first->second.piece_bytes;
      long_.erase(first);
      continue;
    }
    // Up to the bound, or to the first line of another block or long value, whichever is first.
    const Key first_key = blocks_.begin()->first;
    write_earlier_below(first_key);
    Key limit = bound ? *bound - 1 : std::numeric_limits<Key>::max();
    if (const auto other = std::next(blocks_.begin()); other != blocks_.end())
      limit = std::min(limit, other->first - 1);
    if (!long_.empty()) limit = std::min(limit, long_.begin()->first - 1);
    // Values of earlier runs may belong between any two lines.
    if (earlier_ != nullptr) limit = first_key;
    write_block(limit);
  }
  write_earlier_below(bound);
  if (pace_ == Pace::steady) flush();
}

// The rest of a value, if all of it has come.
void ResultMap::write_long(Key key, LongValue& value) {
  if (value.is_whole()) {
    write_pieces(key, value);
    append_after_digits(lines_, format_);
  } else if (value.begun) {
    flush();
    output_ = &nowhere;
  }
}

void ResultMap::write_earlier_below(std::optional<Key> bound) {
  if (earlier_ == nullptr || output_->cut_short()) return;
  while (const auto earlier = earlier_->take_below(bound)) {
    const auto& [key, value] = *earlier;
    ++keys_;
    ++earlier_keys_;
    digits_ += shown_digits(view_of(value));
    if (const auto* digits = std::get_if<std::string>(&value);
        digits != nullptr && digits->size() > gathered_bytes) {
      append_before_digits(lines_, format_, key);
      output_->write_pieces(std::array<std::string_view, 2>{lines_, *digits});
      lines_.clear();
      append_after_digits(lines_, format_);
    } else {
      append_result(lines_, format_, quantity_, key, view_of(value));
      if (lines_.size() < block_bytes) continue;
      flush();
    }
    // However much is kept, nobody waits for it once the run is to end.
    if (output_->cut_short_if_asked()) return;
  }
}

// Writes the lines of the first block whose keys are not above the limit; the first one's is not.
void ResultMap::write_block(Key limit) {
  const auto first = blocks_.begin();
  Block& block = first->second;
  const auto rest = std::ranges::upper_bound(
      block.lines.begin() + static_cast<std::ptrdiff_t>(block.written_lines), block.lines.end(),
      limit, {}, &Line::key);
  const std::size_t begin_bytes = block.written_bytes();
  block.written_lines = static_cast<std::size_t>(rest - block.lines.begin());
  write_lines(block, begin_bytes, block.written_bytes());
  const bool is_open = first == open_;
  if (rest == block.lines.end()) {
    held_bytes_ -= block.held_bytes();
    if (is_open) open_ = blocks_.end();
    blocks_.erase(first);
    return;
  }
  const Key next_key = rest->key;
  auto node = blocks_.extract(first);
  node.key() = next_key;
  const auto place = blocks_.insert(std::move(node)).position;
  if (is_open) open_ = place;
}

void ResultMap::write_lines(Block& block, std::size_t begin_bytes, std::size_t end_bytes) {
  const std::string_view text = block.text;
  const auto is_due = [&] {
    return block.written_insertions < block.inserted.size() &&
           block.inserted[block.written_insertions].at < end_bytes;
  };
  if (!is_due()) {
    append_lines(text.substr(begin_bytes, end_bytes - begin_bytes));
    return;
  }
  std::vector<std::string_view> pieces{lines_};
  std::size_t at_bytes = begin_bytes;
  for (; is_due(); ++block.written_insertions) {
    const auto& [insertion_bytes, digits] = block.inserted[block.written_insertions];
    pieces.push_back(text.substr(at_bytes, insertion_bytes - at_bytes));
    pieces.push_back(digits);
    at_bytes = insertion_bytes;
  }
  pieces.push_back(text.substr(at_bytes, end_bytes - at_bytes));
  output_->write_pieces(pieces);
  lines_.clear();
}

void ResultMap::write_pieces(Key key, LongValue& value) {
  if (!std::exchange(value.begun, true)) {
    append_before_digits(lines_, format_, key);
    flush();
  }
  for (std::string& piece : value.pieces) {
    output_->write(piece);
    value.written_bytes += piece.size();
    std::string().swap(piece);
  }
  value.pieces.clear();
  held_bytes_ -= std::exchange(value.piece_bytes, 0);
}

void ResultMap::append_lines(std::string_view lines) {
  if (lines.size() < gathered_bytes) {
    lines_ += lines;
    if (lines_.size() < block_bytes) return;
    flush();
    return;
  }
  flush();
  output_->write(lines);
}

void ResultMap::flush() {
  if (lines_.empty()) return;
  output_->write(lines_);
  lines_.clear();
}

}  // namespace fibo
