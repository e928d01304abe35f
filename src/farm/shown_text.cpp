// SPDX-License-Identifier: MIT
#include "fibo/farm/shown_text.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

namespace fibo {
namespace {

// U+0000 to U+001F, U+007F, and U+0080 to U+009F, which some terminals obey as well.
bool is_control(std::string_view character) {
  const auto first = static_cast<unsigned char>(character[0]);
  if (character.size() == 1) return first < 0x20 || first == 0x7f;
  return first == 0xc2 && static_cast<unsigned char>(character[1]) < 0xa0;
}

std::string printable_start(std::string_view text, std::size_t most_characters) {
  std::string result;
  for (std::size_t count = 0; !text.empty(); ++count) {
    if (count == most_characters) return result + "…";
    const std::size_t length = utf8_length(text);
    const std::string_view character = text.substr(0, std::max<std::size_t>(length, 1));
    text.remove_prefix(character.size());
    if (length > 0 && !is_control(character)) {
      result += character;
      continue;
    }
    for (const char byte : character)
      result += fmt::format("\\x{:02x}", static_cast<unsigned char>(byte));
  }
  return result;
}

}  // namespace

std::size_t utf8_length(std::string_view text) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = at(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((at(i) & 0xc0) != 0x80) return 0;
  // Too long a form, half of a UTF-16 pair, or past U+10FFFF.
  const unsigned second = at(1);
  const bool wrong = (first == 0xe0 && second < 0xa0) || (first == 0xed && second >= 0xa0) ||
                     (first == 0xf0 && second < 0x90) || (first == 0xf4 && second >= 0x90);
  return wrong ? 0 : length;
}

std::string printable(std::string_view text) {
  return printable_start(text, std::numeric_limits<std::size_t>::max());
}

std::string shown(std::string_view text) {
  constexpr std::size_t most_characters = 60;
  return printable_start(text, most_characters);
}

}  // namespace fibo
