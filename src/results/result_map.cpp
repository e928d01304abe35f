// SPDX-License-Identifier: MIT
#include "fibo/results/result_map.hpp"

#include <utility>
#include <variant>

namespace fibo {
namespace {

// Lines are given to the output in pieces of about this size: few system calls, little memory.
constexpr std::size_t lines_bytes = std::size_t{1} << 20;

// A node of the map and what its value holds beyond itself.
std::uint64_t bytes_held_for(const Value& value) {
  constexpr std::uint64_t node_bytes = 32 + sizeof(std::pair<const Key, Value>);
  return node_bytes + shown_digits(value);
}

}  // namespace

ResultMap::ResultMap(const Quantity& quantity, Format format, Output& output,
                     EarlierValues* earlier)
    : quantity_(quantity),
      format_(format),
      output_(output),
      earlier_(earlier),
      lines_(header(format, quantity)) {}

void ResultMap::accept(Key key, Value value) {
  held_bytes_ += bytes_held_for(value);
  ++keys_;
  digits_ += shown_digits(value);
  // Most keys come in about ascending order.
  waiting_.emplace_hint(waiting_.end(), key, std::move(value));
}

void ResultMap::settled_below(Key bound) {
  write_until(waiting_.lower_bound(bound), bound);
}

void ResultMap::settled() {
  write_until(waiting_.end(), std::nullopt);
}

void ResultMap::write_until(std::map<Key, Value>::const_iterator end, std::optional<Key> bound) {
  while (waiting_.cbegin() != end) {
    const auto first = waiting_.cbegin();
    write_earlier_below(first->first);
    append_line(first->first, first->second);
    held_bytes_ -= bytes_held_for(first->second);
    waiting_.erase(first);
    if (lines_.size() >= lines_bytes) flush();
  }
  write_earlier_below(bound);
  flush();
}

void ResultMap::write_earlier_below(std::optional<Key> bound) {
  if (earlier_ == nullptr) return;
  while (const auto earlier = earlier_->take_below(bound)) {
    const auto& [key, value] = *earlier;
    append_line(key, value);
    ++keys_;
    ++earlier_keys_;
    digits_ += shown_digits(value);
    if (lines_.size() >= lines_bytes) flush();
  }
}

void ResultMap::append_line(Key key, const Value& value) {
  const auto* const digits = std::get_if<std::string>(&value);
  if (digits == nullptr || digits->size() < lines_bytes) {
    append_result(lines_, format_, quantity_, key, value);
    return;
  }
  // A value as long as many lines is written from where it is: a copy would double its memory.
  append_before_digits(lines_, format_, key);
  flush();
  output_.write(*digits);
  append_after_digits(lines_, format_);
}

void ResultMap::flush() {
  if (lines_.empty()) return;
  output_.write(lines_);
  lines_.clear();
}

}  // namespace fibo
