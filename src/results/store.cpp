// SPDX-License-Identifier: MIT
#include "fibo/results/store.hpp"

#include "fibo/fibonacci/random_seed.hpp"
#include "fibo/fibonacci/residue_check.hpp"
#include "fibo/results/packed_digits.hpp"

#include "store_errors.hpp"
#include "store_file.hpp"
#include "store_tables.hpp"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

namespace fibo {
namespace {

using store::Database;
using store::Direction;
using store::RunId;
using store::Statement;
using store::Table;
using store::Transaction;
using SteadyClock = std::chrono::steady_clock;

// The writer lets values gather for this long before it writes them, and is woken before if there
// are many.
constexpr std::chrono::milliseconds gathering{20};
constexpr std::size_t hurry_bytes = std::size_t{4} << 20;

// The database is given back to readers after so many values.
constexpr std::size_t values_in_a_row = 64;

double unix_time_s() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

struct Item {
  Key key;
  std::uint64_t digits;
  Value packed;
};

Item pack(Key key, const ValueView& value) {
  if (const auto* digits = std::get_if<std::string_view>(&value))
    return {key, digits->size(), pack_digits(*digits)};
  return {key, 0, copy_of(value)};
}

std::size_t bytes_of(const Item& item) {
  const auto* const digits = std::get_if<std::string>(&item.packed);
  return sizeof item + (digits != nullptr ? digits->size() : shown_digits(view_of(item.packed)));
}

RunId begin_run(Database& database, const StoreRun& run) {
  Transaction transaction(database);
  Statement(database,
            "INSERT INTO run_records (started, host, process, command, version, build, ranks, "
            "keys, kept, reused) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0, 0)")
      .execute(unix_time_s(), run.host, static_cast<std::uint64_t>(::getpid()), run.command,
               run.version, run.build, run.ranks, run.keys);
  const auto id = static_cast<RunId>(sqlite3_last_insert_rowid(database.handle()));
  transaction.commit();
  return id;
}

}  // namespace

class Store::Implementation {
 public:
  Implementation(const std::filesystem::path& file, const Quantity& quantity, const StoreRun& run,
                 const StoreSettings& settings)
      : settings_(settings),
        file_(file),
        store_(file, Database::Access::create, run),
        run_(begin_run(store_.database, run)),
        table_(store::open_table(store_.database, quantity, settings.part_bytes)),
        progress_(store_.database, "UPDATE run_records SET kept = ?2, reused = ?3 WHERE id = ?1"),
        check_(random_seed()),
        writer_([this] { write_until_stopped(); }) {}
  Implementation(const Implementation&) = delete;
  Implementation& operator=(const Implementation&) = delete;

  ~Implementation() {
    {
      const std::lock_guard lock(queue_mutex_);
      stopping_ = true;
    }
    wake_.notify_one();
    writer_.join();
  }

  void keep(Item item) {
    const std::size_t bytes = bytes_of(item);
    std::unique_lock lock(queue_mutex_);
    room_.wait(lock, [&] { return failure_ || waiting_bytes_ < settings_.queue_bytes; });
    throw_failure();
    const bool wake =
        queue_.empty() || (waiting_bytes_ < hurry_bytes) != (waiting_bytes_ + bytes < hurry_bytes);
    queue_.push_back(std::move(item));
    waiting_bytes_ += bytes;
    if (wake) wake_.notify_one();
  }

  void flush() {
    std::unique_lock lock(queue_mutex_);
    const std::uint64_t ticket = ++flushes_wanted_;
    wake_.notify_one();
    room_.wait(lock, [&] { return failure_ || flushes_done_ >= ticket; });
    throw_failure();
  }

  [[nodiscard]] std::uint64_t waiting_bytes() const {
    const std::lock_guard lock(queue_mutex_);
    return waiting_bytes_;
  }

  std::vector<Key> earlier_keys(Key from, Direction direction, std::size_t limit) {
    const std::lock_guard lock(database_mutex_);
    return store::explain_errors(file_, [&] { return table_->keys(from, direction, run_, limit); });
  }

  Value earlier_value(Key key) {
    std::optional<Value> value = [&] {
      const std::lock_guard lock(database_mutex_);
      return store::explain_errors(file_, [&] { return read(key); });
    }();
    if (const auto* digits = std::get_if<std::string>(&*value);
        digits != nullptr && !check_.passes(key, *digits))
      store::explain_errors(file_, [&] { throw damaged(key, "it is not F(n)"); });
    const std::lock_guard lock(database_mutex_);
    ++reused_;
    return std::move(*value);
  }

  void remove(Key key) {
    const std::lock_guard lock(database_mutex_);
    store::explain_errors(file_, [&] { table_->remove(key); });
  }

  void end(const std::string& outcome) {
    flush();
    const std::lock_guard lock(database_mutex_);
    store::explain_errors(file_, [&] {
      Transaction transaction(store_.database);
      progress_.execute(run_, kept_, reused_);
      Statement(store_.database, "UPDATE run_records SET ended = ?2, outcome = ?3 WHERE id = ?1")
          .execute(run_, unix_time_s(), outcome);
      transaction.commit();
    });
  }

 private:
  static store::WrongValue damaged(Key key, std::string_view why) {
    return store::WrongValue(fmt::format("the value of key {}: {}", key, why));
  }

  Value read(Key key) {
    try {
      if (std::optional<Value> value = table_->get(key)) return std::move(*value);
    } catch (const store::MalformedRow& error) {
      throw damaged(key, error.what());
    }
    throw damaged(key, "it is not there any more");
  }

  void throw_failure() {
    if (failure_) std::rethrow_exception(failure_);
  }

  // The writer's thread.
  void write_until_stopped() {
    try {
      store::explain_errors(file_, [&] { write_queue(); });
    } catch (...) {
      const std::lock_guard lock(queue_mutex_);
      failure_ = std::current_exception();
      queue_.clear();
      waiting_bytes_ = 0;
    }
    room_.notify_all();
  }

  void write_queue() {
    std::optional<Transaction> transaction;
    try {
      write_queue(transaction);
    } catch (...) {
      const std::lock_guard lock(database_mutex_);
      transaction.reset();
      throw;
    }
  }

  void write_queue(std::optional<Transaction>& transaction) {
    SteadyClock::time_point due;
    std::size_t uncommitted_bytes = 0;
    std::vector<Item> batch;
    for (;;) {
      bool stopping = false;
      std::uint64_t flush_ticket = 0;
      std::size_t batch_bytes = 0;
      {
        std::unique_lock lock(queue_mutex_);
        const auto hurry = [&] {
          return stopping_ || flushes_wanted_ > flushes_done_ || waiting_bytes_ >= hurry_bytes;
        };
        const auto anything = [&] { return hurry() || !queue_.empty(); };
        if (transaction)
          wake_.wait_until(lock, due, anything);
        else
          wake_.wait(lock, anything);
        if (!queue_.empty()) wake_.wait_for(lock, gathering, hurry);
        stopping = stopping_;
        flush_ticket = flushes_wanted_;
        batch.swap(queue_);
        batch_bytes = waiting_bytes_;
      }
      if (!batch.empty() && !transaction) {
        const std::lock_guard lock(database_mutex_);
        transaction.emplace(store_.database);
        due = SteadyClock::now() + settings_.commit_interval;
      }
      write(batch);
      uncommitted_bytes += batch_bytes;
      const bool commit = stopping || flush_ticket > flushes_done_ ||
                          uncommitted_bytes >= settings_.commit_bytes || SteadyClock::now() >= due;
      if (transaction && commit) {
        const std::lock_guard lock(database_mutex_);
        progress_.execute(run_, kept_, reused_);
        transaction->commit();
        transaction.reset();
        uncommitted_bytes = 0;
      }
      {
        const std::lock_guard lock(queue_mutex_);
        waiting_bytes_ -= batch_bytes;
        if (commit) flushes_done_ = flush_ticket;
      }
      batch.clear();
      room_.notify_all();
      if (stopping) return;
    }
  }

  void write(const std::vector<Item>& batch) {
    for (std::size_t begin = 0; begin < batch.size(); begin += values_in_a_row) {
      const std::lock_guard lock(database_mutex_);
      const std::size_t end = std::min(begin + values_in_a_row, batch.size());
      for (std::size_t i = begin; i < end; ++i)
        table_->put(batch[i].key, batch[i].packed, batch[i].digits, run_);
      kept_ += end - begin;
    }
  }

  StoreSettings settings_;
  std::filesystem::path file_;  ///< as it was given, for messages

  std::mutex database_mutex_;  ///< guards what follows, until the queue
  store::StoreFile store_;
  RunId run_;
  std::unique_ptr<Table> table_;
  Statement progress_;
  std::uint64_t kept_ = 0;
  std::uint64_t reused_ = 0;

  ResidueCheck check_;

  mutable std::mutex queue_mutex_;  ///< guards what follows
  std::condition_variable wake_;    ///< there is something for the writer
  std::condition_variable room_;    ///< the writer has done something
  std::vector<Item> queue_;
  std::size_t waiting_bytes_ = 0;  ///< of the queue, and of what the writer writes just now
  std::uint64_t flushes_wanted_ = 0;
  std::uint64_t flushes_done_ = 0;
  bool stopping_ = false;
  std::exception_ptr failure_;

  std::thread writer_;  ///< last: it uses all of the above
};

Store::Store(const std::filesystem::path& file, const Quantity& quantity, const StoreRun& run,
             const StoreSettings& settings)
    : implementation_(store::explain_errors(
          file, [&] { return std::make_unique<Implementation>(file, quantity, run, settings); })) {}

Store::~Store() = default;

void Store::keep(Key key, const ValueView& value) {
  implementation_->keep(pack(key, value));
}

void Store::keep_packed(Key key, std::uint64_t digits, std::string packed) {
  implementation_->keep({key, digits, std::move(packed)});
}

void Store::flush() {
  implementation_->flush();
}

std::uint64_t Store::waiting_bytes() const {
  return implementation_->waiting_bytes();
}

std::vector<Key> Store::earlier_keys_from(Key from, std::size_t limit) {
  return implementation_->earlier_keys(from, Direction::up, limit);
}

std::vector<Key> Store::earlier_keys_down_from(Key from, std::size_t limit) {
  return implementation_->earlier_keys(from, Direction::down, limit);
}

Value Store::earlier_value(Key key) {
  return implementation_->earlier_value(key);
}

void Store::replace(Key key, const ValueView& value) {
  implementation_->remove(key);
  implementation_->keep(pack(key, value));
}

void Store::end(const std::string& outcome) {
  implementation_->end(outcome);
}

}  // namespace fibo
