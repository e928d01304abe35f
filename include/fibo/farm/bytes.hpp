// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <initializer_list>
#include <memory>
#include <utility>

namespace fibo {

/// The bytes of a message. New ones are not set to anything: what is about to be received into or
/// copied into is not to be written twice, as a std::vector would.
class Bytes {
 public:
  Bytes() = default;
  Bytes(std::initializer_list<char> bytes) { append(bytes.begin(), bytes.size()); }
  Bytes(std::size_t size, char each) : Bytes(unset(size)) { std::ranges::fill(*this, each); }
  Bytes(const Bytes& other) { append(other.data(), other.size()); }
  Bytes(Bytes&& other) noexcept { swap(other); }
  Bytes& operator=(Bytes other) noexcept {
    swap(other);
    return *this;
  }
  ~Bytes() = default;

  /// The first `size` bytes of memory that is there already.
  static Bytes in(std::shared_ptr<char[]> memory, std::size_t capacity, std::size_t size) {
    Bytes bytes;
    bytes.memory_ = std::move(memory);
    bytes.capacity_ = capacity;
    bytes.size_ = size;
    return bytes;
  }

  /// None, with room for so many.
  static Bytes with_capacity(std::size_t capacity) {
    Bytes bytes;
    bytes.reserve(capacity);
    return bytes;
  }

  /// So many bytes that are still to be written.
  static Bytes unset(std::size_t size) {
    Bytes bytes;
    bytes.reserve(size);
    bytes.size_ = size;
    return bytes;
  }

  [[nodiscard]] char* data() { return memory_.get(); }
  [[nodiscard]] const char* data() const { return memory_.get(); }
  [[nodiscard]] std::size_t size() const { return size_; }
  /// How many bytes of memory there are.
  [[nodiscard]] std::size_t capacity() const { return capacity_; }
  /// Where they are.
  [[nodiscard]] const std::shared_ptr<char[]>& memory() const { return memory_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  char& operator[](std::size_t index) { return memory_.get()[index]; }
  const char& operator[](std::size_t index) const { return memory_.get()[index]; }
  [[nodiscard]] char* begin() { return data(); }
  [[nodiscard]] char* end() { return data() + size_; }
  [[nodiscard]] const char* begin() const { return data(); }
  [[nodiscard]] const char* end() const { return data() + size_; }

  void reserve(std::size_t capacity) {
    if (capacity <= capacity_) return;
    std::shared_ptr<char[]> memory = std::make_unique_for_overwrite<char[]>(capacity);
    if (size_ != 0) std::memcpy(memory.get(), memory_.get(), size_);
    memory_ = std::move(memory);
    capacity_ = capacity;
  }

  void append(const void* data, std::size_t size) {
    if (size == 0) return;
    if (size > capacity_ - size_) reserve(std::max(2 * capacity_, size_ + size));
    std::memcpy(memory_.get() + size_, data, size);
    size_ += size;
  }

  friend bool operator==(const Bytes& a, const Bytes& b) { return std::ranges::equal(a, b); }

 private:
  void swap(Bytes& other) noexcept {
    std::swap(memory_, other.memory_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
  }

  std::shared_ptr<char[]> memory_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

/// The bytes of a message that lives as long as someone has a use for what lies in it.
using SharedBytes = std::shared_ptr<const Bytes>;

}  // namespace fibo
