// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/farm/key.hpp"
#include "fibo/farm/key_source.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace fibo {

/// The distinct ones of any number of keys drawn uniformly from [min, max], in ascending order, as
/// one seed fixes them on every machine; a few ten KB of memory, however many there are.
///
/// How many of the draws fall into the lower half of the interval is a binomial number, and so on
/// in each half, until few enough are left in one to be drawn and sorted. A binomial number is made
/// of random bits alone: each draw compares its bits with those of the probability from the first
/// on, and half of the draws are decided by each bit, so that 2 bits are enough for each, counted
/// 64 at a time. In a stream of more than 2^30 draws, which bit decides how many of more than 2^21
/// is drawn as one number, to 2^-60. All arithmetic is on integers. An interval that has 128
/// times as many draws as keys is given in full: one of its keys is missing with a probability
/// below 2^-100.
///
/// The first key comes after about `draws` / 16 random words, 0.1 s for 10^9, and after 10 ms in a
/// stream of more than 2^30.
class RandomStream final : public KeySource {
 public:
  /// @throws std::invalid_argument  if min > max
  RandomStream(std::uint64_t seed, Key min, Key max, std::uint64_t draws);

  [[nodiscard]] std::optional<Key> peek() const override;
  Key take() override;
  [[nodiscard]] Key floor() const override { return *peek(); }
  [[nodiscard]] std::uint64_t remaining_at_most() const override;

 private:
  /// Draws that fell into [first, first + span_less_one].
  struct Part {
    Key first;
    std::uint64_t span_less_one;
    std::uint64_t draws;

    [[nodiscard]] std::uint64_t keys_at_most() const;
    [[nodiscard]] bool has_every_key() const;
  };

  void look_up_next();
  void push(const Part& part);
  void draw(const Part& part);
  void split(const Part& part);

  std::uint64_t seed_;
  std::uint64_t most_tosses_;     ///< of coins, one by one, for one bit
  std::vector<Part> parts_;       ///< to come, the last one first
  std::uint64_t parts_keys_ = 0;  ///< of these, at most
  std::vector<Key> keys_;         ///< of the part at hand, ascending
  std::size_t taken_ = 0;         ///< of these
  std::optional<Part> whole_;     ///< an interval all of whose keys come
};

}  // namespace fibo
