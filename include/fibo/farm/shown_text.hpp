// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// Text that somebody else wrote, in messages.
namespace fibo {

/// How many bytes the character that begins the text, which is not empty, has; 0 if it is no UTF-8
/// (RFC 3629).
std::size_t utf8_length(std::string_view text);

/// The text without what a terminal would obey or could not show: control characters and bytes that
/// are no UTF-8 become "\x1b".
std::string printable(std::string_view text);

/// The same of 60 characters at most, with "…" for the rest: for what may be of any length.
std::string shown(std::string_view text);

}  // namespace fibo
