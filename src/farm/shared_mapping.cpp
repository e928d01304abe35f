// SPDX-License-Identifier: MIT
#include "fibo/farm/shared_mapping.hpp"

#include "fibo/fibonacci/random_seed.hpp"

#include <cstring>
#include <string>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace fibo::detail {

std::shared_ptr<SharedMapping> SharedMapping::make(std::size_t bytes) {
  const int descriptor = ::memfd_create("fibo_mpi messages", MFD_CLOEXEC);
  if (descriptor < 0) return nullptr;
  if (::ftruncate(descriptor, static_cast<off_t>(bytes)) != 0) {
    ::close(descriptor);
    return nullptr;
  }
  auto mapping = map(descriptor, bytes);
  if (!mapping) return nullptr;
  const std::uint64_t token = random_seed();
  std::memcpy(mapping->memory_, &token, sizeof token);
  return mapping;
}

std::shared_ptr<SharedMapping> SharedMapping::open(std::uint64_t process, std::uint64_t descriptor,
                                                   std::uint64_t bytes, std::uint64_t token) {
  const std::string file = "/proc/" + std::to_string(process) + "/fd/" + std::to_string(descriptor);
  const int own = ::open(file.c_str(), O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  if (own < 0) return nullptr;
  // On another machine the same numbers may be those of anything.
  struct stat status {};
  if (::fstat(own, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size < 0 ||
      static_cast<std::uint64_t>(status.st_size) != bytes || bytes < sizeof token) {
    ::close(own);
    return nullptr;
  }
  auto mapping = map(own, bytes);
  if (!mapping || mapping->token() != token) return nullptr;
  return mapping;
}

std::shared_ptr<SharedMapping> SharedMapping::make_private(std::size_t bytes) {
  auto mapping = map(-1, bytes);
  // Only advice: without huge pages messages are the same, later.
  if (mapping) ::madvise(mapping->memory_, bytes, MADV_HUGEPAGE);
  return mapping;
}

std::shared_ptr<SharedMapping> SharedMapping::map(int descriptor, std::size_t bytes) {
  const int flags = descriptor < 0 ? MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE : MAP_SHARED;
  void* const memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, flags, descriptor, 0);
  if (memory == MAP_FAILED) {
    if (descriptor >= 0) ::close(descriptor);
    return nullptr;
  }
  return std::make_shared<SharedMapping>(descriptor, static_cast<char*>(memory), bytes);
}

SharedMapping::~SharedMapping() {
  ::munmap(memory_, bytes_);
  if (descriptor_ >= 0) ::close(descriptor_);
}

std::uint64_t SharedMapping::token() const {
  std::uint64_t token;
  std::memcpy(&token, memory_, sizeof token);
  return token;
}

}  // namespace fibo::detail
