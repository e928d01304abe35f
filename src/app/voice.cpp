// SPDX-License-Identifier: MIT
#include "fibo/app/voice.hpp"

#include "fibo/farm/shown_text.hpp"

#include <algorithm>
#include <ostream>

#include <fmt/format.h>
#include <fmt/ostream.h>

namespace fibo {
namespace {

constexpr std::string_view bold = "\x1b[1m";
constexpr std::string_view bold_red = "\x1b[1;31m";
constexpr std::string_view bold_yellow = "\x1b[1;33m";
constexpr std::string_view reset = "\x1b[0m";

}  // namespace

void Voice::say(std::string_view line, Tone tone) const {
  const std::string_view warning = tone == Tone::warning ? "warning: " : "";
  if (!color_ || tone == Tone::plain) {
    fmt::print(err_, "fibo_mpi: {}{}\n", warning, printable(line));
    return;
  }
  fmt::print(err_, "{}fibo_mpi: {}{}{}\n", tone == Tone::error ? bold_red : bold_yellow, warning,
             reset, printable(line));
}

std::string with_bold_headings(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const bool heading = line.ends_with(':') && !line.starts_with(' ');
    result += heading ? fmt::format("{}{}{}\n", bold, line, reset) : fmt::format("{}\n", line);
  }
  return result;
}

}  // namespace fibo
