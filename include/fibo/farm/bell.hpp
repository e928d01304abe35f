// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/farm/message.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>

namespace fibo {

namespace detail {
class SharedMapping;
}

/// Wakes a rank that waits for messages, from another process of its machine: MPI has no way to
/// wait that leaves the core to others. The memory has no name and goes with the processes.
class Bell {
 public:
  /// A new one, to wait at; nothing if the system has no memory that can be shared.
  static std::optional<Bell> make();

  /// That of another process of this machine, to ring; nothing if it is not to be had.
  static std::optional<Bell> open(const BellPlace& place);

  /// Where another process finds it.
  [[nodiscard]] BellPlace place() const;

  /// From any thread or process.
  void ring() const;

  /// How often it has been rung, modulo 2^32.
  [[nodiscard]] std::uint32_t count() const;

  /// Waits until the count is another than `seen`, but no longer than `patience`; may return
  /// earlier. For one thread at a time.
  void wait(std::uint32_t seen, std::chrono::microseconds patience) const;

 private:
  struct Face;

  explicit Bell(std::shared_ptr<detail::SharedMapping> memory);
  [[nodiscard]] Face& face() const;

  std::shared_ptr<detail::SharedMapping> memory_;
};

}  // namespace fibo
