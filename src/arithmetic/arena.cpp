// SPDX-License-Identifier: MIT
#include "fibo/arithmetic/arena.hpp"

#include <new>

#include <sys/mman.h>

namespace fibo::detail {

Arena::~Arena() {
  release();
}

void Arena::release() {
  if (memory_ != nullptr) ::munmap(memory_, size_bytes_);
  memory_ = nullptr;
  size_bytes_ = 0;
}

double* Arena::reserve(std::size_t count) {
  constexpr std::size_t page_bytes = std::size_t{1} << 21;
  const std::size_t bytes = (count * sizeof(double) + page_bytes - 1) / page_bytes * page_bytes;
  if (bytes > size_bytes_) {
    release();
    void* memory =
        ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
    memory_ = memory;
    size_bytes_ = bytes;
    // Only advice: without huge pages the results are the same, later.
    ::madvise(memory, bytes, MADV_HUGEPAGE);
  }
  return static_cast<double*>(memory_);
}

}  // namespace fibo::detail
