// SPDX-License-Identifier: MIT
#include "fibo/app/key_file.hpp"

#include "fibo/app/meant_key.hpp"
#include "fibo/app/options.hpp"

#include <cerrno>
#include <cstdio>
#include <iostream>
#include <streambuf>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

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

// A line of a file, and no more of it than a key with a long comment has: /dev/zero has no end.
class Line {
 public:
  /// Whether there was one.
  bool read_from(std::istream& in) {
    in.getline(characters_.data(), static_cast<std::streamsize>(characters_.size()));
    is_whole_ = !in.fail() || in.eof();
    auto size = static_cast<std::size_t>(in.gcount());
    if (!in.fail() && !in.eof()) --size;  // its end
    text_ = std::string_view(characters_.data(), size);
    return !in.bad() && (!in.fail() || size > 0);
  }

  [[nodiscard]] std::string_view text() const { return text_; }
  [[nodiscard]] bool is_whole() const { return is_whole_; }

 private:
  static constexpr std::size_t most_characters = std::size_t{1} << 20;

  std::vector<char> characters_ = std::vector<char>(most_characters + 1);
  std::string_view text_;
  bool is_whole_ = true;
};

// std::filebuf reads on when a signal interrupts it, for as long as a pipe brings nothing.
class InterruptibleFile final : public std::streambuf {
 public:
  explicit InterruptibleFile(const std::string& path)
      : descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  InterruptibleFile(const InterruptibleFile&) = delete;
  InterruptibleFile& operator=(const InterruptibleFile&) = delete;
  ~InterruptibleFile() override {
    if (is_open()) ::close(descriptor_);
  }

  [[nodiscard]] bool is_open() const { return descriptor_ >= 0; }

 protected:
  int_type underflow() override {
    const ssize_t count = ::read(descriptor_, characters_.data(), characters_.size());
    // The stream goes bad, and errno says why.
    if (count < 0) throw std::system_error(errno, std::generic_category());
    if (count == 0) return traits_type::eof();
    setg(characters_.data(), characters_.data(), characters_.data() + count);
    return traits_type::to_int_type(characters_.front());
  }

 private:
  int descriptor_;
  std::vector<char> characters_ = std::vector<char>(std::size_t{1} << 16);
};

}  // namespace

std::vector<KeyRange> read_keys(std::istream& in, const std::string& name) {
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  std::vector<KeyRange> ranges;
  Line line;
  for (std::size_t number = 1; line.read_from(in); ++number) {
    std::string_view text = line.text();
    if (number == 1 && text.starts_with(byte_order_mark))
      text.remove_prefix(byte_order_mark.size());
    text = without_comment_and_space(text);
    if (text.empty() && line.is_whole()) continue;
    if (!is_text(text))
      throw UsageError(fmt::format(
          "{}:{}: this is not a text file of keys; give one, and save it as UTF-8 if it is UTF-16",
          name, number));
    if (!line.is_whole())
      throw UsageError(fmt::format(
          "{}:{}: the line is longer than 1 MiB; give one key or range a line", name, number));
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
  InterruptibleFile file(path);
  if (!file.is_open()) throw unreadable(path, errno);
  std::istream in(&file);
  return read_keys(in, path);
}

}  // namespace fibo
