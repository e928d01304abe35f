// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/farm/key.hpp"
#include "fibo/fibonacci/quantity.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace fibo {

/// A store that cannot be used, or not any further. what() is one line: the file, what is wrong
/// with it, and what to do about it.
class StoreError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The file of a store is damaged beyond its values: they cannot all be read.
class DamagedStore : public StoreError {
 public:
  using StoreError::StoreError;
};

/// A value is not any more what was kept.
class DamagedValue : public StoreError {
 public:
  using StoreError::StoreError;
};

/// What a store says of a run in its history.
struct StoreRun {
  std::string host;
  std::string command;
  std::string version;
  std::string build;  ///< the commit of the program
  std::uint64_t ranks = 1;
  std::uint64_t keys = 0;  ///< asked for; at most 2^63 - 1 is noted
};

struct StoreSettings {
  /// Values of more bytes than this, packed two digits a byte, are kept in parts. SQLite's own
  /// limit for a value is 10^9 bytes, and it holds two copies of what it inserts.
  std::size_t part_bytes = std::size_t{16} << 20;
  /// A transaction takes in what arrives in this time, or until it is this long.
  std::chrono::milliseconds commit_interval{500};
  std::size_t commit_bytes = std::size_t{64} << 20;
  /// Values that have not been written yet; beyond this keep() waits.
  std::size_t queue_bytes = std::size_t{64} << 20;
  /// Says whether the run is interrupted. Asked while the store waits, by threads that call it;
  /// nothing says that it never is.
  std::function<bool()> interrupted = {};
  /// How long an interrupted run waits for other programs.
  std::chrono::milliseconds last_wait{3000};
  /// How long a run waits for other programs before it tells of that.
  std::chrono::milliseconds silent_wait{5000};
};

/// Values kept in an SQLite database, for one quantity and by one run: those of earlier runs can be
/// read, new ones are written as they come by a thread of their own, in transactions sized by time.
/// Whatever ends the process, the file holds every value up to the last commit and nothing else.
/// While it lives no other run can open the same file. Other programs that read or write the file
/// are waited for, as long as it takes or until the run is interrupted: values gather meanwhile,
/// and keep() waits once there are many. All functions throw StoreError.
class Store {
 public:
  /// Opens the file, or makes it. It is as it was if this throws.
  Store(const std::filesystem::path& file, const Quantity& quantity, const StoreRun& run,
        const StoreSettings& settings = {});
  /// Commits what has been given.
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  /// Takes a value that has passed its check. Returns before it is on disk, where it is
  /// `commit_interval` later unless the disk is slower than the values come.
  /// Precondition: the key is not in the store.
  void keep(Key key, const ValueView& value);

  /// The same for a value in full whose digits came in pieces.
  /// @param packed  by DigitPacker
  void keep_packed(Key key, std::uint64_t digits, std::string packed);

  /// What keep() was given is on disk when this returns.
  void flush();

  /// Values given to keep() that are not written yet, in bytes.
  [[nodiscard]] std::uint64_t waiting_bytes() const;

  /// Up to `limit` keys that earlier runs kept, from `from` on, in ascending order.
  [[nodiscard]] std::vector<Key> earlier_keys_from(Key from, std::size_t limit);
  /// The same downwards: from `from` on, in descending order.
  [[nodiscard]] std::vector<Key> earlier_keys_down_from(Key from, std::size_t limit);

  /// The value that an earlier run kept, checked: a full one against F(n) modulo a random prime,
  /// others by the checksum of their row.
  /// @throws DamagedValue  if it is another one
  [[nodiscard]] Value earlier_value(Key key);

  /// Keeps `value` in place of one that an earlier run kept.
  void replace(Key key, const ValueView& value);

  /// The run is over: flush(), and the last line of its history.
  /// @param outcome  "complete", or why it is not: "interrupted", by whatever
  void end(const std::string& outcome);

  /// The same for a run that fails, perhaps because of the store: what can still be kept is.
  void end_in_failure();

  /// Has `tell` called, once, by a thread that calls the store, when another program has been in
  /// the way for a while. Nothing for not any more.
  void tell_of_waiting(std::function<void()> tell);

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace fibo
