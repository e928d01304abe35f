// SPDX-License-Identifier: MIT
#include "fibo/fibonacci/engine.hpp"

#include "fibo/arithmetic/decimal_text.hpp"
#include "fibo/fibonacci/ends.hpp"
#include "fibo/fibonacci/residue_check.hpp"

#include "anchors.hpp"
#include "doubling.hpp"
#include "small_values.hpp"
#include "walk.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>

namespace fibo {
namespace {

using decimal::Limb;

void require_in_range(std::uint64_t n) {
  if (n > Engine::max_n) {
    throw std::length_error("F(" + std::to_string(n) +
                            ") is past the largest n computed in full, " +
                            std::to_string(Engine::max_n));
  }
}

std::uint64_t draw_seed() {
  std::random_device device;
  return std::uint64_t{device()} << 32 | device();
}

/// A value that fits 128 bits, as text.
struct SmallText {
  std::array<char, 39> digits{};
  unsigned char size = 0;

  [[nodiscard]] std::string_view view() const { return {digits.data(), size}; }
};

/// F(0) to F(186), all that fit 128 bits.
constexpr auto small_texts = [] {
  std::array<SmallText, 187> texts{};
  decimal::Wide value = 0;
  decimal::Wide before = 1;
  for (SmallText& text : texts) {
    for (decimal::Wide rest = value; rest > 0 || text.size == 0; rest /= 10) {
      text.digits[text.size++] = static_cast<char>('0' + static_cast<int>(rest % 10));
    }
    std::reverse(text.digits.begin(), text.digits.begin() + text.size);
    value += std::exchange(before, value);
  }
  return texts;
}();

std::size_t text_bytes(std::uint64_t n) {
  return (detail::limbs_below(n) + 1) * decimal::digits_per_limb;
}

}  // namespace

class Engine::Implementation {
 public:
  explicit Implementation(const EngineOptions& options)
      : chain_{anchors_}, to_text_{decimal::to_text_routine(options.isa)} {
    if (options.check)
      check_.emplace(options.check_seed ? *options.check_seed : draw_seed(), options.isa);
  }

  std::string_view digits(std::uint64_t n) {
    if (n < small_texts.size()) return checked(n, small_texts[n].view());
    require_in_range(n);
    reserve_text(n);
    return publish(n, fresh_value(n));
  }

  void run(std::span<const std::uint64_t> keys, const Sink& sink) {
    if (keys.empty()) return;
    if (!std::is_sorted(keys.begin(), keys.end())) {
      throw std::invalid_argument("the keys of a run must ascend");
    }
    require_in_range(keys.back());
    reserve_text(keys.back());
    walk_.reserve(keys.back());
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const std::uint64_t n = keys[i];
      const std::uint64_t next = i + 1 < keys.size() ? keys[i + 1] : max_n + 1 + n;
      if (n < small_texts.size()) {
        sink(n, checked(n, small_texts[n].view()));
      } else {
        sink(n, publish(n, value_in_run(n, next)));
      }
    }
  }

 private:
  // In the time of an addition per limb: a gap up to this is added up, a larger one is multiplied.
  static constexpr std::uint64_t max_added_gap = 3;

  void reserve_text(std::uint64_t n) {
    if (text_capacity_ >= text_bytes(n)) return;
    text_.reset();
    text_capacity_ = 0;
    text_ = std::make_unique_for_overwrite<char[]>(text_bytes(n));
    text_capacity_ = text_bytes(n);
  }

  std::span<const Limb> fresh_value(std::uint64_t n) {
    if (n <= detail::Anchors::max_n) {
      return {near_.data(),
              detail::value_after(anchors_.below(n), n % detail::max_small_gap, near_.data())};
    }
    return chain_.value(n);
  }

  std::span<const Limb> value_in_run(std::uint64_t n, std::uint64_t next) {
    // The walk is at or below n: keys ascend, but for the first of a run after another.
    if (walk_.is_standing() && (n < walk_.index() || !is_cheaper_to_walk(n))) walk_.stop();
    const std::uint64_t next_gap = next - n;
    if (!walk_.is_standing()) {
      if (next_gap > max_walked_gap(n)) return fresh_value(n);
      walk_.start(n, chain_.pair(n));
      return walk_.value();
    }
    std::uint64_t gap = n - walk_.index();
    while (gap > detail::max_small_gap) {
      walk_.advance(detail::max_small_gap);
      gap -= detail::max_small_gap;
    }
    if (gap > max_added_gap) {
      if (next_gap > max_added_gap) return walk_.peek(gap);
      walk_.advance(gap);
      return walk_.value();
    }
    for (; gap > 0; --gap) walk_.step();
    return walk_.value();
  }

  static std::uint64_t max_walked_gap(std::uint64_t n) {
    return n <= detail::Anchors::max_n ? max_added_gap : 4 * detail::max_small_gap;
  }

  [[nodiscard]] bool is_cheaper_to_walk(std::uint64_t n) const {
    return n - walk_.index() <= max_walked_gap(n);
  }

  std::string_view checked(std::uint64_t n, std::string_view digits) const {
    if (check_) check_->require(n, digits);
    return digits;
  }

  /// The text of a number whose limbs may have zeros on top, checked.
  std::string_view publish(std::uint64_t n, std::span<const Limb> limbs) {
    to_text_(limbs.data(), limbs.size(), text_.get());
    const std::size_t written = limbs.size() * decimal::digits_per_limb;
    const std::string_view text{text_.get(), written};
    const auto count = static_cast<std::size_t>(fibonacci_digit_count(n));
    return checked(n, text.substr(written - std::min(written, count)));
  }

  detail::Anchors anchors_;
  detail::DoublingChain chain_;
  detail::Walk walk_;
  std::optional<ResidueCheck> check_;
  decimal::ToText to_text_;
  std::array<Limb, detail::limbs_below(detail::Anchors::max_n) + 1> near_{};
  std::unique_ptr<char[]> text_;
  std::size_t text_capacity_ = 0;
};

Engine::Engine(const EngineOptions& options)
    : implementation_{std::make_unique<Implementation>(options)} {}
Engine::~Engine() = default;
Engine::Engine(Engine&& other) noexcept = default;
Engine& Engine::operator=(Engine&& other) noexcept = default;

std::string_view Engine::digits(std::uint64_t n) {
  return implementation_->digits(n);
}

void Engine::run(std::span<const std::uint64_t> ascending_keys, const Sink& sink) {
  implementation_->run(ascending_keys, sink);
}

std::uint64_t Engine::memory_bytes(std::uint64_t n) {
  require_in_range(n);
  return sizeof(Implementation) + detail::Anchors::memory_bytes() +
         detail::DoublingChain::memory_bytes(n) + detail::Walk::memory_bytes(n) + text_bytes(n);
}

double Engine::cost_ns(std::uint64_t n) {
  return static_cast<double>(n);
}

}  // namespace fibo
