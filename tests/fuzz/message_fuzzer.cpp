// SPDX-License-Identifier: MIT
//
// The message decoder, both ways: any bytes are a message or a MalformedMessage, and a message that
// is encoded again is the same bytes. The first byte chooses the direction.
#include "fibo/farm/message.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fibo;
  if (size == 0) return 0;
  const std::span<const char> bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  try {
    const Bytes again =
        data[0] % 2 == 0 ? encode(decode_to_worker(bytes)) : encode(decode_to_producer(bytes));
    if (!std::ranges::equal(again, bytes)) std::abort();
  } catch (const MalformedMessage&) {
    return 0;
  }
  return 0;
}
