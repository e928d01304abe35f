// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

/// Texts within the formats that records are written in, and numbers for people.
namespace fibo {

/// The text with U+FFFD for what is no UTF-8, which a file name may hold and no JSON or XML.
std::string valid_utf8(std::string_view text);

/// The text as a JSON string, in its quotes.
std::string json_quoted(std::string_view text);

/// The text in XML or HTML, between tags or in an attribute's quotes.
std::string xml_escaped(std::string_view text);

/// "1,000,000": for people, the same in messages, pictures and pages.
std::string grouped(std::uint64_t number);

/// "1 key", "1,000 keys": so many of what is called `one`.
std::string counted(std::uint64_t count, std::string_view one);

/// The verb to that.
constexpr std::string_view is_or_are(std::uint64_t count) {
  return count == 1 ? "is" : "are";
}

/// "7,191", "4.2", "0.22": so many a second; two figures below ten, as 0 would say nothing.
std::string rate_text(double per_s);

/// "12.3 us", "1.25 s", "2 min 5 s", "3 h 4 min": a duration for people.
std::string duration_text(double seconds);

/// The word as it is typed in a shell: in single quotes where the shell would read more into it.
std::string shell_quoted(std::string_view word);

/// The words as they are typed in a shell, as one command.
std::string shell_command(std::span<const std::string> words);

}  // namespace fibo
