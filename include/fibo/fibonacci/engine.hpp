// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/arithmetic/instruction_set.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace fibo {

/// Where an engine lets its probe look.
enum class EngineStage : std::uint8_t {
  limbs,    ///< a number in limbs of 18 digits, before it becomes text
  factor,   ///< the limbs of a factor, before its transform
  residue,  ///< a product's transform, before it goes back
  product,  ///< the limbs of a product made by transforms
  text,     ///< the digits, before they are checked
};

/// How an engine works; none of it changes a digit.
struct EngineOptions {
  /// Threads that one key may use, for keys large enough to gain from them.
  unsigned threads = 1;
  /// Checks every value against F(n) modulo a random prime before it is handed out.
  bool check = true;
  /// Draws the prime of the check; without it, the seed is drawn from std::random_device.
  std::optional<std::uint64_t> check_seed = std::nullopt;
  /// The instruction set to use; it must be available.
  InstructionSet instruction_set = best_instruction_set();
  /// Called with the live data at each stage, for tests that spoil it; empty otherwise. Keys below
  /// 187, whose texts are constants, have no stages. With several threads it must allow for calls
  /// from all of them. It must not throw.
  std::function<void(EngineStage, std::span<std::byte>)> probe = {};
};

/// Computes F(n) in decimal for key after key, with memory that is kept from one to the next.
///
/// An engine is used by one thread at a time; it allocates only when a key is larger than all
/// before it. Numbers are decimal from the start (limbs of 18 digits), so that their text costs
/// linear time.
class Engine {
 public:
  /// Receives a key and the digits of its value, which stay valid until it returns.
  using Sink = std::function<void(std::uint64_t n, std::string_view digits)>;

  /// The largest n served; a larger one is refused with std::length_error.
  static constexpr std::uint64_t max_n = 20'000'000'000;

  explicit Engine(const EngineOptions& options = {});
  ~Engine();
  Engine(Engine&& other) noexcept;
  Engine& operator=(Engine&& other) noexcept;
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// F(n) in decimal, without sign or leading zeros; valid until the next call.
  /// @throws std::length_error  if n > max_n
  /// @throws std::bad_alloc     if the memory is not there; `memory_bytes(n)` tells beforehand
  /// @throws CheckFailed        if the digits are not F(n): the machine made a mistake
  std::string_view digits(std::uint64_t n);

  /// Hands F(n) to `sink` for every key in turn. Keys that are close to the one before cost time
  /// linear in their digits: the next value is made from the last two, or anew where that is
  /// cheaper. Equal keys are handed out as often as they occur.
  /// @throws std::invalid_argument  if the keys do not ascend
  /// @throws std::length_error      if a key > max_n; no key has been handed out then
  /// and what `digits` and `sink` throw.
  void run(std::span<const std::uint64_t> ascending_keys, const Sink& sink);

  /// Bytes that the engine holds at present, but for the constant tables of its check.
  [[nodiscard]] std::uint64_t held_bytes() const;

  /// The most bytes an engine with `threads` threads holds after `digits(n)`, if it has served no
  /// larger key: the digits, and what computing them takes.
  /// @throws std::length_error  if n > max_n
  static std::uint64_t memory_bytes(std::uint64_t n, unsigned threads = 1);

  /// The same for a run with neighbours whose largest key is n: more, as the last two values are
  /// kept.
  /// @throws std::length_error  if n > max_n
  static std::uint64_t run_memory_bytes(std::uint64_t n, unsigned threads = 1);

  /// A rough time to compute and check the digits of F(n) from nothing, in nanoseconds on one core
  /// of about 3 GHz. Monotone in n.
  static double cost_ns(std::uint64_t n);

  /// The same where F(n - gap) was the value before, 1 <= gap <= n: no more than cost_ns(n).
  static double cost_after_ns(std::uint64_t n, std::uint64_t gap);

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace fibo
