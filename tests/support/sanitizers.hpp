// SPDX-License-Identifier: MIT
#pragma once

namespace fibo::test {

/// Whether this is built with AddressSanitizer or ThreadSanitizer, which reserve terabytes of
/// addresses and take several times the memory.
inline constexpr bool with_sanitizers =
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
    true;
#else
    false;
#endif
#else
    false;
#endif

}  // namespace fibo::test
