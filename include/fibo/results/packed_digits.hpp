// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace fibo {

/// Decimal digits, two a byte, the first of the two in the upper half; an odd number of digits
/// begins with a zero. In hexadecimal, as hex() of SQLite gives it, packed digits read as they are.
std::string pack_digits(std::string_view digits);

/// Appends the 2 packed.size() digits. Halves of a byte that are no digit become characters that
/// are none.
void append_unpacked(std::string& digits, std::string_view packed);

}  // namespace fibo
