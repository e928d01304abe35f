// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/farm/key_model.hpp"
#include "fibo/farm/key_range.hpp"
#include "fibo/farm/key_source.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace fibo {

/// The keys of ranges that may overlap, each once, in descending order and never expanded, as
/// NamedKeys in ascending order: these are its keys, each taken from 2^64 - 1.
class DescendingKeys final : public KeySource {
 public:
  explicit DescendingKeys(const std::vector<KeyRange>& ranges);

  [[nodiscard]] std::optional<Key> peek() const override;
  Key take() override { return ~mirrored_.take(); }
  [[nodiscard]] Key floor() const override { return smallest_; }
  [[nodiscard]] std::uint64_t remaining_at_most() const override {
    return mirrored_.remaining_at_most();
  }

 private:
  NamedKeys mirrored_;
  Key smallest_;
};

/// First the keys from `first_costly` on in descending order, then those below it in ascending
/// order.
class CostlyFirst final : public KeySource {
 public:
  CostlyFirst(const std::vector<KeyRange>& ranges, Key first_costly);

  [[nodiscard]] std::optional<Key> peek() const override;
  Key take() override { return costly_.peek() ? costly_.take() : cheap_.take(); }
  [[nodiscard]] Key floor() const override;
  [[nodiscard]] std::uint64_t remaining_at_most() const override;

 private:
  DescendingKeys costly_;
  NamedKeys cheap_;
};

/// The smallest key that should go out before all cheaper ones, so that a run does not end with one
/// worker at a long key and the others idle; nothing if no key is long beside a worker's share of
/// the work. A larger key must not cost less.
///
/// What comes first waits in memory for smaller keys, so it takes no more than `room_bytes`; and
/// what can be written only at the end keeps the output waiting, so no more than tells goes first.
std::optional<Key> first_costly_key(const std::vector<KeyRange>& ranges, const KeyModel& model,
                                    std::size_t workers, std::uint64_t room_bytes);

}  // namespace fibo
