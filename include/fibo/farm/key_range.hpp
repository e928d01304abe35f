// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/farm/key.hpp"

#include <stdexcept>
#include <string_view>

namespace fibo {

/// The keys first, first + step, first + 2 step, ... that are not above the last.
/// Invariant: first <= last, step >= 1, and `last` is itself one of the keys.
class KeyRange {
 public:
  /// @throws std::invalid_argument  if first > last or step == 0
  KeyRange(Key first, Key last, Key step = 1);

  [[nodiscard]] Key first() const { return first_; }
  [[nodiscard]] Key last() const { return last_; }
  [[nodiscard]] Key step() const { return step_; }

  /// How many keys there are, less one: a range may hold all 2^64.
  [[nodiscard]] std::uint64_t count_less_one() const { return (last_ - first_) / step_; }

  bool operator==(const KeyRange&) const = default;

 private:
  Key first_;
  Key last_;
  Key step_;
};

/// A text that is no key and no range. what() says what is wrong with it and what would be right,
/// as in "'-5' is not a key; a key is an integer from 0 to ...".
class KeySyntaxError : public std::invalid_argument {
 public:
  using std::invalid_argument::invalid_argument;
};

/// Reads a key `A`, a range `A..B` or a range with a step `A..B..STEP`, decimal digits only.
/// @throws KeySyntaxError
KeyRange parse_key_range(std::string_view text);

}  // namespace fibo
