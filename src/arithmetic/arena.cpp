// SPDX-License-Identifier: MIT
#include "fibo/arithmetic/arena.hpp"

#include <algorithm>
#include <bit>
#include <memory>
#include <new>

#include <sys/mman.h>
#include <sys/resource.h>

namespace fibo::detail {
namespace {

constexpr std::size_t huge_page_bytes = std::size_t{1} << 21;
// A huge page takes longer to clear than a smaller number takes to compute.
constexpr std::size_t min_huge_bytes = std::size_t{1} << 19;
constexpr std::size_t min_bytes = std::size_t{1} << 16;

// An arena that is smaller has so much room to grow where it is: fresh memory costs a key of this
// size more than a few per cent, and keys often ascend.
constexpr std::size_t room_bytes = std::size_t{1} << 26;

std::size_t rounded_up(std::size_t bytes, std::size_t unit) {
  return (bytes + unit - 1) / unit * unit;
}

// Addresses are for the taking unless a limit (ulimit -v) says otherwise.
bool addresses_are_free() {
  rlimit limit{};
  return ::getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur == RLIM_INFINITY;
}

}  // namespace

Arena::~Arena() {
  release();
}

void Arena::release() {
  if (mapped_ != nullptr) ::munmap(mapped_, mapped_bytes_);
  mapped_ = nullptr;
  mapped_bytes_ = room_bytes_ = size_bytes_ = 0;
}

std::size_t Arena::bytes_for(std::size_t count) {
  const std::size_t bytes = count * sizeof(double);
  // Powers of two, so that keys a little larger each do not make it grow each time.
  if (bytes < huge_page_bytes) return std::bit_ceil(std::max(bytes, min_bytes));
  return rounded_up(bytes, huge_page_bytes);
}

bool Arena::map(std::size_t bytes) {
  // One more, to begin where a huge page can.
  const std::size_t mapped_bytes = bytes + huge_page_bytes;
  void* const mapped = ::mmap(nullptr, mapped_bytes, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapped == MAP_FAILED) return false;
  mapped_ = mapped;
  mapped_bytes_ = mapped_bytes;
  void* begin = mapped;
  std::size_t space = mapped_bytes;
  memory_ = static_cast<char*>(std::align(huge_page_bytes, bytes, begin, space));
  room_bytes_ = bytes;
  return true;
}

double* Arena::reserve(std::size_t count) {
  const std::size_t bytes = bytes_for(count);
  if (bytes > size_bytes_) {
    if (bytes > room_bytes_) {
      release();
      const bool has_room = bytes < room_bytes && addresses_are_free() && map(room_bytes);
      if (!has_room && !map(bytes)) throw std::bad_alloc();
    }
    fetch(bytes);
    size_bytes_ = bytes;
  }
  return reinterpret_cast<double*>(memory_);
}

// All of this is only advice: without it the results are the same, later.
void Arena::fetch(std::size_t bytes) {
  if (bytes < min_huge_bytes) {
    // Together, as a fault for each would cost more.
    ::madvise(memory_ + size_bytes_, bytes - size_bytes_, MADV_POPULATE_WRITE);
    return;
  }
  // What is on small pages would stay there, and what is about it.
  if (size_bytes_ != 0 && size_bytes_ < min_huge_bytes)
    ::madvise(memory_, size_bytes_, MADV_DONTNEED);
  ::madvise(memory_, rounded_up(bytes, huge_page_bytes), MADV_HUGEPAGE);
}

}  // namespace fibo::detail
