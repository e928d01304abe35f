// SPDX-License-Identifier: MIT
#include "fibo/results/store.hpp"

#include "fibo/fibonacci/random_seed.hpp"
#include "fibo/fibonacci/residue_check.hpp"
#include "fibo/results/packed_digits.hpp"
#include "fibo/results/text.hpp"

#include "store_errors.hpp"
#include "store_file.hpp"
#include "store_tables.hpp"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>
#include <type_traits>
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

// While another program holds a lock of the file, and while the writer is waited for.
constexpr std::chrono::milliseconds between_tries{20};
constexpr std::chrono::milliseconds between_looks{100};

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

// For SQLite, which asks again and again: waits for a minute, but in an interrupted run.
int wait_for_others(void* interrupted, int times) {
  constexpr int most_times = 600;
  const auto& is_interrupted = *static_cast<const std::function<bool()>*>(interrupted);
  if (times >= most_times || (is_interrupted && is_interrupted())) return 0;
  std::this_thread::sleep_for(between_looks);
  return 1;
}

RunId begin_run(Database& database, const StoreRun& run, std::function<bool()> interrupted) {
  sqlite3_busy_handler(database.handle(), wait_for_others, &interrupted);
  Transaction transaction(database);
  const double now_s = unix_time_s();
  // Not one that values have of a run that somebody deleted from the history: those are to be seen
  // as of an earlier run.
  const RunId id =
      std::max(store::query_number(database, "SELECT coalesce(max(id), 0) + 1 FROM run_records"),
               static_cast<RunId>(now_s * 1e6));
  Statement(database,
            "INSERT INTO run_records (id, started, host, process, command, version, build, ranks, "
            "keys, kept, reused) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 0, 0)")
      .execute(id, now_s, run.host, static_cast<std::uint64_t>(::getpid()), run.command,
               run.version, run.build, run.ranks, std::min(run.keys, store::largest_integer));
  transaction.commit();
  // From here on SQLite itself waits for nobody: see Store::Implementation::patiently(). A page for
  // which its cache has no room is to be written before the commit. A reader prevents that; the
  // page then stays in memory. So while somebody reads, a transaction takes memory for
  // `commit_bytes`, and for as much as the queue may hold.
  sqlite3_busy_handler(database.handle(), nullptr, nullptr);
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
        run_(begin_run(store_.database, run, settings.interrupted)),
        table_(store::open_table(store_.database, quantity, settings.part_bytes)),
        progress_(store_.database, "UPDATE run_records SET kept = ?2, reused = ?3 WHERE id = ?1"),
        check_(random_seed()),
        writer_([this] { write_until_stopped(); }) {}
  Implementation(const Implementation&) = delete;
  Implementation& operator=(const Implementation&) = delete;

  ~Implementation() {
    {
      std::unique_lock lock(queue_mutex_);
      stopping_ = true;
      wake_.notify_one();
      wait_for_writer(lock, [&] { return writer_has_ended_; });
    }
    writer_.join();
  }

  void keep(Item item) {
    const std::size_t bytes = bytes_of(item);
    std::unique_lock lock(queue_mutex_);
    if (blocked_since_) look_up(lock);
    wait_for_writer(lock, [&] { return failure_ || waiting_bytes_ < settings_.queue_bytes; });
    throw_failure();
    const bool wake =
        queue_.empty() || (waiting_bytes_ < hurry_bytes) != (waiting_bytes_ + bytes < hurry_bytes);
    queue_.push_back(std::move(item));
    ++given_;
    waiting_bytes_ += bytes;
    if (wake) wake_.notify_one();
  }

  void flush() {
    std::unique_lock lock(queue_mutex_);
    const std::uint64_t ticket = ++flushes_wanted_;
    wake_.notify_one();
    wait_for_writer(lock, [&] { return failure_ || flushes_done_ >= ticket; });
    throw_failure();
  }

  [[nodiscard]] std::uint64_t waiting_bytes() const {
    const std::lock_guard lock(queue_mutex_);
    return waiting_bytes_;
  }

  std::vector<Key> earlier_keys(Key from, Direction direction, std::size_t limit) {
    return patiently([&] { return table_->keys(from, direction, run_, limit); });
  }

  Value earlier_value(Key key) {
    std::optional<Value> value = patiently([&] { return read(key); });
    if (const auto* digits = std::get_if<std::string>(&*value);
        digits != nullptr && !check_.passes(key, *digits))
      store::explain_errors(file_, [&] { throw damaged(key, "it is not F(n)"); });
    const std::lock_guard lock(database_mutex_);
    ++reused_;
    return std::move(*value);
  }

  void remove(Key key) {
    patiently([&] { table_->remove(key); });
  }

  void end(const std::string& outcome) {
    {
      const std::lock_guard lock(queue_mutex_);
      interrupted_ = outcome == "interrupted";
    }
    flush();
    note_end(outcome);
  }

  void end_in_failure() {
    try {
      flush();
    } catch (const StoreError&) {
      // That is the failure: the history may still be written, on a full disk for one.
    }
    note_end("failed");
  }

  void tell_of_waiting(std::function<void()> tell) {
    const std::lock_guard lock(queue_mutex_);
    tell_ = std::move(tell);
  }

 private:
  void note_end(const std::string& outcome) {
    std::optional<Transaction> transaction;
    patiently([&] { transaction.emplace(store_.database); });
    patiently([&] {
      progress_.execute(run_, kept_, reused_);
      Statement(store_.database, "UPDATE run_records SET ended = ?2, outcome = ?3 WHERE id = ?1")
          .execute(run_, unix_time_s(), outcome);
      transaction->commit();
    });
  }

  // From the first time that another program is in the way until it is not.
  class Blockade {
   public:
    explicit Blockade(Implementation& store) : store_(store) {}
    Blockade(const Blockade&) = delete;
    Blockade& operator=(const Blockade&) = delete;
    ~Blockade() {
      if (!is_noted_) return;
      const std::lock_guard lock(store_.queue_mutex_);
      store_.blocked_since_.reset();
    }
    void note() {
      is_noted_ = true;
      const std::lock_guard lock(store_.queue_mutex_);
      if (!store_.blocked_since_) store_.blocked_since_ = SteadyClock::now();
    }

   private:
    Implementation& store_;
    bool is_noted_ = false;
  };

  // Does `work` with the database. Where another program holds a lock of the file it is done again
  // after each pause.
  // @param look_up  called with the queue's lock in each pause
  template <class Work, class LookUp>
  std::invoke_result_t<const Work&> patiently(const Work& work, const LookUp& look_up) {
    Blockade blockade(*this);
    for (;;) {
      try {
        const std::lock_guard lock(database_mutex_);
        return work();
      } catch (const store::DatabaseError& error) {
        if (error.code() != SQLITE_BUSY) throw;
      }
      blockade.note();
      std::unique_lock lock(queue_mutex_);
      given_up_in_.wait_for(lock, between_tries, [&] { return is_given_up_; });
      look_up(lock);
      if (is_given_up_) throw in_the_way();
    }
  }

  // The same for threads that call the store.
  template <class Work>
  std::invoke_result_t<const Work&> patiently(const Work& work) {
    return store::explain_errors(file_, [&] {
      return patiently(work, [this](std::unique_lock<std::mutex>& lock) { look_up(lock); });
    });
  }

  // The same for the writer, which somebody else tells to give up.
  template <class Work>
  void write_patiently(const Work& work) {
    patiently(work, [](std::unique_lock<std::mutex>& /*lock*/) {});
  }

  // Of a thread that calls the store.
  template <class Ready>
  void wait_for_writer(std::unique_lock<std::mutex>& lock, const Ready& ready) {
    while (!room_.wait_for(lock, between_looks, ready)) look_up(lock);
  }

  // A thread that calls the store looks up from its waiting: whether to tell of it, and whether it
  // has been long enough.
  void look_up(std::unique_lock<std::mutex>& lock) {
    if (!blocked_since_) return;
    const SteadyClock::time_point now = SteadyClock::now();
    if (tell_ && now - *blocked_since_ >= settings_.silent_wait) {
      const std::function<void()> tell = std::exchange(tell_, nullptr);
      lock.unlock();
      tell();
      lock.lock();
    }
    if (!interrupted_ && !(settings_.interrupted && settings_.interrupted())) return;
    if (!last_wait_since_) last_wait_since_ = now;
    if (blocked_since_ && now - std::max(*blocked_since_, *last_wait_since_) >= settings_.last_wait)
      give_up();
  }

  // This and what follows expect the queue's lock.
  void give_up() {
    is_given_up_ = true;
    given_up_in_.notify_all();
  }

  [[nodiscard]] StoreError in_the_way() const {
    const std::uint64_t lost = given_ - on_disk_;
    return StoreError(fmt::format(
        "{}: another program keeps reading or writing the store{}; what was kept before is there: "
        "end that program, then run the same command again",
        file_.string(),
        lost == 0
            ? ""
            : fmt::format("; the last {} {} not kept", counted(lost, "value"), is_or_are(lost))));
  }

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
    {
      const std::lock_guard lock(queue_mutex_);
      writer_has_ended_ = true;
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
      kept_ = on_disk_;
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
        write_patiently([&] { transaction.emplace(store_.database); });
        due = SteadyClock::now() + settings_.commit_interval;
      }
      write(batch);
      uncommitted_bytes += batch_bytes;
      const bool commit = stopping || flush_ticket > flushes_done_ ||
                          uncommitted_bytes >= settings_.commit_bytes || SteadyClock::now() >= due;
      if (transaction && commit) {
        write_patiently([&] {
          progress_.execute(run_, kept_, reused_);
          transaction->commit();
        });
        transaction.reset();
        uncommitted_bytes = 0;
      }
      {
        const std::lock_guard lock(queue_mutex_);
        waiting_bytes_ -= batch_bytes;
        if (!transaction) on_disk_ = kept_;
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

  mutable std::mutex queue_mutex_;       ///< guards what follows
  std::condition_variable wake_;         ///< there is something for the writer
  std::condition_variable room_;         ///< the writer has done something
  std::condition_variable given_up_in_;  ///< nobody waits for other programs any more
  std::vector<Item> queue_;
  std::size_t waiting_bytes_ = 0;  ///< of the queue, and of what the writer writes just now
  std::uint64_t flushes_wanted_ = 0;
  std::uint64_t flushes_done_ = 0;
  std::uint64_t given_ = 0;                               ///< values, to keep()
  std::uint64_t on_disk_ = 0;                             ///< of those
  std::optional<SteadyClock::time_point> blocked_since_;  ///< by another program
  std::function<void()> tell_;                            ///< of that; nothing once it was told
  bool interrupted_ = false;
  std::optional<SteadyClock::time_point> last_wait_since_;
  bool is_given_up_ = false;  ///< what other programs prevent
  bool stopping_ = false;
  bool writer_has_ended_ = false;
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

void Store::end_in_failure() {
  implementation_->end_in_failure();
}

void Store::tell_of_waiting(std::function<void()> tell) {
  implementation_->tell_of_waiting(std::move(tell));
}

}  // namespace fibo
