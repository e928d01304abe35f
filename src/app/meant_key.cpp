// SPDX-License-Identifier: MIT
#include "fibo/app/meant_key.hpp"

#include "fibo/farm/key_range.hpp"

#include <algorithm>
#include <cctype>
#include <cstddef>

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

std::string with_replaced(std::string_view text, std::string_view from, std::string_view to) {
  std::string result;
  for (std::size_t at = text.find(from); at != std::string_view::npos; at = text.find(from)) {
    result.append(text.substr(0, at)).append(to);
    text.remove_prefix(at + from.size());
  }
  return result.append(text);
}

// "1-9", "1:9", "1...9", "1..=9": ranges elsewhere.
std::string meant_range(std::string_view text) {
  for (const std::string_view separator : {"...", "..=", "-", ":", " .. ", " to "}) {
    const std::size_t at = text.find(separator);
    if (at == 0 || at == std::string_view::npos) continue;
    std::string range = with_replaced(text, separator, "..");
    if (is_key_or_range(range)) return range;
  }
  return "";
}

// "1,000" and "1_000" are one number, "1,2" and "1 2" are several.
std::string meant_numbers(std::string_view text) {
  for (const std::string_view separator : {",", "_", "'", " "}) {
    if (text.find(separator) == std::string_view::npos) continue;
    bool in_threes = true;
    bool numbers = true;
    std::size_t part = 0;
    for (std::string_view rest = text; numbers; ++part) {
      const std::size_t at = rest.find(separator);
      const std::string_view number = rest.substr(0, at);
      numbers = is_number(number);
      in_threes = in_threes && (part == 0 ? number.size() <= 3 : number.size() == 3);
      if (at == std::string_view::npos) break;
      rest.remove_prefix(at + 1);
    }
    if (!numbers) continue;
    return with_replaced(text, separator, in_threes ? "" : " ");
  }
  return "";
}

// "1e6" and "10^6".
std::string meant_power(std::string_view text) {
  for (const char sign : {'e', 'E', '^'}) {
    const std::size_t at = text.find(sign);
    if (at == std::string_view::npos) continue;
    const std::string_view digits = text.substr(0, at);
    const std::string_view exponent = text.substr(at + 1);
    if (!is_number(digits) || !is_number(exponent) || exponent.size() > 2) return "";
    if (sign == '^' && digits != "10") return "";
    const auto zeros = static_cast<std::size_t>(std::stoi(std::string(exponent)));
    std::string number = std::string(sign == '^' ? "1" : digits) + std::string(zeros, '0');
    if (is_key_or_range(number)) return number;
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
  const bool letters = std::ranges::any_of(
      text, [](char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; });
  const std::size_t dot = text.rfind('.');
  const bool extension = dot != std::string_view::npos && dot > 0 && dot + 1 < text.size() &&
                         std::isalpha(static_cast<unsigned char>(text[dot + 1])) != 0;
  if (letters && (extension || text.find('/') != std::string_view::npos))
    return fmt::format("--keys-file {}", text);
  return "";
}

}  // namespace

std::string meant_for_key(std::string_view text) {
  for (const auto& guess : {meant_range, meant_numbers, meant_power, meant_index, meant_option})
    if (std::string meant = guess(text); !meant.empty()) return meant;
  return "";
}

}  // namespace fibo
