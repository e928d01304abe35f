// SPDX-License-Identifier: MIT
#include "fibo/results/output.hpp"

#include "fibo/results/real_name.hpp"

#include "early_sync.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

namespace fibo {
namespace {

// A file descriptor of ours, closed with us.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }

  [[nodiscard]] int number() const { return number_; }

  /// Closes now; false, with errno set, if the system reports a late write error.
  bool close() { return ::close(std::exchange(number_, -1)) == 0; }

 private:
  int number_;
};

// Writes bytes that need not lie together. Returns whether all was written: not if the reader keeps
// it waiting and `stop_waiting` says so.
bool write_all(int descriptor, std::span<const std::string_view> pieces, const std::string& place,
               const StopWaiting& stop_waiting = {}) {
  std::array<iovec, 256> vectors;
  std::size_t begun_bytes = 0;  // of the first piece, written by an earlier call
  while (!pieces.empty()) {
    const std::size_t count = std::min(pieces.size(), vectors.size());
    for (std::size_t i = 0; i < count; ++i) {
      // writev() only reads what it is given.
      vectors[i] = {const_cast<char*>(pieces[i].data()), pieces[i].size()};
    }
    vectors[0] = {static_cast<char*>(vectors[0].iov_base) + begun_bytes,
                  vectors[0].iov_len - begun_bytes};
    std::size_t asked_bytes = 0;
    for (std::size_t i = 0; i < count; ++i) asked_bytes += vectors[i].iov_len;
    const ssize_t result = ::writev(descriptor, vectors.data(), static_cast<int>(count));
    if (result < 0 && errno == EAGAIN) {
      // Another process has made the file that it shares with this one not wait.
      pollfd waiting{.fd = descriptor, .events = POLLOUT, .revents = 0};
      ::poll(&waiting, 1, -1);
    } else if (result < 0 && errno != EINTR) {
      throw OutputError(place, errno);
    }
    const std::size_t written = result < 0 ? 0 : static_cast<std::size_t>(result);
    if (written < asked_bytes && stop_waiting && stop_waiting()) return false;
    begun_bytes += written;
    while (!pieces.empty() && begun_bytes >= pieces.front().size()) {
      begun_bytes -= pieces.front().size();
      pieces = pieces.subspan(1);
    }
  }
  return true;
}

// Written as it comes: a terminal, a pipe, a device.
class StreamOutput final : public Output {
 public:
  StreamOutput(int descriptor, std::string place, StopWaiting stop_waiting)
      : descriptor_(descriptor), place_(std::move(place)), stop_waiting_(std::move(stop_waiting)) {}

  void write(std::string_view bytes) override { write_pieces({&bytes, 1}); }
  // What comes after something that went nowhere would make no sense to the reader.
  void write_pieces(std::span<const std::string_view> pieces) override {
    if (!cut_short_) cut_short_ = !write_all(descriptor_.number(), pieces, place_, stop_waiting_);
  }

  [[nodiscard]] bool cut_short() const override { return cut_short_; }

  bool cut_short_if_asked() override {
    if (!cut_short_) cut_short_ = stop_waiting_ && stop_waiting_();
    return cut_short_;
  }

  void commit() override {
    if (!descriptor_.close()) throw OutputError(place_, errno);
  }

 private:
  Descriptor descriptor_;
  std::string place_;
  StopWaiting stop_waiting_;
  bool cut_short_ = false;
};

// A file that another is mounted on cannot be replaced, which would be found out at the end.
void refuse_mount_point(const std::filesystem::path& path) {
  struct statx found {};
  if (::statx(AT_FDCWD, path.c_str(), 0, 0, &found) == 0 &&
      (found.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0)
    throw OutputError(path.string(), EBUSY);
}

class ReplacingFile final : public Output {
 public:
  ReplacingFile(const std::filesystem::path& path, StopWaiting stop_waiting)
      : path_(path),
        temporary_(path.string() + ".XXXXXX"),
        file_(::mkstemp(temporary_.data())),
        stop_waiting_(std::move(stop_waiting)) {
    if (file_.number() < 0) throw OutputError(path_.string(), errno);
    if (::fchmod(file_.number(), mode()) != 0) {
      const int error_number = errno;
      ::unlink(temporary_.c_str());
      throw OutputError(path_.string(), error_number);
    }
  }
  ReplacingFile(const ReplacingFile&) = delete;
  ReplacingFile& operator=(const ReplacingFile&) = delete;
  ~ReplacingFile() override {
    if (!committed_) ::unlink(temporary_.c_str());
  }

  void write(std::string_view bytes) override { write_pieces({&bytes, 1}); }
  void write_pieces(std::span<const std::string_view> pieces) override {
    // Whoever ends the run does not want the rest of what may be very long.
    if (!cut_short_) cut_short_ = stop_waiting_ && stop_waiting_();
    if (cut_short_) return;
    write_all(file_.number(), pieces, path_.string());
    std::uint64_t bytes = 0;
    for (const std::string_view piece : pieces) bytes += piece.size();
    sync_.written(bytes);
  }

  [[nodiscard]] bool cut_short() const override { return cut_short_; }

  void commit() override {
    // Synced before it gets its name, so that a crash of the machine cannot leave an empty file
    // under it.
    if (const int error_number = sync_.finish(); error_number != 0)
      throw OutputError(path_.string(), error_number);
    // Whoever takes the last name of a file frees its pages and blocks, which for a long one takes
    // longer than all else here, unless it is still open: then whoever closes it does.
    replaced_.emplace(::open(path_.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    if (::fsync(file_.number()) != 0 || !file_.close() ||
        ::rename(temporary_.c_str(), path_.c_str()) != 0)
      throw OutputError(path_.string(), errno);
    committed_ = true;
  }

 private:
  // That of the file to be replaced, or what a new file would get.
  [[nodiscard]] mode_t mode() const {
    struct stat old {};
    if (::stat(path_.c_str(), &old) == 0) return old.st_mode & 07777;
    const mode_t mask = ::umask(0);
    ::umask(mask);
    return 0666 & ~mask;
  }

  std::filesystem::path path_;
  std::string temporary_;
  Descriptor file_;
  std::optional<Descriptor> replaced_;
  StopWaiting stop_waiting_;
  EarlySync sync_{file_.number()};
  bool cut_short_ = false;
  bool committed_ = false;
};

}  // namespace

OutputError::OutputError(const std::string& place, int error_number)
    : std::system_error(error_number, std::generic_category(), place), place_(place) {}

std::unique_ptr<Output> open_standard_output(StopWaiting stop_waiting) {
  const std::string place = "standard output";
  // What cannot be written to is found out before anything is computed.
  const int flags = ::fcntl(STDOUT_FILENO, F_GETFL);
  if (flags >= 0 && (flags & O_ACCMODE) == O_RDONLY) throw OutputError(place, EBADF);
  const int descriptor = ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
  if (descriptor < 0) throw OutputError(place, errno);
  return std::make_unique<StreamOutput>(descriptor, place, std::move(stop_waiting));
}

void let_standard_output_pass() {
  using std::chrono::milliseconds;
  struct stat found {};
  const bool is_pipe = ::fstat(STDOUT_FILENO, &found) == 0 && S_ISFIFO(found.st_mode);
  for (int waited_ms = 0; is_pipe && waited_ms < 1000; ++waited_ms) {
    int unread_bytes = 0;
    if (::ioctl(STDOUT_FILENO, FIONREAD, &unread_bytes) != 0 || unread_bytes == 0) break;
    std::this_thread::sleep_for(milliseconds(1));
  }
  std::this_thread::sleep_for(milliseconds(20));
}

bool is_written_in_place(const std::filesystem::path& path) {
  std::error_code none;
  const auto status = std::filesystem::status(path, none);
  return std::filesystem::exists(status) && !std::filesystem::is_regular_file(status);
}

std::unique_ptr<Output> open_output_file(const std::filesystem::path& path,
                                         StopWaiting stop_waiting) {
  if (is_written_in_place(path)) {
    const int descriptor = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    if (descriptor < 0) throw OutputError(path.string(), errno);
    return std::make_unique<StreamOutput>(descriptor, path.string(), std::move(stop_waiting));
  }
  std::error_code none;
  if (std::filesystem::exists(path, none) && ::access(path.c_str(), W_OK) != 0)
    throw OutputError(path.string(), errno);
  // A symbolic link stays one: what it points to is replaced.
  std::error_code error;
  const std::filesystem::path target = behind_links(path, error);
  if (error) throw OutputError(target.string(), error.value());
  refuse_mount_point(target);
  return std::make_unique<ReplacingFile>(target, std::move(stop_waiting));
}

}  // namespace fibo
