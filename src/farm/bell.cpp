// SPDX-License-Identifier: MIT
#include "fibo/farm/bell.hpp"

#include "fibo/farm/shared_mapping.hpp"

#include <atomic>
#include <ctime>
#include <new>
#include <utility>

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace fibo {
namespace {

constexpr std::size_t page_bytes = 4096;

}  // namespace

/// What lies in the memory.
struct Bell::Face {
  std::uint64_t token;
  std::atomic<std::uint32_t> count;
  std::atomic<std::uint32_t> waiting;  ///< whether there is somebody to wake
};

Bell::Bell(std::shared_ptr<detail::SharedMapping> memory) : memory_(std::move(memory)) {
  static_assert(std::atomic<std::uint32_t>::is_always_lock_free);
  static_assert(sizeof(std::atomic<std::uint32_t>) == sizeof(std::uint32_t));
}

Bell::Face& Bell::face() const {
  return *std::launder(reinterpret_cast<Face*>(memory_->memory()));
}

std::optional<Bell> Bell::make() {
  auto memory = detail::SharedMapping::make(page_bytes);
  if (!memory) return std::nullopt;
  return Bell(std::move(memory));
}

std::optional<Bell> Bell::open(const BellPlace& place) {
  auto memory =
      detail::SharedMapping::open(place.process, place.descriptor, page_bytes, place.token);
  if (!memory) return std::nullopt;
  return Bell(std::move(memory));
}

BellPlace Bell::place() const {
  return {.process = static_cast<std::uint64_t>(::getpid()),
          .descriptor = memory_->descriptor(),
          .token = memory_->token()};
}

// Between the two lines of each, in one order for all: either the ringer sees that somebody waits,
// or that one sees the new count.
void Bell::ring() const {
  face().count.fetch_add(1);
  if (face().waiting.load() != 0)
    ::syscall(SYS_futex, &face().count, FUTEX_WAKE, 1, nullptr, nullptr, 0);
}

std::uint32_t Bell::count() const {
  return face().count.load();
}

void Bell::wait(std::uint32_t seen, std::chrono::microseconds patience) const {
  face().waiting.store(1);
  if (face().count.load() == seen && patience.count() > 0) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(patience);
    const std::timespec limit{.tv_sec = seconds.count(),
                              .tv_nsec = std::chrono::nanoseconds(patience - seconds).count()};
    ::syscall(SYS_futex, &face().count, FUTEX_WAIT, seen, &limit, nullptr, 0);
  }
  face().waiting.store(0);
}

}  // namespace fibo
