// SPDX-License-Identifier: MIT
#include "fibo/fibonacci/text_residue.hpp"

#include "digit_groups.hpp"
#include "digit_sums.hpp"

#include <algorithm>
#include <stdexcept>

namespace fibo {
namespace {

constexpr std::uint64_t ten_8 = 100'000'000;
constexpr std::uint64_t ten_16 = ten_8 * ten_8;

/// Texts up to this length are values below 2^60, less than every m: nothing is to be reduced.
constexpr std::size_t shortest_digits = 18;

/// The first `count` in 1..7 digits of text of `size` >= count bytes, as the last ones of eight.
std::uint64_t load_head(const char* text, std::size_t count, std::size_t size) {
  const std::size_t shift = 8 * (8 - count);
  if (size >= 8) return detail::load_eight(text) << shift;
  // Loads that overlap, as reading past the end is not allowed.
  std::uint64_t word = 0;
  const auto byte = [text](std::size_t i) {
    return std::uint64_t{static_cast<unsigned char>(text[i])} << (8 * i);
  };
  if (count >= 4) {
    std::uint32_t low = 0;
    std::uint32_t high = 0;
    std::memcpy(&low, text, sizeof low);
    std::memcpy(&high, text + count - 4, sizeof high);
    word = low | std::uint64_t{high} << (8 * (count - 4));
  } else {
    word = byte(0) | byte(count / 2) | byte(count - 1);
  }
  return (word << shift) ^ (detail::eight_zeros << shift);
}

/// The value of up to 19 digits, which fit a word; `bad` becomes not zero if a byte is no digit.
inline std::uint64_t word_value(const char* text, std::size_t size, std::uint64_t& bad) {
  std::uint64_t value = 0;
  const std::size_t head = size % 8;
  if (head != 0) {
    const std::uint64_t digits = load_head(text, head, size);
    bad |= detail::bytes_above_nine(digits);
    value = detail::value_of_eight(digits);
  }
  for (std::size_t i = head; i < size; i += 8) {
    const std::uint64_t digits = detail::load_eight(text + i);
    bad |= detail::bytes_above_nine(digits);
    value = value * ten_8 + detail::value_of_eight(digits);
  }
  return value;
}

void add_digits(InstructionSet set, const char* text, std::size_t first, std::size_t count,
                const TextResidue::Weights& weights, detail::DigitSums& sums) {
#ifdef FIBO_HAVE_X86_SIMD
  if (set >= InstructionSet::avx2)
    return detail::add_digits_avx2(text, first, count, weights, sums);
#endif
  static_cast<void>(set);
  detail::add_digits_portable(text, first, count, weights, sums);
}

Uint128 total(const detail::DigitSums& sums) {
  Uint128 low = 0;
  Uint128 high = 0;
  for (std::size_t lane = 0; lane < 4; ++lane) {
    low += sums.low[lane];
    high += sums.high[lane];
  }
  return low + (high << 32);
}

}  // namespace

TextResidue::TextResidue(std::uint64_t modulus, InstructionSet set)
    : reciprocal_{std::max<std::uint64_t>(modulus, 1)}, instruction_set_{set} {
  if (modulus >> 60 != 1) throw std::invalid_argument("the modulus must be in (2^60, 2^61)");
  if (!is_available(set)) throw std::invalid_argument("the instruction set is missing");
  std::uint64_t weight = 1;
  for (std::size_t i = block_chunks; i-- > 0;) {
    for (std::size_t g = chunk_groups; g-- > 0;) {
      weights_.chunk[i][Weights::place[g]] = weight;
      weight = reciprocal_.divide(Uint128{weight} * ten_8).remainder;
    }
  }
  block_power_ = weight;
  power_[0] = 1;
  for (std::size_t i = 1; i < power_.size(); ++i) {
    power_[i] = reciprocal_.divide(Uint128{power_[i - 1]} * 10).remainder;
  }
}

std::uint64_t TextResidue::append(std::uint64_t residue, std::string_view piece,
                                  std::uint64_t& bad) const {
  const std::size_t first = piece.size() > 16 ? piece.size() - 16 : 0;
  Uint128 value = word_value(piece.data() + first, piece.size() - first, bad);
  if (first > 0) value += Uint128{ten_16} * word_value(piece.data(), first, bad);
  // residue * power < 2^122 and value < 10^32 < 2^107: below m * 2^64.
  return reciprocal_.divide(Uint128{residue} * power_[piece.size()] + value).remainder;
}

std::optional<std::uint64_t> TextResidue::operator()(std::string_view text) const {
  std::uint64_t bad = 0;
  if (text.size() <= shortest_digits) {
    const std::uint64_t value = word_value(text.data(), text.size(), bad);
    if (bad != 0) return std::nullopt;
    return value;
  }
  std::uint64_t residue = 0;
  // From the front: what makes the rest of the chunks full blocks, these, and what is no full
  // chunk.
  std::size_t chunks = text.size() / chunk_digits;
  std::size_t block = (chunks + block_chunks - 1) % block_chunks + 1;
  while (chunks > 0) {
    detail::DigitSums sums;
    add_digits(instruction_set_, text.data(), block_chunks - block, block, weights_, sums);
    if (!sums.all_digits) return std::nullopt;
    // residue * power < 2^122 and the sums < 2^99: below m * 2^64. The first residue is 0.
    residue = reciprocal_.divide(Uint128{residue} * block_power_ + total(sums)).remainder;
    text.remove_prefix(block * chunk_digits);
    chunks -= block;
    block = block_chunks;
  }
  while (!text.empty()) {
    const std::size_t piece = std::min(text.size(), piece_digits);
    residue = append(residue, text.substr(0, piece), bad);
    text.remove_prefix(piece);
  }
  if (bad != 0) return std::nullopt;
  return residue;
}

}  // namespace fibo
