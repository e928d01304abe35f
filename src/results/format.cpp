// SPDX-License-Identifier: MIT
#include "fibo/results/format.hpp"

#include "fibo/fibonacci/overloaded.hpp"

#include <array>
#include <charconv>
#include <variant>

namespace fibo {
namespace {

// All values consist of decimal digits, which neither CSV nor JSON asks to quote or to escape.

// What follows the digits of a full value, but for the newline.
std::string_view closing(Format format) {
  return format == Format::jsonl ? R"("})" : "";
}

void append(std::string& out, std::uint64_t number) {
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), static_cast<std::size_t>(end - digits.data()));
}

void append(std::string& out, std::string_view text) {
  out += text;
}

// One piece of a line after the other: a tenth of the time of a general formatter, which tells
// where there are millions of lines.
void append_all(std::string& out, const auto&... pieces) {
  (append(out, pieces), ...);
}

void append_full(std::string& out, Format format, std::uint64_t n, std::string_view digits) {
  append_before_digits(out, format, n);
  out += digits;
  out += closing(format);
}

void append_text(std::string& out, const Quantity& quantity, std::uint64_t n,
                 const ValueView& value) {
  std::visit(Overloaded{
                 [&](std::string_view digits) { append_full(out, Format::text, n, digits); },
                 [&](const EndsView& ends) {
                   append_all(out, "F(", n, ") = ", ends.leading,
                              ends.trailing.empty() ? "" : "...", ends.trailing, " (",
                              ends.digit_count, ends.digit_count == 1 ? " digit)" : " digits)");
                 },
                 [&](std::uint64_t residue) {
                   append_all(out, "F(", n, ") mod ", std::get<Residue>(quantity).modulus, " = ",
                              residue);
                 },
             },
             value);
}

void append_csv(std::string& out, std::uint64_t n, const ValueView& value) {
  std::visit(Overloaded{
                 [&](std::string_view digits) { append_full(out, Format::csv, n, digits); },
                 [&](const EndsView& ends) {
                   append_all(out, n, ",", ends.digit_count, ",", ends.leading, ",", ends.trailing);
                 },
                 [&](std::uint64_t residue) { append_all(out, n, ",", residue); },
             },
             value);
}

void append_jsonl(std::string& out, std::uint64_t n, const ValueView& value) {
  std::visit(Overloaded{
                 [&](std::string_view digits) { append_full(out, Format::jsonl, n, digits); },
                 [&](const EndsView& ends) {
                   append_all(out, R"({"n":)", n, R"(,"digits":)", ends.digit_count);
                   if (ends.trailing.empty())
                     append_all(out, R"(,"value":")", ends.leading, R"("})");
                   else
                     append_all(out, R"(,"leading":")", ends.leading, R"(","trailing":")",
                                ends.trailing, R"("})");
                 },
                 [&](std::uint64_t residue) {
                   append_all(out, R"({"n":)", n, R"(,"residue":")", residue, R"("})");
                 },
             },
             value);
}

}  // namespace

void append_before_digits(std::string& out, Format format, std::uint64_t n) {
  switch (format) {
    case Format::text:
      append_all(out, "F(", n, ") = ");
      break;
    case Format::csv:
      append_all(out, n, ",");
      break;
    case Format::jsonl:
      append_all(out, R"({"n":)", n, R"(,"value":")");
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
                   const ValueView& value) {
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
