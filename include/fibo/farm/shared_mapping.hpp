// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace fibo::detail {

/// Memory of whole pages that is mapped here and, if all is well, in other processes of this
/// machine. It begins with a token, by which it is known, and is zero otherwise.
class SharedMapping {
 public:
  /// New memory without a name; nothing if the system has none.
  static std::shared_ptr<SharedMapping> make(std::size_t bytes);

  /// That of another process, by its descriptor there; nothing if it is not to be had.
  static std::shared_ptr<SharedMapping> open(std::uint64_t process, std::uint64_t descriptor,
                                             std::uint64_t bytes, std::uint64_t token);

  /// New memory that no other process can open, on huge pages where the system has them.
  static std::shared_ptr<SharedMapping> make_private(std::size_t bytes);

  SharedMapping(int descriptor, char* memory, std::size_t bytes)
      : descriptor_(descriptor), memory_(memory), bytes_(bytes) {}
  SharedMapping(const SharedMapping&) = delete;
  SharedMapping& operator=(const SharedMapping&) = delete;
  ~SharedMapping();

  /// The number of the descriptor in this process.
  [[nodiscard]] std::uint64_t descriptor() const { return static_cast<std::uint64_t>(descriptor_); }
  /// Whether there is one, so that another process could open this.
  [[nodiscard]] bool can_be_opened() const { return descriptor_ >= 0; }
  [[nodiscard]] std::uint64_t token() const;
  [[nodiscard]] char* memory() const { return memory_; }
  [[nodiscard]] std::size_t size_bytes() const { return bytes_; }

 private:
  static std::shared_ptr<SharedMapping> map(int descriptor, std::size_t bytes);

  int descriptor_;
  char* memory_;
  std::size_t bytes_;
};

}  // namespace fibo::detail
