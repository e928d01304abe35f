// SPDX-License-Identifier: MIT
#include "fibo/results/text.hpp"

#include "fibo/farm/shown_text.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

#include <fmt/format.h>

namespace fibo {
std::string valid_utf8(std::string_view text) {
  std::string valid;
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    if (length == 0)
      valid += "\xef\xbf\xbd";
    else
      valid += text.substr(0, length);
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return valid;
}

std::string json_quoted(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : valid_utf8(text)) {
    if (c == '"' || c == '\\')
      quoted += {'\\', c};
    else if (static_cast<unsigned char>(c) < 0x20)
      quoted += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    else
      quoted += c;
  }
  return quoted + '"';
}

std::string xml_escaped(std::string_view text) {
  std::string escaped;
  for (const char c : valid_utf8(text)) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        // XML has no other control characters, not even escaped.
        if (static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n')
          escaped += "\xef\xbf\xbd";
        else
          escaped += c;
    }
  }
  return escaped;
}

std::string grouped(std::uint64_t number) {
  return fmt::format("{}", fmt::group_digits(number));
}

std::string counted(std::uint64_t count, std::string_view one) {
  return fmt::format("{} {}{}", grouped(count), one, count == 1 ? "" : "s");
}

std::string rate_text(double per_s) {
  constexpr double shown_whole = 9.95;
  if (per_s <= 0 || per_s >= shown_whole) return grouped(static_cast<std::uint64_t>(per_s + 0.5));
  return fmt::format("{:.{}f}", per_s, 1 - static_cast<int>(std::floor(std::log10(per_s))));
}

std::string duration_text(double seconds) {
  if (seconds < 60) {
    struct Unit {
      double seconds;
      const char* name;
    };
    static constexpr std::array<Unit, 4> units{
        {{1, "s"}, {1e-3, "ms"}, {1e-6, "us"}, {1e-9, "ns"}}};
    const auto* unit = std::ranges::find_if(
        units, [&](const Unit& candidate) { return seconds >= candidate.seconds; });
    if (unit == units.end()) unit = seconds == 0 ? units.begin() : units.end() - 1;
    const double number = seconds / unit->seconds;
    return fmt::format("{:.{}f} {}", number, number < 10 ? 2 : number < 100 ? 1 : 0, unit->name);
  }
  if (!(seconds < 1e15)) return "for ever";
  const auto whole = static_cast<std::uint64_t>(seconds + 0.5);
  if (whole < 3600) return fmt::format("{} min {} s", whole / 60, whole % 60);
  if (whole < 86400) return fmt::format("{} h {} min", whole / 3600, whole % 3600 / 60);
  return fmt::format("{} d {} h", whole / 86400, whole % 86400 / 3600);
}

std::string shell_quoted(std::string_view word) {
  constexpr std::string_view plain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=.,:/@%";
  if (!word.empty() && word.find_first_not_of(plain) == std::string_view::npos)
    return std::string(word);
  std::string quoted = "'";
  for (const char c : word) {
    if (c == '\'')
      quoted += "'\\''";
    else
      quoted += c;
  }
  return quoted + '\'';
}

std::string shell_command(std::span<const std::string> words) {
  std::string command;
  for (const std::string& word : words) {
    if (!command.empty()) command += ' ';
    command += shell_quoted(word);
  }
  return command;
}

}  // namespace fibo
