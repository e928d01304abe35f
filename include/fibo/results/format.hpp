// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/fibonacci/quantity.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace fibo {

/// How results are written: lines for people, comma-separated values, or a JSON object a line.
enum class Format : std::uint8_t { text, csv, jsonl };

/// The first line of an output, with its newline; empty where the format has none.
std::string_view header(Format format, const Quantity& quantity);

/// Appends what stands before and after the digits of F(n) on the line of a full value. Long digits
/// need not be copied into a line.
void append_before_digits(std::string& out, Format format, std::uint64_t n);
void append_after_digits(std::string& out, Format format);

/// Appends the line of one result, with its newline. `value` answers `quantity` for key n.
void append_result(std::string& out, Format format, const Quantity& quantity, std::uint64_t n,
                   const ValueView& value);

}  // namespace fibo
