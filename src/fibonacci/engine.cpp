// SPDX-License-Identifier: MIT
#include "fibo/fibonacci/engine.hpp"

#include "fibo/arithmetic/arena.hpp"
#include "fibo/arithmetic/decimal_text.hpp"
#include "fibo/fibonacci/ends.hpp"
#include "fibo/fibonacci/random_seed.hpp"
#include "fibo/fibonacci/residue_check.hpp"
#include "fibo/fibonacci/transform_engine.hpp"

#include "anchors.hpp"
#include "cost.hpp"
#include "doubling.hpp"
#include "small_values.hpp"
#include "text_walk.hpp"
#include "walk.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
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

/// A value that fits 128 bits, as text.
struct SmallText {
  std::array<char, 39> digits{};
  unsigned char size = 0;

  [[nodiscard]] std::string_view view() const { return {digits.data(), size}; }
};

/// F(0) to F(186), all that fit 128 bits.
constexpr auto small_texts = [] {
  std::array<SmallText, 187> texts{};
  Uint128 value = 0;
  Uint128 before = 1;
  for (SmallText& text : texts) {
    for (Uint128 rest = value; rest > 0 || text.size == 0; rest /= 10) {
      text.digits[text.size++] = static_cast<char>('0' + static_cast<int>(rest % 10));
    }
    std::reverse(text.digits.begin(), text.digits.begin() + text.size);
    value += std::exchange(before, value);
  }
  return texts;
}();

// What the text of F(n) takes, in the unit of an arena.
std::size_t text_doubles(std::uint64_t n) {
  const std::size_t bytes = (detail::limbs_below(n) + 1) * decimal::digits_per_limb;
  return (bytes + sizeof(double) - 1) / sizeof(double);
}

/// From this n on, transforms win: on an AMD EPYC (Zen 3), 2026-11, by timing both beside each
/// other.
constexpr std::uint64_t min_transform_n = 21'000;

/// From this n on, the memory of the transforms is given back before a value of a run is handed
/// out; to have it anew takes 2 % of the time of the next such value.
constexpr std::uint64_t min_released_n = 300'000'000;

/// Up to this gap, additions of texts are cheaper than a multiplication and a conversion.
constexpr std::uint64_t max_added_gap = 4;

/// How far a walk may be from n for its steps to be cheaper than F(n) from nothing.
std::uint64_t max_walked_gap(std::uint64_t n) {
  if (n <= detail::Anchors::max_n) return 0;
  const double steps = detail::fresh_cost_ns(n) / detail::advance_cost_ns(n);
  return static_cast<std::uint64_t>(steps) * detail::max_small_gap;
}

EngineStage engine_stage(TransformStage stage) {
  switch (stage) {
    case TransformStage::factor:
      return EngineStage::factor;
    case TransformStage::residue:
      return EngineStage::residue;
    case TransformStage::product:
      break;
  }
  return EngineStage::product;
}

TransformOptions transform_options(const EngineOptions& options) {
  TransformOptions result{.threads = options.threads, .instruction_set = options.instruction_set};
  if (options.probe) {
    result.probe = [probe = options.probe](TransformStage stage, std::span<double> data) {
      probe(engine_stage(stage), std::as_writable_bytes(data));
    };
  }
  return result;
}

}  // namespace

class Engine::Implementation {
 public:
  explicit Implementation(const EngineOptions& options)
      : options_{options},
        chain_{anchors_},
        text_walk_{options.instruction_set},
        to_text_{decimal::to_text_routine(options.instruction_set)} {
    if (options.check) {
      check_.emplace(options.check_seed ? *options.check_seed : random_seed(),
                     options.instruction_set);
    }
  }

  std::string_view digits(std::uint64_t n) {
    if (n < small_texts.size()) return checked(n, small_texts[n].view());
    require_in_range(n);
    reserve_text(n);
    return probed_and_checked(n, fresh_text(n));
  }

  void run(std::span<const std::uint64_t> keys, const Sink& sink) {
    if (keys.empty()) return;
    if (!std::is_sorted(keys.begin(), keys.end())) {
      throw std::invalid_argument("the keys of a run must ascend");
    }
    require_in_range(keys.back());
    if (keys.back() >= small_texts.size()) reserve_text(keys.back());
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const std::uint64_t n = keys[i];
      if (n < small_texts.size()) {
        sink(n, checked(n, small_texts[n].view()));
        continue;
      }
      const std::uint64_t next_gap = i + 1 < keys.size() ? keys[i + 1] - n : max_n;
      const std::string_view digits = probed_and_checked(n, text_in_run(n, next_gap));
      // Who takes a giant makes copies of it: better where the transforms were than beside them.
      if (n >= min_released_n) transform_.reset();
      sink(n, digits);
    }
  }

  /// What all but the transforms hold at most for F(n) alone.
  static std::uint64_t memory_without_transform(std::uint64_t n) {
    const std::uint64_t small = std::min(n, min_transform_n - 1);
    return sizeof(Implementation) + detail::Anchors::memory_bytes() +
           detail::DoublingChain::memory_bytes(small) +
           (n < small_texts.size() ? 0 : detail::Arena::bytes_for(text_doubles(n)));
  }

  [[nodiscard]] std::uint64_t held_bytes() const {
    return sizeof(Implementation) + detail::Anchors::memory_bytes() + chain_.held_bytes() +
           walk_.held_bytes() + text_walk_.held_bytes() + text_memory_.size_bytes() +
           (transform_ ? transform_->memory_bytes() : 0);
  }

 private:
  void reserve_text(std::uint64_t n) {
    text_ = reinterpret_cast<char*>(text_memory_.reserve(text_doubles(n)));
  }

  template <class Use>
  void with_transform(std::uint64_t n, const Use& use) {
    if (!transform_) transform_.emplace(transform_options(options_));
    try {
      use(*transform_);
    } catch (const std::length_error&) {
      // n is in range and there is room for F(n): what does not fit is not F(n).
      throw CheckFailed(n);
    }
  }

  std::span<char> fresh_text(std::uint64_t n) {
    if (n < min_transform_n) return text_of(n, chain_.value(n));
    std::size_t count = 0;
    with_transform(n, [&](TransformEngine& transform) {
      count = transform.fibonacci_text(n, {text_, text_memory_.size_bytes()});
    });
    return {text_, count};
  }

  void start_walk(std::uint64_t n) {
    if (n < min_transform_n) return walk_.start(n, chain_.pair(n));
    walk_.start_with(n, [&](std::span<Limb> value, std::span<Limb> before) {
      with_transform(
          n, [&](TransformEngine& transform) { transform.fibonacci_pair(n, value, before); });
    });
  }

  /// F(n) as text, not checked yet, for keys that ascend; the next one is n + next_gap.
  std::span<char> text_in_run(std::uint64_t n, std::uint64_t next_gap) {
    if (text_walk_.is_standing()) {
      if (n >= text_walk_.index() && n - text_walk_.index() <= max_added_gap) {
        while (text_walk_.index() < n) text_walk_.step();
        return text_walk_.value();
      }
      text_walk_.stop();
    }
    const bool is_in_reach = walk_to_reach_of(n);
    if (next_gap <= max_added_gap) {
      if (!is_in_reach) start_walk(n);
      if (n > walk_.index()) walk_.advance(n - walk_.index());
      probe(walk_.value());
      text_walk_.start(n, walk_.pair());
      return text_walk_.value();
    }
    if (is_in_reach) return text_of(n, walk_.peek(n - walk_.index()));
    if (next_gap > max_walked_gap(n)) return fresh_text(n);
    start_walk(n);
    return text_of(n, walk_.value());
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

  /// The text of F(n) from its limbs.
  std::span<char> text_of(std::uint64_t n, std::span<Limb> limbs) {
    probe(limbs);
    to_text_(limbs.data(), limbs.size(), text_);
    const std::size_t written = limbs.size() * decimal::digits_per_limb;
    const auto count = static_cast<std::size_t>(fibonacci_digit_count(n));
    // A wrong number may have too few digits: the check is to see what there is.
    return {text_ + written - std::min(written, count), std::min(written, count)};
  }

  void probe(std::span<Limb> limbs) const {
    if (options_.probe) options_.probe(EngineStage::limbs, std::as_writable_bytes(limbs));
  }

  std::string_view probed_and_checked(std::uint64_t n, std::span<char> digits) {
    if (options_.probe) options_.probe(EngineStage::text, std::as_writable_bytes(digits));
    return checked(n, {digits.data(), digits.size()});
  }

  std::string_view checked(std::uint64_t n, std::string_view digits) {
    if (check_ && !check_->passes(n, digits)) {
      // What the value was made from may be wrong as well.
      walk_.stop();
      text_walk_.stop();
      throw CheckFailed(n);
    }
    return digits;
  }

  std::optional<ResidueCheck> check_;  // the one with the largest alignment
  EngineOptions options_;
  detail::Anchors anchors_;
  detail::DoublingChain chain_;
  std::optional<TransformEngine> transform_;
  detail::Walk walk_;
  detail::TextWalk text_walk_;
  decimal::ToText to_text_;
  detail::Arena text_memory_;
  char* text_ = nullptr;
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

std::uint64_t Engine::held_bytes() const {
  return implementation_->held_bytes();
}

std::uint64_t Engine::memory_bytes(std::uint64_t n, unsigned threads) {
  require_in_range(n);
  return Implementation::memory_without_transform(n) +
         (n < min_transform_n ? 0 : transform_memory_bytes(n, threads));
}

std::uint64_t Engine::run_memory_bytes(std::uint64_t n, unsigned threads) {
  require_in_range(n);
  const std::uint64_t transform =
      n < min_transform_n
          ? 0
          : std::max(transform_memory_bytes(n, threads), transform_pair_memory_bytes(n, threads));
  return Implementation::memory_without_transform(n) + transform + detail::Walk::memory_bytes(n) +
         detail::TextWalk::memory_bytes(n);
}

double Engine::cost_ns(std::uint64_t n) {
  return detail::fresh_cost_ns(n);
}

double Engine::cost_after_ns(std::uint64_t n, std::uint64_t gap) {
  const double steps =
      std::ceil(static_cast<double>(gap) / static_cast<double>(detail::max_small_gap));
  return std::min(detail::fresh_cost_ns(n), steps * detail::advance_cost_ns(n));
}

}  // namespace fibo
