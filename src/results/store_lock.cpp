// SPDX-License-Identifier: MIT
#include "store_lock.hpp"

#include <array>
#include <cerrno>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace fibo::store {
namespace {

std::string content(int descriptor) {
  std::array<char, 4096> bytes{};
  const ssize_t size = ::pread(descriptor, bytes.data(), bytes.size(), 0);
  const std::string_view text(bytes.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  // Empty for the moment between taking the lock and writing into it.
  return text.empty() ? "another run" : std::string(text.substr(0, text.find('\n')));
}

bool same_file(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

}  // namespace

RunLock::RunLock(const std::filesystem::path& store, const std::string& holder)
    : file_(store.string() + ".lock") {
  while (!try_lock()) {
  }
  const std::string line = holder + '\n';
  if (::ftruncate(descriptor_, 0) == 0 &&
      ::pwrite(descriptor_, line.data(), line.size(), 0) == static_cast<ssize_t>(line.size()))
    return;
  const int error_number = errno;
  release();
  throw std::system_error(error_number, std::generic_category(), file_.string());
}

RunLock::~RunLock() {
  release();
}

void RunLock::release() {
  // Removed while it is held: whoever opened it meanwhile sees that the name is gone, and tries
  // again.
  ::unlink(file_.c_str());
  ::close(descriptor_);
}

bool RunLock::try_lock() {
  const auto fail = [this](int error_number) {
    if (descriptor_ >= 0) ::close(descriptor_);
    throw std::system_error(error_number, std::generic_category(), file_.string());
  };
  descriptor_ = ::open(file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (descriptor_ < 0) fail(errno);

  struct flock whole {};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  if (::fcntl(descriptor_, F_OFD_SETLK, &whole) != 0) {
    if (errno != EAGAIN && errno != EACCES) fail(errno);
    const std::string holder = content(descriptor_);
    ::close(descriptor_);
    throw LockHeld(holder);
  }

  struct stat locked {};
  struct stat named {};
  if (::fstat(descriptor_, &locked) == 0 && ::stat(file_.c_str(), &named) == 0 &&
      same_file(locked, named))
    return true;
  ::close(descriptor_);
  return false;
}

}  // namespace fibo::store
