// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/app/options.hpp"

#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>

namespace fibo {

/// @param by_default  what holds where nothing is asked for
inline bool is_colored(When asked, bool by_default) {
  return asked == When::always || (asked == When::automatic && by_default);
}

enum class Tone : std::uint8_t { plain, warning, error };

/// Says the program's messages, one a line, each begun by the program's name.
class Voice {
 public:
  /// @param err    outlives this
  /// @param color  warnings and errors stand out
  Voice(std::ostream& err, bool color) : err_(err), color_(color) {}

  /// @param line  may hold names that the terminal would obey: they are made printable
  void say(std::string_view line, Tone tone = Tone::plain) const;

 private:
  std::ostream& err_;
  bool color_;
};

/// The text with its headings in bold: lines that begin at the margin and end with a colon.
std::string with_bold_headings(std::string_view text);

}  // namespace fibo
