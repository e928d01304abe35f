// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/farm/key_source.hpp"
#include "fibo/farm/producer.hpp"
#include "fibo/results/packed_digits.hpp"
#include "fibo/results/result_map.hpp"
#include "fibo/results/store.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

/// How a run uses a store: keys that are kept are not handed out, values that come in are kept, and
/// what is written is the merge of both.
namespace fibo {

/// Which keys earlier runs kept. Quick where it is asked in ascending or descending order, as it
/// looks at the store through a window that grows while it is used; right in any order.
class EarlierKeys {
 public:
  /// @param store  outlives it
  explicit EarlierKeys(Store& store) : store_(store) {}

  /// @throws StoreError
  [[nodiscard]] bool contains(Key key);

 private:
  static constexpr std::size_t largest_window = 8192;

  void look_from(Key key);

  Store& store_;
  // What is known: the keys between first_ and last_, ascending.
  std::vector<Key> window_;
  Key first_ = 1;
  Key last_ = 0;
  std::size_t limit_ = 1;
  std::size_t asked_ = 0;  ///< since the window was opened
  std::size_t at_ = 0;     ///< where the last key was found, or would be
};

/// Keys of a source that the store does not have yet.
class MissingKeys final : public ForwardedKeys {
 public:
  /// Passes over the keys that are kept before the first that is not: perhaps very many.
  /// @param keys, store  outlive it
  /// @param interrupted  is asked now and then whether to pass over no more. The next key is then
  ///                     one that is kept, and not to be handed out.
  /// @throws StoreError
  MissingKeys(KeySource& keys, Store& store, const std::function<bool()>& interrupted);

  /// @throws StoreError
  Key take() override;

 private:
  bool skip_one_kept();

  EarlierKeys earlier_;
};

/// The values of earlier runs for the keys of a request, in ascending order. One that is damaged is
/// computed again, here and at once, and replaced in the store; but for a key that takes so long
/// that the run would stand still.
class EarlierResults final : public EarlierValues {
 public:
  /// @param ascending_keys  all keys of the request
  /// @param quantity        what the store was opened for
  /// @param store           outlives it
  EarlierResults(std::unique_ptr<KeySource> ascending_keys, const Quantity& quantity, Store& store)
      : keys_(std::move(ascending_keys)), quantity_(quantity), store_(store), earlier_(store) {}

  /// Looks at no key of the request at or above `bound`: a range may be long.
  /// @throws StoreError
  std::optional<std::pair<Key, Value>> take_below(std::optional<Key> bound) override;

  /// How many values were damaged and have been replaced.
  [[nodiscard]] std::uint64_t replaced() const { return replaced_; }
  /// The key of the first of them.
  [[nodiscard]] Key first_replaced() const { return first_replaced_; }

 private:
  static constexpr double longest_replacement_s = 0.25;

  Value value_of(Key key);

  std::unique_ptr<KeySource> keys_;
  Quantity quantity_;
  Store& store_;
  EarlierKeys earlier_;
  std::uint64_t replaced_ = 0;
  Key first_replaced_ = 0;
};

/// Keeps every value in the store before it goes on to where results are written.
class KeptResults final : public ResultSink {
 public:
  /// @param store, next  outlive it
  KeptResults(Store& store, ResultSink& next) : store_(store), next_(next) {}

  /// @throws StoreError
  void accept(Key key, const ValueView& value) override;
  /// @throws StoreError
  void accept_in(const SharedBytes& message, Key key, const ValueView& value) override;
  /// @throws StoreError
  void accept_part(Key key, std::uint64_t total_bytes, std::uint64_t offset_bytes,
                   std::string_view digits) override;
  void settled_below(Key bound) override;
  /// @throws StoreError
  void settled() override;
  [[nodiscard]] std::uint64_t held_bytes() const override {
    return next_.held_bytes() + packing_bytes_ + store_.waiting_bytes();
  }

 private:
  struct Packing {
    DigitPacker packer;
    std::uint64_t bytes;  ///< of the whole, packed
  };

  using Packings = std::map<Key, Packing>;

  void drop_packing(Packings::iterator first, Packings::iterator end);

  Store& store_;
  ResultSink& next_;
  std::uint64_t packing_bytes_ = 0;
  Packings packing_;  ///< values that come in parts
};

}  // namespace fibo
