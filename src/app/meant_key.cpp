// SPDX-License-Identifier: MIT
#include "fibo/app/meant_key.hpp"

#include "fibo/arithmetic/wide_integers.hpp"
#include "fibo/farm/key_range.hpp"
#include "fibo/farm/shown_text.hpp"
#include "fibo/results/text.hpp"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <limits>

#include <fmt/format.h>

namespace fibo {
namespace {

bool is_key_or_range(std::string_view text) {
  try {
    parse_key_range(text);
    return true;
  } catch (const KeySyntaxError&) {
    return false;
  }
}

bool is_number(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

bool is_letter(char c) {
  return std::isalpha(static_cast<unsigned char>(c)) != 0;
}

bool has_space(std::string_view text) {
  return text.find_first_of(" \t") != std::string_view::npos;
}

std::string with_replaced(std::string_view text, std::string_view from, std::string_view to) {
  std::string result;
  for (std::size_t at = text.find(from); at != std::string_view::npos; at = text.find(from)) {
    result.append(text.substr(0, at)).append(to);
    text.remove_prefix(at + from.size());
  }
  return result.append(text);
}

// "1-9", "1:9", "1...9", "1..=9": ranges elsewhere; and with what word processors make of dots and
// dashes.
std::string meant_range(std::string_view text) {
  for (const char* const sign : {"...", "..=", "…", "-", "–", "—", ":", "..", "to"}) {
    for (const std::string& separator : {std::string(sign), fmt::format(" {} ", sign)}) {
      const std::size_t at = text.find(separator);
      if (at == 0 || at == std::string_view::npos) continue;
      std::string range = with_replaced(text, separator, "..");
      if (is_key_or_range(range)) return range;
    }
  }
  return "";
}

// "1,000", "1_000" and "1 000", but not "100 200".
bool is_number_in_threes(std::string_view text, char separator) {
  constexpr std::size_t three = 3;
  bool zero_begins_a_group = false;
  for (bool first = true;; first = false) {
    const std::size_t at = text.find(separator);
    const std::string_view group = text.substr(0, at);
    if (!is_number(group) || group.size() > three || (!first && group.size() < three)) return false;
    zero_begins_a_group = zero_begins_a_group || (!first && group[0] == '0');
    if (at == std::string_view::npos) break;
    text.remove_prefix(at + 1);
  }
  return separator != ' ' || zero_begins_a_group;
}

std::string meant_number(std::string_view text) {
  for (const char separator : {',', '_', '\'', ' '}) {
    if (text.find(separator) != std::string_view::npos && is_number_in_threes(text, separator))
      return with_replaced(text, {&separator, 1}, "");
  }
  return "";
}

std::string_view without_leading(std::string_view text, std::string_view characters) {
  return text.substr(std::min(text.find_first_not_of(characters), text.size()));
}

// "1,2", "1; 2" and "1 2" are several keys, "1," is one.
std::string meant_keys(std::string_view text) {
  constexpr std::string_view space = " \t";
  std::string keys;
  while (!text.empty()) {
    const std::string_view key = text.substr(0, text.find_first_of(" \t,;"));
    if (!is_key_or_range(key)) return "";
    keys.append(keys.empty() ? "" : " ").append(key);
    text = without_leading(text.substr(key.size()), space);
    if (text.starts_with(',') || text.starts_with(';'))
      text = without_leading(text.substr(1), space);
  }
  return keys;
}

// factor * base^exponent, where these are numbers and it is a key.
std::string product_text(std::string_view factor, std::string_view base,
                         std::string_view exponent) {
  for (const std::string_view text : {factor, base, exponent})
    if (!is_number(text) || !is_key_or_range(text)) return "";
  const Key base_number = parse_key_range(base).first();
  Uint128 product = parse_key_range(factor).first();
  // From 2 up, 64 times are too many.
  const Key times = std::min<Key>(parse_key_range(exponent).first(), 64);
  for (Key time = 0; time < times; ++time) {
    product *= base_number;
    if (product > std::numeric_limits<Key>::max()) return "";
  }
  return fmt::to_string(static_cast<Key>(product));
}

// "1e6", "10^6" and "2**20".
std::string meant_power(std::string_view text) {
  for (const std::string_view sign : {"e", "E", "^", "**"}) {
    const std::size_t at = text.find(sign);
    if (at == std::string_view::npos) continue;
    const std::string_view before = text.substr(0, at);
    const std::string_view exponent = text.substr(at + sign.size());
    const bool scientific = sign == "e" || sign == "E";
    return scientific ? product_text(before, "10", exponent) : product_text("1", before, exponent);
  }
  return "";
}

// "F(10)" is what results look like.
std::string meant_index(std::string_view text) {
  if (!text.starts_with("F(") || !text.ends_with(')')) return "";
  const std::string_view inside = text.substr(2, text.size() - 3);
  return is_key_or_range(inside) ? std::string(inside) : "";
}

std::string meant_option(std::string_view text) {
  if (text == "help" || text == "version" || text == "doctor") return fmt::format("--{}", text);
  for (const std::string_view dash : {"–", "—"})
    if (text.starts_with(dash) && text.size() > dash.size() && is_letter(text[dash.size()]))
      return fmt::format("--{}", text.substr(dash.size()));
  const bool letters = std::ranges::any_of(text, is_letter);
  const std::size_t dot = text.rfind('.');
  const bool extension =
      dot != std::string_view::npos && dot > 0 && dot + 1 < text.size() && is_letter(text[dot + 1]);
  if (letters && (extension || text.find('/') != std::string_view::npos))
    return fmt::format("--keys-file {}", shell_quoted(text));
  return "";
}

}  // namespace

std::string meant_for_key(std::string_view text) {
  for (const auto& guess :
       {meant_range, meant_number, meant_keys, meant_power, meant_index, meant_option})
    if (std::string meant = guess(text); !meant.empty()) return meant;
  return "";
}

std::string hint_for_word(std::string_view text) {
  const std::string meant = meant_for_key(text);
  if (meant.empty()) return "";
  const bool in_quotes = !meant.starts_with("--") && has_space(meant) && has_space(text);
  return fmt::format(", here perhaps {}{}", shown(meant), in_quotes ? " without the quotes" : "");
}

std::string hint_for_line(std::string_view text) {
  const std::string meant = meant_for_key(text);
  if (meant.empty() || meant.starts_with("--")) return "";
  return fmt::format(", here perhaps {}{}", shown(meant), has_space(meant) ? ", one a line" : "");
}

}  // namespace fibo
