// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/farm/key_range.hpp"

#include <iosfwd>
#include <string>
#include <vector>

namespace fibo {

/// Reads keys and ranges, one a line. Blank lines, `#` comments, spaces around a key, CRLF and a
/// UTF-8 byte order mark are accepted. A line has at most 1 MiB.
/// @param name  of the input, for messages
/// @throws UsageError  that names the input and the line
std::vector<KeyRange> read_keys(std::istream& in, const std::string& name);

/// The same from a file; "-" is the standard input.
/// @throws UsageError  also if the file cannot be opened or read
std::vector<KeyRange> read_keys_file(const std::string& path);

}  // namespace fibo
