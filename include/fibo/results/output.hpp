// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

namespace fibo {

/// An output that cannot be opened, written or completed: where, and the operating system's reason.
class OutputError : public std::system_error {
 public:
  OutputError(const std::string& place, int error_number);

  [[nodiscard]] const std::string& place() const { return place_; }
  [[nodiscard]] std::string reason() const { return code().message(); }

 private:
  std::string place_;
};

/// Where bytes of results go. Every function throws OutputError.
class Output {
 public:
  Output() = default;
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;
  virtual ~Output() = default;

  virtual void write(std::string_view bytes) = 0;

  /// The same for bytes that do not lie together.
  virtual void write_pieces(std::span<const std::string_view> pieces) {
    for (const std::string_view piece : pieces) write(piece);
  }

  /// Everything has been written: makes the output complete. To be called once, last.
  virtual void commit() = 0;

  /// Whether something that was to be written went nowhere, as the run was interrupted. Such an
  /// output is not to be committed.
  [[nodiscard]] virtual bool cut_short() const { return false; }

  /// For whoever has more to write than anybody will wait for once the run is interrupted: if it
  /// is, nothing more is written from now on. Returns whether the output is cut short.
  virtual bool cut_short_if_asked() { return cut_short(); }
};

/// Says whether whoever waits for a reader, or for a disk, is to give up. Looked at where write()
/// would block and whenever a signal handler has run meanwhile; of a file that is complete or
/// absent, before each write; and by cut_short_if_asked().
using StopWaiting = std::function<bool()>;

/// The standard output of this process.
std::unique_ptr<Output> open_standard_output(StopWaiting stop_waiting = {});

/// Waits until what was written to standard output has been read, if that is a pipe, but no longer
/// than a second, and then a moment for whoever has read it to pass it on.
void let_standard_output_pass();

/// Whether open_output_file() gives an output that is written as it comes, not complete or absent.
bool is_written_in_place(const std::filesystem::path& path);

/// A file that is complete or absent: it is written under another name in the same folder and gets
/// its own name by commit(), with the mode of the file that it replaces. Without commit() nothing
/// of it is left, and an old file stays as it was. Of a symbolic link, this holds for what it
/// points to. What is no regular file (a pipe, /dev/null) is written in place.
std::unique_ptr<Output> open_output_file(const std::filesystem::path& path,
                                         StopWaiting stop_waiting = {});

}  // namespace fibo
