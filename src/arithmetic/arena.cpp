// SPDX-License-Identifier: MIT
#include "fibo/arithmetic/arena.hpp"

#include <algorithm>
#include <bit>
#include <new>

#include <sys/mman.h>

namespace fibo::detail {
namespace {

constexpr std::size_t huge_page_bytes = std::size_t{1} << 21;
constexpr std::size_t min_bytes = std::size_t{1} << 16;

}  // namespace

Arena::~Arena() {
  release();
}

void Arena::release() {
  if (memory_ != nullptr) ::munmap(memory_, size_bytes_);
  memory_ = nullptr;
  size_bytes_ = 0;
}

std::size_t Arena::bytes_for(std::size_t count) {
  const std::size_t bytes = count * sizeof(double);
  // Powers of two, so that keys a little larger each do not make it grow each time.
  if (bytes < huge_page_bytes) return std::bit_ceil(std::max(bytes, min_bytes));
  return (bytes + huge_page_bytes - 1) / huge_page_bytes * huge_page_bytes;
}

double* Arena::reserve(std::size_t count) {
  const std::size_t bytes = bytes_for(count);
  if (bytes > size_bytes_) {
    release();
    // A huge page takes longer to clear than a small number takes to compute. Small pages are
    // fetched together, as a fault for each would cost more.
    const bool is_huge = bytes >= huge_page_bytes;
    const int flags = MAP_PRIVATE | MAP_ANONYMOUS | (is_huge ? 0 : MAP_POPULATE);
    void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, flags, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
    memory_ = memory;
    size_bytes_ = bytes;
    // Only advice: without huge pages the results are the same, later.
    if (is_huge) ::madvise(memory, bytes, MADV_HUGEPAGE);
  }
  return static_cast<double*>(memory_);
}

}  // namespace fibo::detail
