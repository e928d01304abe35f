// SPDX-License-Identifier: MIT
#include "fibo/results/kept_results.hpp"

#include <algorithm>
#include <iterator>
#include <limits>

namespace fibo {

bool EarlierKeys::contains(Key key) {
  if (key < first_ || key > last_) look_from(key);
  ++asked_;
  // Most often it is where the last one was, or next to it.
  if (at_ < window_.size() && window_[at_] < key && ++at_ < window_.size() && window_[at_] >= key)
    return window_[at_] == key;
  at_ = static_cast<std::size_t>(std::ranges::lower_bound(window_, key) - window_.begin());
  return at_ < window_.size() && window_[at_] == key;
}

void EarlierKeys::look_from(Key key) {
  // Twice as far each time while the window is used, and hardly beyond the key where it is not.
  limit_ = asked_ >= limit_ / 2 ? std::min(2 * limit_, largest_window)
                                : std::max<std::size_t>(1, limit_ / 2);
  asked_ = 0;
  at_ = 0;
  const bool down = first_ <= last_ && key < first_;
  if (down) {
    window_ = store_.earlier_keys_down_from(key, limit_);
    std::ranges::reverse(window_);
    first_ = window_.size() < limit_ ? 0 : window_.front();
    last_ = key;
  } else {
    window_ = store_.earlier_keys_from(key, limit_);
    first_ = key;
    last_ = window_.size() < limit_ ? std::numeric_limits<Key>::max() : window_.back();
  }
}

MissingKeys::MissingKeys(KeySource& keys, Store& store, const std::function<bool()>& interrupted)
    : ForwardedKeys(keys), earlier_(store) {
  // Some milliseconds.
  constexpr std::uint64_t keys_between_looks = 4096;
  for (std::uint64_t passed = 0; skip_one_kept();)
    if (++passed % keys_between_looks == 0 && interrupted()) return;
}

// Here nothing interrupts: whoever takes several keys at once would take those that are kept.
Key MissingKeys::take() {
  const Key key = keys().take();
  while (skip_one_kept()) continue;
  return key;
}

// Whether the next key was one.
bool MissingKeys::skip_one_kept() {
  const std::optional<Key> key = peek();
  if (!key || !earlier_.contains(*key)) return false;
  keys().pass_over();
  return true;
}

std::optional<std::pair<Key, Value>> EarlierResults::take_below(std::optional<Key> bound) {
  for (auto key = keys_->peek(); key && (!bound || *key < *bound); key = keys_->peek()) {
    keys_->take();
    if (earlier_.contains(*key)) return std::pair(*key, value_of(*key));
  }
  return std::nullopt;
}

Value EarlierResults::value_of(Key key) {
  try {
    return store_.earlier_value(key);
  } catch (const DamagedValue&) {
    if (estimated_cost_s(quantity_, key) > longest_replacement_s) throw;
  }
  Value value = evaluate(quantity_, key);
  store_.replace(key, view_of(value));
  if (replaced_++ == 0) first_replaced_ = key;
  return value;
}

void KeptResults::accept(Key key, const ValueView& value) {
  store_.keep(key, value);
  next_.accept(key, value);
}

void KeptResults::accept_in(const SharedBytes& message, Key key, const ValueView& value) {
  store_.keep(key, value);
  next_.accept_in(message, key, value);
}

void KeptResults::accept_part(Key key, std::uint64_t total_bytes, std::uint64_t offset_bytes,
                              std::string_view digits) {
  if (offset_bytes == 0) {
    const auto [packing, is_new] =
        packing_.insert_or_assign(key, Packing{DigitPacker(total_bytes), total_bytes / 2});
    if (is_new) packing_bytes_ += packing->second.bytes;
  }
  const auto packing = packing_.find(key);
  packing->second.packer.append(digits);
  if (offset_bytes + digits.size() == total_bytes) {
    store_.keep_packed(key, total_bytes, packing->second.packer.take());
    drop_packing(packing, std::next(packing));
  }
  next_.accept_part(key, total_bytes, offset_bytes, digits);
}

void KeptResults::drop_packing(Packings::iterator first, Packings::iterator end) {
  for (auto packing = first; packing != end; ++packing) packing_bytes_ -= packing->second.bytes;
  packing_.erase(first, end);
}

// What is there of values that will not come any more is dropped: their keys were given up.
void KeptResults::settled_below(Key bound) {
  drop_packing(packing_.begin(), packing_.lower_bound(bound));
  next_.settled_below(bound);
}

void KeptResults::settled() {
  drop_packing(packing_.begin(), packing_.end());
  store_.flush();
  next_.settled();
}

}  // namespace fibo
