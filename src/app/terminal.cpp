// SPDX-License-Identifier: MIT
#include "fibo/app/terminal.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace fibo {
namespace {

class DeviceTerminal final : public Terminal {
 public:
  /// @param descriptor  of the terminal, not blocking; this closes it
  /// @param group       the process group that the user started, at the terminal
  DeviceTerminal(int descriptor, pid_t group) : descriptor_(descriptor), group_(group) {}
  ~DeviceTerminal() override { ::close(descriptor_); }

  [[nodiscard]] std::size_t columns() const override {
    // -1 where the terminal is not that of this session: then nobody can have sent it there.
    const pid_t in_front = ::tcgetpgrp(descriptor_);
    if (in_front != -1 && in_front != group_) return 0;
    winsize size{};
    constexpr std::size_t usual = 80;
    if (::ioctl(descriptor_, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return usual;
    return size.ws_col;
  }

  void write(std::string_view text) override {
    // Part of a line is as good as none: the next one begins where this did.
    [[maybe_unused]] const auto written = ::write(descriptor_, text.data(), text.size());
  }

 private:
  int descriptor_;
  pid_t group_;
};

// Whose output this process's is in the end: mpirun's, if that is the parent.
pid_t owner_of_output() {
  const pid_t parent = ::getppid();
  std::string name;
  std::getline(std::ifstream(fmt::format("/proc/{}/comm", parent)), name);
  constexpr std::array launchers{"mpirun", "orterun", "prterun", "mpiexec"};
  return std::ranges::find(launchers, name) != launchers.end() ? parent : ::getpid();
}

std::vector<std::string> command_line(pid_t process) {
  std::vector<std::string> words;
  std::ifstream in(fmt::format("/proc/{}/cmdline", process), std::ios::binary);
  for (std::string word; std::getline(in, word, '\0');) words.push_back(std::move(word));
  return words;
}

// Of mpirun's options, those by which it writes ranks' output to files, or changes it.
bool output_is_changed(pid_t owner) {
  constexpr std::array<std::string_view, 4> options{"output", "tag-output", "timestamp-output",
                                                    "xml"};
  std::vector<std::string> words = command_line(owner);
  // What follows is this program and its own options.
  words.resize(words.size() - std::min(words.size(), command_line(::getpid()).size()));
  return std::ranges::any_of(words, [&](std::string_view word) {
    const std::size_t dashes = std::min(word.find_first_not_of('-'), word.size());
    return dashes > 0 && std::ranges::any_of(options, [&](std::string_view option) {
             return word.substr(dashes).starts_with(option);
           });
  });
}

std::string descriptor_path(pid_t owner, int descriptor) {
  return fmt::format("/proc/{}/fd/{}", owner, descriptor);
}

// Opens the terminal anew, so that this program's manner of writing is not the others'; -1 if it is
// none.
int open_terminal(pid_t owner, int descriptor) {
  const int opened = ::open(descriptor_path(owner, descriptor).c_str(),
                            O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  if (opened >= 0 && ::isatty(opened) == 0) {
    ::close(opened);
    return -1;
  }
  return opened;
}

}  // namespace

Screen find_screen() {
  const pid_t owner = owner_of_output();
  Screen screen;
  if (const int out = open_terminal(owner, STDOUT_FILENO); out >= 0) {
    screen.out_is_terminal = true;
    ::close(out);
  }
  std::error_code unreadable;
  screen.out_is_pipe = std::filesystem::is_fifo(descriptor_path(owner, STDOUT_FILENO), unreadable);
  const bool own = owner == ::getpid();
  if (!own && output_is_changed(owner)) return screen;
  if (const int err = open_terminal(owner, STDERR_FILENO); err >= 0)
    screen.err = std::make_unique<DeviceTerminal>(err, ::getpgid(owner));
  return screen;
}

}  // namespace fibo
