// SPDX-License-Identifier: MIT
#include "fibo/fibonacci/engine.hpp"

#include "fibo/arithmetic/decimal_text.hpp"
#include "fibo/fibonacci/ends.hpp"
#include "fibo/fibonacci/residue_check.hpp"

#include "anchors.hpp"
#include "doubling.hpp"
#include "small_values.hpp"
#include "text_walk.hpp"
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
using detail::LimbPair;

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
      : chain_{anchors_}, text_walk_{options.isa}, to_text_{decimal::to_text_routine(options.isa)} {
    if (options.check)
      check_.emplace(options.check_seed ? *options.check_seed : draw_seed(), options.isa);
  }

  std::string_view digits(std::uint64_t n) {
    if (n < small_texts.size()) return checked(n, small_texts[n].view());
    require_in_range(n);
    reserve_text(n);
    return checked(n, text_of(n, fresh_value(n)));
  }

  void run(std::span<const std::uint64_t> keys, const Sink& sink) {
    if (keys.empty()) return;
    if (!std::is_sorted(keys.begin(), keys.end())) {
      throw std::invalid_argument("the keys of a run must ascend");
    }
    require_in_range(keys.back());
    reserve_text(keys.back());
    walk_.reserve(keys.back());
    text_walk_.reserve(keys.back());
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const std::uint64_t n = keys[i];
      const std::uint64_t next_gap = i + 1 < keys.size() ? keys[i + 1] - n : max_n;
      sink(n, checked(n, text_in_run(n, next_gap)));
    }
  }

 private:
  /// Up to this gap, additions of texts are cheaper than a multiplication and a conversion.
  static constexpr std::uint64_t max_added_gap = 4;

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

  /// F(n) as text, not checked yet, for keys that ascend; the next one is n + next_gap.
  std::string_view text_in_run(std::uint64_t n, std::uint64_t next_gap) {
    if (n < small_texts.size()) return small_texts[n].view();
    if (text_walk_.is_standing()) {
      if (n >= text_walk_.index() && n - text_walk_.index() <= max_added_gap) {
        while (text_walk_.index() < n) text_walk_.step();
        return text_walk_.value();
      }
      text_walk_.stop();
    }
    if (next_gap <= max_added_gap) {
      text_walk_.start(n, pair_in_run(n));
      return text_walk_.value();
    }
    return text_of(n, value_in_run(n, next_gap));
  }

  LimbPair pair_in_run(std::uint64_t n) {
    if (!walk_to_reach_of(n)) walk_.start(n, chain_.pair(n));
    if (n > walk_.index()) walk_.advance(n - walk_.index());
    return walk_.pair();
  }

  std::span<const Limb> value_in_run(std::uint64_t n, std::uint64_t next_gap) {
    if (walk_to_reach_of(n)) return walk_.peek(n - walk_.index());
    if (next_gap > max_walked_gap(n)) return fresh_value(n);
    walk_.start(n, chain_.pair(n));
    return walk_.pair().value;
  }

  /// Brings the walk to at most max_small_gap below n, if it stands where that is worth the while.
  bool walk_to_reach_of(std::uint64_t n) {
    if (!walk_.is_standing()) return false;
    if (n < walk_.index() || n - walk_.index() > max_walked_gap(n)) {
      walk_.stop();
      return false;
    }
    while (n - walk_.index() > detail::max_small_gap) walk_.advance(detail::max_small_gap);
    return true;
  }

  /// How far a walk may be from n for steps to be cheaper than F(n) from nothing.
  static std::uint64_t max_walked_gap(std::uint64_t n) {
    return n <= detail::Anchors::max_n ? 0 : 4 * detail::max_small_gap;
  }

  std::string_view checked(std::uint64_t n, std::string_view digits) const {
    if (check_) check_->require(n, digits);
    return digits;
  }

  /// The text of F(n) from its limbs.
  std::string_view text_of(std::uint64_t n, std::span<const Limb> limbs) {
    to_text_(limbs.data(), limbs.size(), text_.get());
    const std::size_t written = limbs.size() * decimal::digits_per_limb;
    const auto count = static_cast<std::size_t>(fibonacci_digit_count(n));
    // A wrong number may have too few digits: the check is to see what there is.
    return {text_.get() + written - std::min(written, count), std::min(written, count)};
  }

  detail::Anchors anchors_;
  detail::DoublingChain chain_;
  detail::Walk walk_;
  detail::TextWalk text_walk_;
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
         detail::DoublingChain::memory_bytes(n) + detail::Walk::memory_bytes(n) +
         detail::TextWalk::memory_bytes(n) + text_bytes(n);
}

double Engine::cost_ns(std::uint64_t n) {
  return static_cast<double>(n);
}

}  // namespace fibo
