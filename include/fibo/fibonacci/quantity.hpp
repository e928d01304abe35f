// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/fibonacci/ends.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace fibo {

/// What is computed for each key n.
/// F(n) in full, in decimal.
struct FullDigits {
  bool operator==(const FullDigits&) const = default;
};
/// The number of digits of F(n), its first `count` and its last `count`; `count` >= 1.
struct EndDigits {
  std::uint64_t count = 1;
  bool operator==(const EndDigits&) const = default;
};
/// F(n) mod `modulus`; `modulus` >= 1.
struct Residue {
  std::uint64_t modulus = 1;
  bool operator==(const Residue&) const = default;
};
using Quantity = std::variant<FullDigits, EndDigits, Residue>;

/// The answer for one key, its alternatives in the order of those of Quantity: the digits of F(n),
/// its ends, or its residue.
using Value = std::variant<std::string, Ends, std::uint64_t>;

/// A value that lies elsewhere, its alternatives in the order of those of Value.
struct EndsView {
  std::uint64_t digit_count = 0;
  std::string_view leading;
  std::string_view trailing;

  friend bool operator==(const EndsView&, const EndsView&) = default;
};
using ValueView = std::variant<std::string_view, EndsView, std::uint64_t>;

/// Valid as long as the value lies where it is.
ValueView view_of(const Value& value);
/// A copy of what the view shows.
Value copy_of(const ValueView& view);

/// The answer for key n.
/// @throws std::length_error, std::bad_alloc  as `fibonacci(n)` does, for FullDigits alone
Value evaluate(const Quantity& quantity, std::uint64_t n);

/// The functions below say no more bytes than these, however many it would be.
inline constexpr std::uint64_t most_bytes = std::uint64_t{1} << 63;

/// An upper bound of the bytes that the answer for key n holds: about 0.209 n for FullDigits.
std::uint64_t value_bytes(const Quantity& quantity, std::uint64_t n);

/// The largest key that can be answered at all: any for the ends and residues, less for F(n) in
/// full.
std::uint64_t max_key(const Quantity& quantity);

/// The bytes that the answer for key n takes at its peak: to compute it, to keep it where it was
/// computed, and to keep it where answers are gathered. Beyond max_key(), what it would take if it
/// could be computed.
std::uint64_t working_bytes(const Quantity& quantity, std::uint64_t n);

/// The bytes that computing answers for neighbouring keys up to n <= max_key() takes at its peak,
/// where they are computed.
std::uint64_t computing_bytes(const Quantity& quantity, std::uint64_t n);

/// A rough time to compute the answer for key n <= max_key(), in seconds on one core of about 3
/// GHz. Good enough to size pieces of work by, monotone in n, and nothing else.
double estimated_cost_s(const Quantity& quantity, std::uint64_t n);

/// The same where the answer for key n - gap was computed just before, 1 <= gap <= n: digits in
/// full follow from near ones.
double estimated_cost_after_s(const Quantity& quantity, std::uint64_t n, std::uint64_t gap);

/// Whether the value is one that answers the quantity for key n <= max_key(), as far as its kind,
/// its lengths and its range tell: the digits themselves are not looked at. Takes some nanoseconds.
bool has_form_of_answer(const Quantity& quantity, std::uint64_t n, const ValueView& value);

/// How many decimal digits the value shows.
std::uint64_t shown_digits(const ValueView& value);

}  // namespace fibo
