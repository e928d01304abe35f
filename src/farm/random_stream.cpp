// SPDX-License-Identifier: MIT
#include "fibo/farm/random_stream.hpp"

#include "fibo/arithmetic/wide_integers.hpp"
#include "fibo/farm/saturating_add.hpp"

#include "random_bits.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>

namespace fibo {
namespace {

using detail::SplitMix;

constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();

// So many draws are drawn one by one and sorted.
constexpr std::uint64_t drawn_at_once = 2048;

// A stream of up to so many draws tosses all coins one by one, as many bits as that takes; a longer
// one only as many as take no time.
constexpr std::uint64_t all_tossed_draws = std::uint64_t{1} << 30;

// With so many draws for each of its keys an interval lacks none.
constexpr std::uint64_t every_key_draws = 128;

// Each interval has random bits of its own.
SplitMix bits_of(std::uint64_t seed, Key first, std::uint64_t span_less_one) {
  const std::uint64_t place = SplitMix::mix(SplitMix::mix(seed) ^ SplitMix::mix(first + 1));
  return SplitMix(SplitMix::mix(place ^ SplitMix::mix(~span_less_one)));
}

}  // namespace

std::uint64_t RandomStream::Part::keys_at_most() const {
  return span_less_one < draws ? span_less_one + 1 : draws;
}

bool RandomStream::Part::has_every_key() const {
  return draws / every_key_draws > span_less_one;
}

RandomStream::RandomStream(std::uint64_t seed, Key min, Key max, std::uint64_t draws)
    : seed_(seed),
      most_tosses_(draws <= all_tossed_draws ? all_tossed_draws : detail::least_drawn_heads) {
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
  return saturating_add(parts_keys_, at_hand);
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
    keys_.push_back(part.first + (part.span_less_one == most
                                      ? bits()
                                      : detail::below(bits, part.span_less_one + 1)));
  std::ranges::sort(keys_);
  keys_.erase(std::unique(keys_.begin(), keys_.end()), keys_.end());
}

void RandomStream::split(const Part& part) {
  SplitMix bits = bits_of(seed_, part.first, part.span_less_one);
  const Uint128 span = Uint128{part.span_less_one} + 1;
  const auto low_span = static_cast<std::uint64_t>(span / 2);
  const std::uint64_t low_draws = detail::binomial(bits, part.draws, low_span, span, most_tosses_);
  push({part.first + low_span, part.span_less_one - low_span, part.draws - low_draws});
  push({part.first, low_span - 1, low_draws});
}

}  // namespace fibo
