// SPDX-License-Identifier: MIT
#include "fibo/farm/random_stream.hpp"

#include "fibo/arithmetic/wide_integers.hpp"

#include <algorithm>
#include <bit>
#include <limits>
#include <stdexcept>
#include <utility>

namespace fibo {
namespace {

constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();

// So many draws are drawn one by one and sorted.
constexpr std::uint64_t drawn_at_once = 2048;

// With so many draws for each of its keys an interval lacks none.
constexpr std::uint64_t every_key_draws = 128;

// G. L. Steele, D. Lea, C. H. Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
class SplitMix {
 public:
  explicit SplitMix(std::uint64_t state) : state_(state) {}

  std::uint64_t operator()() {
    state_ += 0x9e3779b97f4a7c15U;
    return mix(state_);
  }

  static std::uint64_t mix(std::uint64_t x) {
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
    return x ^ (x >> 31);
  }

 private:
  std::uint64_t state_;
};

// Each interval has random bits of its own.
SplitMix bits_of(std::uint64_t seed, Key first, std::uint64_t span_less_one) {
  const std::uint64_t place = SplitMix::mix(SplitMix::mix(seed) ^ SplitMix::mix(first + 1));
  return SplitMix(SplitMix::mix(place ^ SplitMix::mix(~span_less_one)));
}

std::uint64_t count_heads(SplitMix& bits, std::uint64_t tosses) {
  std::uint64_t heads = 0;
  for (; tosses >= 64; tosses -= 64) heads += static_cast<std::uint64_t>(std::popcount(bits()));
  if (tosses > 0) heads += static_cast<std::uint64_t>(std::popcount(bits() >> (64 - tosses)));
  return heads;
}

// How many of `trials` succeed with probability part / whole each; part < whole <= 2^64.
std::uint64_t binomial(SplitMix& bits, std::uint64_t trials, Uint128 part, Uint128 whole) {
  std::uint64_t successes = 0;
  // A trial succeeds if its bits, as a fraction, are below the probability: the first bit that
  // differs decides. Both continue with the rest of their fractions where none did yet.
  while (trials > 0 && part != 0) {
    part *= 2;
    const bool bit = part >= whole;
    if (bit) part -= whole;
    const std::uint64_t heads = count_heads(bits, trials);
    if (bit) successes += trials - heads;
    trials = bit ? heads : trials - heads;
  }
  return successes;
}

// Lemire's method, as RandomKeys::draw().
std::uint64_t below(SplitMix& bits, std::uint64_t span) {
  const std::uint64_t biased_below = (0 - span) % span;
  for (;;) {
    const Uint128 product = Uint128{bits()} * span;
    if (static_cast<std::uint64_t>(product) >= biased_below)
      return static_cast<std::uint64_t>(product >> 64);
  }
}

}  // namespace

std::uint64_t RandomStream::Part::keys_at_most() const {
  return span_less_one < draws ? span_less_one + 1 : draws;
}

bool RandomStream::Part::has_every_key() const {
  return draws > 0 && draws / every_key_draws > span_less_one;
}

RandomStream::RandomStream(std::uint64_t seed, Key min, Key max, std::uint64_t draws)
    : seed_(seed) {
  if (min > max) throw std::invalid_argument("the smallest random key is above the largest");
  push({min, max - min, draws});
  look_up_next();
}

std::optional<Key> RandomStream::peek() const {
  if (whole_) return whole_->first;
  if (taken_ < keys_.size()) return keys_[taken_];
  return std::nullopt;
}

Key RandomStream::take() {
  const Key key = peek().value();
  if (!whole_)
    ++taken_;
  else if (whole_->span_less_one == 0)
    whole_.reset();
  else
    whole_ = Part{whole_->first + 1, whole_->span_less_one - 1, most};
  look_up_next();
  return key;
}

std::uint64_t RandomStream::remaining_at_most() const {
  const std::uint64_t at_hand =
      keys_.size() - taken_ + (whole_ ? whole_->keys_at_most() : std::uint64_t{0});
  return parts_keys_ > most - at_hand ? most : parts_keys_ + at_hand;
}

void RandomStream::push(const Part& part) {
  if (part.draws == 0) return;
  parts_keys_ += part.keys_at_most();
  parts_.push_back(part);
}

void RandomStream::look_up_next() {
  while (!peek() && !parts_.empty()) {
    const Part part = parts_.back();
    parts_.pop_back();
    parts_keys_ -= part.keys_at_most();
    if (part.has_every_key())
      whole_ = part;
    else if (part.draws <= drawn_at_once)
      draw(part);
    else
      split(part);
  }
}

void RandomStream::draw(const Part& part) {
  SplitMix bits = bits_of(seed_, part.first, part.span_less_one);
  keys_.clear();
  taken_ = 0;
  for (std::uint64_t i = 0; i < part.draws; ++i)
    keys_.push_back(part.first +
                    (part.span_less_one == most ? bits() : below(bits, part.span_less_one + 1)));
  std::ranges::sort(keys_);
  keys_.erase(std::unique(keys_.begin(), keys_.end()), keys_.end());
}

void RandomStream::split(const Part& part) {
  SplitMix bits = bits_of(seed_, part.first, part.span_less_one);
  const Uint128 span = Uint128{part.span_less_one} + 1;
  const auto low_span = static_cast<std::uint64_t>(span / 2);
  const std::uint64_t low_draws = binomial(bits, part.draws, low_span, span);
  push({part.first + low_span, part.span_less_one - low_span, part.draws - low_draws});
  push({part.first, low_span - 1, low_draws});
}

}  // namespace fibo
