// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

namespace fibo::detail {

/// One region of memory, on huge pages where it is large and the system has them, kept from use to
/// use. It grows and never shrinks, so that numbers of one size after another cost no page faults.
class Arena {
 public:
  Arena() = default;
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;
  Arena(Arena&&) = delete;
  Arena& operator=(Arena&&) = delete;
  ~Arena();

  /// Makes at least `count` doubles available, aligned to 64 bytes; what was in the arena is lost
  /// if it has to grow.
  /// @throws std::bad_alloc  if the system has no more memory to give
  double* reserve(std::size_t count);

  /// Bytes that an arena holds after `reserve(count)`, if it held fewer before.
  static std::size_t bytes_for(std::size_t count);

  /// Bytes held.
  [[nodiscard]] std::size_t size_bytes() const { return size_bytes_; }

 private:
  void release();
  bool map(std::size_t bytes);
  void fetch(std::size_t bytes);

  void* mapped_ = nullptr;
  std::size_t mapped_bytes_ = 0;
  char* memory_ = nullptr;  ///< in what is mapped, where a huge page may begin
  std::size_t room_bytes_ = 0;
  std::size_t size_bytes_ = 0;  ///< so much of the room is in use
};

}  // namespace fibo::detail
