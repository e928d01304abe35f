// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/farm/key.hpp"
#include "fibo/farm/key_range.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <queue>
#include <span>
#include <vector>

namespace fibo {

/// Where the producer's keys come from, one after the other, each key once.
class KeySource {
 public:
  KeySource() = default;
  KeySource(const KeySource&) = delete;
  KeySource& operator=(const KeySource&) = delete;
  virtual ~KeySource() = default;

  /// The next key without taking it; nothing when there are no more.
  [[nodiscard]] virtual std::optional<Key> peek() const = 0;

  /// Takes the next key. Precondition: there is one.
  virtual Key take() = 0;

  /// Takes the next key, which is not to be computed. Precondition: there is one.
  virtual Key pass_over() { return take(); }

  /// No key that is still to come is below this. Precondition: there is one.
  [[nodiscard]] virtual Key floor() const = 0;

  /// At most this many keys are still to come (2^64 - 1 for that many or more).
  [[nodiscard]] virtual std::uint64_t remaining_at_most() const = 0;
};

/// The keys of another source, for a source that does something besides with each that is taken.
class ForwardedKeys : public KeySource {
 public:
  [[nodiscard]] std::optional<Key> peek() const final { return keys_.peek(); }
  [[nodiscard]] Key floor() const final { return keys_.floor(); }
  [[nodiscard]] std::uint64_t remaining_at_most() const final { return keys_.remaining_at_most(); }

 protected:
  /// @param keys  outlives it
  explicit ForwardedKeys(KeySource& keys) : keys_(keys) {}

  [[nodiscard]] KeySource& keys() { return keys_; }

 private:
  KeySource& keys_;
};

/// The keys of a request by name: single keys and ranges that may overlap. They come in ascending
/// order, each once, and are never expanded in memory: 24 bytes for each range, however long.
class NamedKeys final : public KeySource {
 public:
  explicit NamedKeys(std::vector<KeyRange> ranges);

  [[nodiscard]] std::optional<Key> peek() const override { return next_; }
  Key take() override;
  [[nodiscard]] Key floor() const override { return next_.value(); }
  [[nodiscard]] std::uint64_t remaining_at_most() const override { return remaining_; }

 private:
  struct LaterFirst {
    bool operator()(const KeyRange& a, const KeyRange& b) const { return a.first() > b.first(); }
  };

  [[nodiscard]] std::optional<Key> smallest() const;
  void advance_past(Key key);

  std::vector<KeyRange> ranges_;  ///< by first key; those before begun_ have been begun
  std::size_t begun_ = 0;
  std::priority_queue<KeyRange, std::vector<KeyRange>, LaterFirst> under_way_;
  std::optional<Key> next_;
  std::uint64_t remaining_ = 0;
};

/// Distinct keys that are all in memory, in the order in which they are to be handed out.
class ListedKeys final : public KeySource {
 public:
  /// Precondition: no key occurs twice.
  explicit ListedKeys(std::vector<Key> distinct_keys);

  [[nodiscard]] std::optional<Key> peek() const override;
  Key take() override { return keys_[taken_++]; }
  [[nodiscard]] Key floor() const override { return ascending_ ? keys_[taken_] : smallest_; }
  [[nodiscard]] std::uint64_t remaining_at_most() const override { return keys_.size() - taken_; }

 private:
  std::vector<Key> keys_;
  std::size_t taken_ = 0;
  bool ascending_;
  Key smallest_;
};

/// How many keys the ranges name, those that occur twice counted twice; 2^64 - 1 for that many or
/// more.
std::uint64_t count_keys(std::span<const KeyRange> ranges);

}  // namespace fibo
