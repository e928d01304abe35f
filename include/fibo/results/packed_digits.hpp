// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace fibo {

/// Decimal digits, two a byte, the first of the two in the upper half; an odd number of digits
/// begins with a zero. In hexadecimal, as hex() of SQLite gives it, packed digits read as they are.
std::string pack_digits(std::string_view digits);

/// The same for digits that come in pieces, without holding them.
class DigitPacker {
 public:
  /// @param total_digits  of all pieces
  explicit DigitPacker(std::uint64_t total_digits = 0);

  void append(std::string_view digits);

  /// The packed digits, once all pieces have been appended.
  std::string take() { return std::move(packed_); }

 private:
  std::string packed_;
  bool half_ = false;  ///< the last byte still lacks its second digit
};

/// Appends the 2 packed.size() digits. Halves of a byte that are no digit become characters that
/// are none.
void append_unpacked(std::string& digits, std::string_view packed);

}  // namespace fibo
