// SPDX-License-Identifier: MIT
#include "fibo/app/key_file.hpp"

#include "fibo/app/meant_key.hpp"
#include "fibo/app/options.hpp"

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

namespace fibo {
namespace {

std::string_view without_comment_and_space(std::string_view line) {
  constexpr std::string_view space = " \t\r\f\v";
  line = line.substr(0, line.find('#'));
  const std::size_t first = line.find_first_not_of(space);
  if (first == std::string_view::npos) return {};
  return line.substr(first, line.find_last_not_of(space) - first + 1);
}

// UTF-16 begins with one of the marks, or has a NUL in every other place.
bool is_text(std::string_view line) {
  return line.find('\0') == std::string_view::npos && !line.starts_with("\xFF\xFE") &&
         !line.starts_with("\xFE\xFF");
}

UsageError unreadable(const std::string& name, int error_number) {
  return UsageError(fmt::format("--keys-file: {}: {}; give a file that can be read, or - for stdin",
                                name, std::generic_category().message(error_number)));
}

}  // namespace

std::vector<KeyRange> read_keys(std::istream& in, const std::string& name) {
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  std::vector<KeyRange> ranges;
  std::string line;
  for (std::size_t number = 1; std::getline(in, line); ++number) {
    std::string_view text = line;
    if (number == 1 && text.starts_with(byte_order_mark))
      text.remove_prefix(byte_order_mark.size());
    text = without_comment_and_space(text);
    if (text.empty()) continue;
    if (!is_text(text))
      throw UsageError(fmt::format(
          "{}:{}: this is not a text file of keys; give one, and save it as UTF-8 if it is UTF-16",
          name, number));
    try {
      ranges.push_back(parse_key_range(text));
    } catch (const KeySyntaxError& error) {
      throw UsageError(fmt::format("{}:{}: {}{}", name, number, error.what(), hint_for_line(text)));
    }
  }
  if (in.bad()) throw unreadable(name, errno);
  return ranges;
}

std::vector<KeyRange> read_keys_file(const std::string& path) {
  if (path == "-") {
    std::vector<KeyRange> ranges = read_keys(std::cin, "stdin");
    // The stream takes an error for the end.
    if (std::ferror(stdin) != 0) throw unreadable("stdin", errno);
    return ranges;
  }
  std::error_code none;
  if (std::filesystem::is_directory(path, none)) throw unreadable(path, EISDIR);
  std::ifstream in(path, std::ios::binary);
  if (!in) throw unreadable(path, errno);
  return read_keys(in, path);
}

}  // namespace fibo
