// SPDX-License-Identifier: MIT
#include "store_tables.hpp"

#include "fibo/fibonacci/overloaded.hpp"
#include "fibo/results/packed_digits.hpp"

#include <limits>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace fibo::store {
namespace {

/// FNV-1a of 64 bits (Fowler, Noll, Vo) over all that a row says: it tells a row that was changed
/// from one that was kept. Values in full need none, as they are checked against F(n).
class Checksum {
 public:
  Checksum& add(std::string_view bytes) {
    add(std::uint64_t{bytes.size()});
    for (const char byte : bytes) mix(static_cast<unsigned char>(byte));
    return *this;
  }
  Checksum& add(std::uint64_t number) {
    for (int i = 0; i < 8; ++i) mix(static_cast<unsigned char>(number >> 8 * i));
    return *this;
  }
  /// Never past 2^63: an integer of SQLite.
  [[nodiscard]] std::uint64_t value() const { return state_ >> 1; }

 private:
  void mix(unsigned char byte) { state_ = (state_ ^ byte) * 0x100000001b3; }

  std::uint64_t state_ = 0xcbf29ce484222325;
};

std::vector<Key> keys_of(Statement::Rows& rows) {
  std::vector<Key> keys;
  while (rows.next()) keys.push_back(rows.number(0));
  return keys;
}

class FullValues final : public Table {
 public:
  FullValues(Database& database, std::size_t part_bytes)
      : part_bytes_(part_bytes),
        put_(database, "INSERT INTO full_values (n, digits, run, packed) VALUES (?1, ?2, ?3, ?4)"),
        put_part_(database, "INSERT INTO value_parts (n, part, packed) VALUES (?1, ?2, ?3)"),
        get_(database, "SELECT digits, packed FROM full_values WHERE n = ?1"),
        get_parts_(database, "SELECT part, packed FROM value_parts WHERE n = ?1 ORDER BY part"),
        remove_(database, "DELETE FROM full_values WHERE n = ?1"),
        remove_parts_(database, "DELETE FROM value_parts WHERE n = ?1"),
        up_(database, "SELECT n FROM full_values WHERE n >= ?1 AND run < ?2 ORDER BY n LIMIT ?3"),
        down_(database,
              "SELECT n FROM full_values WHERE n <= ?1 AND run < ?2 ORDER BY n DESC LIMIT ?3") {}

  void put(Key key, const Value& packed, std::uint64_t digits, RunId run) override {
    std::string_view rest = std::get<std::string>(packed);
    if (rest.size() <= part_bytes_) {
      put_.execute(key, digits, run, Statement::Blob{rest});
      return;
    }
    put_.execute(key, digits, run, Statement::Null{});
    // Of a value whose row somebody deleted.
    remove_parts_.execute(key);
    for (std::uint64_t part = 0; !rest.empty(); ++part) {
      const std::string_view bytes = rest.substr(0, part_bytes_);
      put_part_.execute(key, part, Statement::Blob{bytes});
      rest.remove_prefix(bytes.size());
    }
  }

  std::optional<Value> get(Key key) override {
    auto rows = get_.query(key);
    if (!rows.next()) return std::nullopt;
    const std::uint64_t digit_count = rows.number(0);
    // What the key's value must have, whatever the row says of itself.
    if (key > max_key(FullDigits{}) || digit_count != fibonacci_digit_count(key))
      throw MalformedRow("the number of digits is wrong");
    std::string digits;
    digits.reserve(digit_count + 1);
    if (rows.is_null(1)) {
      auto parts = get_parts_.query(key);
      for (std::uint64_t part = 0; parts.next(); ++part) {
        if (parts.number(0) != part) throw MalformedRow("a part is missing");
        append(digits, parts.blob(1), digit_count);
      }
    } else {
      append(digits, rows.blob(1), digit_count);
    }
    const std::size_t odd = digit_count % 2;
    if (digits.size() != digit_count + odd || (odd != 0 && digits.front() != '0'))
      throw MalformedRow("digits are missing");
    digits.erase(0, odd);
    return digits;
  }

  void remove(Key key) override {
    // A row without its parts is known for damaged, and replaced; parts without their row would
    // be in the way of the new ones for ever.
    remove_parts_.execute(key);
    remove_.execute(key);
  }

  std::vector<Key> keys(Key from, Direction direction, RunId before_run,
                        std::size_t limit) override {
    const bool up = direction == Direction::up;
    // Larger numbers are texts, which this table has none of.
    if (from > largest_key) {
      if (up) return {};
      from = largest_key;
    }
    auto rows = (up ? up_ : down_).query(from, before_run, std::uint64_t{limit});
    return keys_of(rows);
  }

 private:
  static constexpr auto largest_key = static_cast<Key>(std::numeric_limits<std::int64_t>::max());

  // More than the value can hold is damage, and not to be gathered.
  static void append(std::string& digits, std::string_view packed, std::uint64_t digit_count) {
    if (packed.size() > (digit_count + 1 - digits.size()) / 2)
      throw MalformedRow("there are too many digits");
    append_unpacked(digits, packed);
  }

  std::size_t part_bytes_;
  Statement put_, put_part_, get_, get_parts_, remove_, remove_parts_, up_, down_;
};

// Rows that are of one parameter of their quantity: the first column of the key.
class ParameterRows : public Table {
 public:
  void remove(Key key) final { remove_.execute(parameter_, key); }

  std::vector<Key> keys(Key from, Direction direction, RunId before_run, std::size_t limit) final {
    auto rows = (direction == Direction::up ? up_ : down_)
                    .query(parameter_, from, before_run, std::uint64_t{limit});
    return keys_of(rows);
  }

 protected:
  ParameterRows(Database& database, std::string_view table, std::string_view column,
                std::uint64_t parameter)
      : parameter_(parameter),
        remove_(database, fmt::format("DELETE FROM {} WHERE {} = ?1 AND n = ?2", table, column)),
        up_(database, fmt::format("SELECT n FROM {} WHERE {} = ?1 AND n >= ?2 AND run < ?3 "
                                  "ORDER BY n LIMIT ?4",
                                  table, column)),
        down_(database, fmt::format("SELECT n FROM {} WHERE {} = ?1 AND n <= ?2 AND run < ?3 "
                                    "ORDER BY n DESC LIMIT ?4",
                                    table, column)) {}

  [[nodiscard]] std::uint64_t parameter() const { return parameter_; }

 private:
  std::uint64_t parameter_;
  Statement remove_, up_, down_;
};

class EndsOfK final : public ParameterRows {
 public:
  EndsOfK(Database& database, std::uint64_t k)
      : ParameterRows(database, "ends", "k", k),
        put_(database, "INSERT INTO ends VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"),
        get_(database,
             "SELECT digits, leading, trailing, checksum FROM ends WHERE k = ?1 AND n = ?2") {}

  void put(Key key, const Value& value, std::uint64_t /*digits*/, RunId run) override {
    const auto& ends = std::get<Ends>(value);
    put_.execute(parameter(), key, ends.digit_count, ends.leading, ends.trailing, run,
                 checksum(key, ends));
  }

  std::optional<Value> get(Key key) override {
    auto rows = get_.query(parameter(), key);
    if (!rows.next()) return std::nullopt;
    Ends ends{.digit_count = rows.number(0),
              .leading = std::string(rows.text(1)),
              .trailing = std::string(rows.text(2))};
    if (rows.number(3) != checksum(key, ends)) throw MalformedRow("the checksum is wrong");
    return ends;
  }

 private:
  [[nodiscard]] std::uint64_t checksum(Key key, const Ends& ends) const {
    return Checksum()
        .add(parameter())
        .add(key)
        .add(ends.digit_count)
        .add(ends.leading)
        .add(ends.trailing)
        .value();
  }

  Statement put_, get_;
};

class ResiduesOfM final : public ParameterRows {
 public:
  ResiduesOfM(Database& database, std::uint64_t m)
      : ParameterRows(database, "residues", "m", m),
        put_(database, "INSERT INTO residues VALUES (?1, ?2, ?3, ?4, ?5)"),
        get_(database, "SELECT residue, checksum FROM residues WHERE m = ?1 AND n = ?2") {}

  void put(Key key, const Value& value, std::uint64_t /*digits*/, RunId run) override {
    const auto residue = std::get<std::uint64_t>(value);
    put_.execute(parameter(), key, residue, run, checksum(key, residue));
  }

  std::optional<Value> get(Key key) override {
    auto rows = get_.query(parameter(), key);
    if (!rows.next()) return std::nullopt;
    const std::uint64_t residue = rows.number(0);
    if (rows.number(1) != checksum(key, residue)) throw MalformedRow("the checksum is wrong");
    return residue;
  }

 private:
  [[nodiscard]] std::uint64_t checksum(Key key, std::uint64_t residue) const {
    return Checksum().add(parameter()).add(key).add(residue).value();
  }

  Statement put_, get_;
};

}  // namespace

std::unique_ptr<Table> open_table(Database& database, const Quantity& quantity,
                                  std::size_t part_bytes) {
  return std::visit(Overloaded{
                        [&](const FullDigits&) -> std::unique_ptr<Table> {
                          return std::make_unique<FullValues>(database, part_bytes);
                        },
                        [&](const EndDigits& q) -> std::unique_ptr<Table> {
                          return std::make_unique<EndsOfK>(database, q.count);
                        },
                        [&](const Residue& q) -> std::unique_ptr<Table> {
                          return std::make_unique<ResiduesOfM>(database, q.modulus);
                        },
                    },
                    quantity);
}

std::vector<Quantity> kept_quantities(Database& database) {
  std::vector<Quantity> quantities;
  // Looked up one after the other, each from the index: DISTINCT would read every row.
  Statement next_full(database, "SELECT n FROM full_values LIMIT 1");
  if (auto rows = next_full.query(); rows.next()) quantities.emplace_back(FullDigits{});
  const auto look_up = [&](std::string_view sql, const auto& make) {
    Statement next(database, sql);
    for (std::uint64_t last = 0;;) {
      auto rows = next.query(last);
      if (!rows.next()) break;
      const std::uint64_t found = rows.number(0);
      if (found <= last) throw MalformedRow("rows are out of order");
      quantities.emplace_back(make(found));
      last = found;
    }
  };
  look_up("SELECT k FROM ends WHERE k > ?1 ORDER BY k LIMIT 1",
          [](std::uint64_t k) { return EndDigits{k}; });
  look_up("SELECT m FROM residues WHERE m > ?1 ORDER BY m LIMIT 1",
          [](std::uint64_t m) { return Residue{m}; });
  return quantities;
}

}  // namespace fibo::store
