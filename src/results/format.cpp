// SPDX-License-Identifier: MIT
#include "fibo/results/format.hpp"

#include "fibo/fibonacci/overloaded.hpp"

#include <iterator>
#include <variant>

#include <fmt/format.h>

namespace fibo {
namespace {

// All values consist of decimal digits, which neither CSV nor JSON asks to quote or to escape.

// What follows the digits of a full value, but for the newline.
std::string_view closing(Format format) {
  return format == Format::jsonl ? R"("})" : "";
}

void append_full(std::string& out, Format format, std::uint64_t n, std::string_view digits) {
  append_before_digits(out, format, n);
  out += digits;
  out += closing(format);
}

void append_text(std::string& out, const Quantity& quantity, std::uint64_t n, const Value& value) {
  const auto to = std::back_inserter(out);
  std::visit(Overloaded{
                 [&](const std::string& digits) { append_full(out, Format::text, n, digits); },
                 [&](const Ends& ends) {
                   fmt::format_to(to, "F({}) = {}{}{} ({} {})", n, ends.leading,
                                  ends.trailing.empty() ? "" : "...", ends.trailing,
                                  ends.digit_count, ends.digit_count == 1 ? "digit" : "digits");
                 },
                 [&](std::uint64_t residue) {
                   fmt::format_to(to, "F({}) mod {} = {}", n, std::get<Residue>(quantity).modulus,
                                  residue);
                 },
             },
             value);
}

void append_csv(std::string& out, std::uint64_t n, const Value& value) {
  const auto to = std::back_inserter(out);
  std::visit(Overloaded{
                 [&](const std::string& digits) { append_full(out, Format::csv, n, digits); },
                 [&](const Ends& ends) {
                   fmt::format_to(to, "{},{},{},{}", n, ends.digit_count, ends.leading,
                                  ends.trailing);
                 },
                 [&](std::uint64_t residue) { fmt::format_to(to, "{},{}", n, residue); },
             },
             value);
}

void append_jsonl(std::string& out, std::uint64_t n, const Value& value) {
  const auto to = std::back_inserter(out);
  std::visit(Overloaded{
                 [&](const std::string& digits) { append_full(out, Format::jsonl, n, digits); },
                 [&](const Ends& ends) {
                   if (ends.trailing.empty())
                     fmt::format_to(to, R"({{"n":{},"digits":{},"value":"{}"}})", n,
                                    ends.digit_count, ends.leading);
                   else
                     fmt::format_to(to, R"({{"n":{},"digits":{},"leading":"{}","trailing":"{}"}})",
                                    n, ends.digit_count, ends.leading, ends.trailing);
                 },
                 [&](std::uint64_t residue) {
                   fmt::format_to(to, R"({{"n":{},"residue":"{}"}})", n, residue);
                 },
             },
             value);
}

}  // namespace

void append_before_digits(std::string& out, Format format, std::uint64_t n) {
  const auto to = std::back_inserter(out);
  switch (format) {
    case Format::text:
      fmt::format_to(to, "F({}) = ", n);
      break;
    case Format::csv:
      fmt::format_to(to, "{},", n);
      break;
    case Format::jsonl:
      fmt::format_to(to, R"({{"n":{},"value":")", n);
      break;
  }
}

void append_after_digits(std::string& out, Format format) {
  out += closing(format);
  out += '\n';
}

std::string_view header(Format format, const Quantity& quantity) {
  if (format != Format::csv) return {};
  return std::visit(
      Overloaded{
          [](const FullDigits&) { return std::string_view("n,value\n"); },
          [](const EndDigits&) { return std::string_view("n,digits,leading,trailing\n"); },
          [](const Residue&) { return std::string_view("n,residue\n"); },
      },
      quantity);
}

void append_result(std::string& out, Format format, const Quantity& quantity, std::uint64_t n,
                   const Value& value) {
  switch (format) {
    case Format::text:
      append_text(out, quantity, n, value);
      break;
    case Format::csv:
      append_csv(out, n, value);
      break;
    case Format::jsonl:
      append_jsonl(out, n, value);
      break;
  }
  out += '\n';
}

}  // namespace fibo
