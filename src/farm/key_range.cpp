// SPDX-License-Identifier: MIT
#include "fibo/farm/key_range.hpp"

#include "fibo/farm/shown_text.hpp"

#include <array>
#include <charconv>
#include <system_error>

#include <fmt/format.h>

namespace fibo {
namespace {

Key parse_key(std::string_view text, std::string_view whole) {
  constexpr std::string_view form =
      "a key is an integer from 0 to 18446744073709551615 or a range A..B or A..B..STEP";
  const auto* const end = text.data() + text.size();
  Key key = 0;
  const auto [parsed_to, error] = std::from_chars(text.data(), end, key);
  if (error == std::errc::result_out_of_range && parsed_to == end)
    throw KeySyntaxError(fmt::format("'{}' is too large; {}", shown(whole), form));
  if (error != std::errc{} || parsed_to != end)
    throw KeySyntaxError(fmt::format("'{}' is not a key; {}", shown(whole), form));
  return key;
}

}  // namespace

KeyRange::KeyRange(Key first, Key last, Key step) : first_(first), last_(last), step_(step) {
  if (first > last) throw std::invalid_argument("a range's first key is above its last");
  if (step == 0) throw std::invalid_argument("a range's step is zero");
  last_ -= (last - first) % step;
}

KeyRange parse_key_range(std::string_view text) {
  constexpr std::string_view separator = "..";
  std::array<std::string_view, 3> fields;
  std::size_t field_count = 0;
  for (std::string_view rest = text;;) {
    const std::size_t at = field_count < 2 ? rest.find(separator) : std::string_view::npos;
    fields.at(field_count++) = rest.substr(0, at);
    if (at == std::string_view::npos) break;
    rest.remove_prefix(at + separator.size());
  }

  const Key first = parse_key(fields[0], text);
  if (field_count == 1) return {first, first};
  const Key last = parse_key(fields[1], text);
  const Key step = field_count == 3 ? parse_key(fields[2], text) : 1;
  if (first > last)
    throw KeySyntaxError(fmt::format("'{}' is reversed; write the smaller key first: {}..{}{}",
                                     shown(text), last, first,
                                     field_count == 3 ? fmt::format("..{}", step) : ""));
  if (step == 0)
    throw KeySyntaxError(fmt::format("'{}' has step 0; a step is 1 or more", shown(text)));
  return {first, last, step};
}

}  // namespace fibo
