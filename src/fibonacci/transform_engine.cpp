// SPDX-License-Identifier: MIT
#include "fibo/fibonacci/transform_engine.hpp"

#include "fibo/arithmetic/arena.hpp"
#include "fibo/arithmetic/balanced_limbs.hpp"
#include "fibo/arithmetic/prime_field.hpp"
#include "fibo/arithmetic/root_table.hpp"
#include "fibo/arithmetic/row_program.hpp"
#include "fibo/arithmetic/transform_kernels.hpp"
#include "fibo/arithmetic/worker_team.hpp"

#include "golden_ratio.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cmath>
#include <map>
#include <stdexcept>
#include <utility>
#include <vector>

namespace fibo {
namespace detail {
namespace {

constexpr std::size_t round_up(std::size_t value, std::size_t step) {
  return (value + step - 1) / step * step;
}

// The limbs that a product may spill past its transform's end, and room to keep every buffer
// aligned to a cache line.
constexpr std::size_t spill_room = 8;

// Rows of this length and more would begin in the same few sets of a first-level cache of 4 KiB
// ways.
constexpr std::size_t crowding_length = 512;

// Smaller transforms take two threads about as long as one: what one has written has to come out of
// its caches for the other. On an AMD EPYC (Zen 5), 2026-11 (engine_bench threads), two gain 0.9 to
// 1.1 times at 2^14.
constexpr std::size_t shared_size = std::size_t{1} << 14;

// The limbs of so many columns of all rows stay in a second-level cache for the second prime.
constexpr std::size_t cached_columns = 1024;

// Transforms of this size leave a cache of some tens of MB before they are read again.
constexpr std::size_t streaming_size = std::size_t{1} << 21;

// Rows of these lengths are rather twice as long than more than so many: each takes its share of
// the row program, which many rows make longer, and 32 of them stay in a second-level cache. On an
// AMD EPYC (Zen 3), 2026-11, it saves up to 5 % below n = 3 * 10^7, and nothing above.
constexpr std::size_t most_short_rows = 32;
constexpr std::size_t shortest_doubled = 128;
constexpr std::size_t longest_doubled = 8192;

std::size_t most_rows(std::size_t length) {
  return shortest_doubled <= length && length <= longest_doubled ? most_short_rows : max_rows;
}

// Rows and length of the rows of the transform that has room for `coefficients`.
struct Shape {
  std::size_t rows = 0;
  std::size_t length = block_size;

  explicit Shape(std::size_t coefficients) {
    while (coefficients > most_rows(length) * length) length *= 2;
    rows = (coefficients + length - 1) / length;
  }

  [[nodiscard]] std::size_t size() const { return rows * length; }
  [[nodiscard]] RowLayout layout() const {
    return {length, length < crowding_length ? length : length + 2 * chunk_columns,
            size() >= streaming_size};
  }
  // Doubles of a transform.
  [[nodiscard]] std::size_t buffer_size() const { return rows * layout().stride; }
  [[nodiscard]] std::size_t blocks() const { return size() / block_size; }
  // Rows that hold so many limbs.
  [[nodiscard]] std::size_t rows_for(std::size_t limbs) const {
    return (limbs + length - 1) / length;
  }
};

// Limbs in memory of the arena: `count` of them matter, all from there to `clean` are zero.
struct LimbBuffer {
  double* data = nullptr;
  std::size_t count = 0;
  std::size_t clean = 0;

  [[nodiscard]] std::span<double> limbs() const { return {data, count}; }

  void fill_to(std::size_t end) {
    if (end > clean) std::fill(data + clean, data + end, 0.0);
    clean = std::max(clean, end);
  }
};

// Digits of L(k) or fewer: L(k) < phi^k + 1.
std::size_t lucas_digits(std::uint64_t k) {
  return static_cast<std::size_t>(static_cast<double>(k) * detail::log10_of_phi) + 2;
}

// The pairs up to here fit 64 bits.
constexpr std::uint64_t max_small_pair = 90;

// Factors of fewer limbs are multiplied by the schoolbook. 24 was the best of 12, 24 and 40 on an
// AMD EPYC (Zen 3), gcc 12, in the least time of F(n) for n = 1500 to 10000.
constexpr std::size_t schoolbook_limbs = 24;

// How much of what F(n) needs, in doubles.
struct Requirement {
  DecimalBase base{};
  std::size_t limbs = 0;    // in each number of the pair
  std::size_t buffers = 0;  // for transforms
  std::size_t blocks = 0;   // in the tables
};

std::size_t pair_limbs(std::uint64_t k, const DecimalBase& base) {
  return limbs_for_digits(lucas_digits(k + 1), base.digits);
}

// Which of the doublings k -> 2k, 2k+1 that lead to n are products, and how the last one is.
enum class Goal : std::uint8_t { number, pair };

Requirement requirement(std::uint64_t n, Goal goal) {
  Requirement need;
  need.base = base_for_factors(lucas_digits(n / 2 + 1));
  const auto include = [&need](std::uint64_t k, bool single) {
    const std::size_t limbs = pair_limbs(k, need.base);
    const Shape shape(2 * limbs - 1);
    const std::size_t size = shape.size() + spill_room;
    need.buffers = std::max(need.buffers, (single ? 2 : 4) * shape.buffer_size());
    need.blocks = std::max(need.blocks, shape.blocks());
    // The last product takes the place of both factors.
    need.limbs = std::max(
        {need.limbs, single ? round_up(size, 2) / 2 : size, shape.rows_for(limbs) * shape.length});
  };
  include(n / 2, goal == Goal::number);
  if (n / 2 > max_small_pair) include(n / 4, false);
  need.limbs = round_up(need.limbs, spill_room);
  return need;
}

// Whether L(k+1) can have so many limbs: as many as are planned for it or few less, by the carries
// that its form leaves open.
bool fits_pair(std::size_t limbs, std::uint64_t k, const DecimalBase& base) {
  const std::size_t planned = pair_limbs(k, base);
  return limbs > 0 && limbs <= planned && limbs + 3 >= planned;
}

// The third buffer of the last product.
std::size_t scratch_size(std::uint64_t n, const DecimalBase& base) {
  return Shape(2 * pair_limbs(n / 2, base) - 1).buffer_size();
}

// Threads have a fourth one, of this size, and with it each its own prime as in `in_primes`. Where
// caches hold no more than a part of it anyway, its memory would be wasted.
std::size_t fourth_size(std::size_t scratch, unsigned threads) {
  return threads > 1 && scratch < 2 * streaming_size ? scratch : 0;
}

// Bytes that an engine holds after `prepare(need, scratch)` and the products that follow.
std::size_t held_bytes(const Requirement& need, std::size_t scratch, unsigned threads) {
  return Arena::bytes_for(2 * need.limbs + need.buffers + scratch) +
         2 * RootTable::size(need.blocks) * sizeof(double) + max_rows * sizeof(Spill) * threads;
}

void check_range(std::uint64_t n) {
  if (n > max_transform_n) throw std::length_error("F(n) is past the range of the transform");
}

}  // namespace
}  // namespace detail

using namespace detail;

class TransformEngine::Implementation {
 public:
  explicit Implementation(TransformOptions options)
      : tables_{RootTable(primes[0]), RootTable(primes[1])},
        kernels_(transform_kernels(options.instruction_set)),
        team_(options.threads),
        probe_(std::move(options.probe)) {}

  [[nodiscard]] std::size_t memory_bytes() const {
    return arena_.size_bytes() + 2 * RootTable::size(blocks_) * sizeof(double);
  }

  std::size_t fibonacci_text(std::uint64_t n, std::span<char> out) {
    check_range(n);
    if (n <= max_small_pair) return write_small(n, out);
    const Requirement need = requirement(n, Goal::number);
    const std::size_t scratch = scratch_size(n, need.base);
    double* const inside = scratch_in(out, scratch);
    const std::size_t own = inside == nullptr ? scratch : 0;
    const std::size_t fourth = fourth_size(scratch, team_.size());
    prepare(need, own + fourth);
    double* const third = inside == nullptr ? buffers_[0] + need.buffers : inside;

    lucas_pair(n / 2);
    // 5 F(k) = 2 L(k+1) - L(k) and 5 F(k+1) = L(k+1) + 2 L(k).
    const bool odd = n % 2 != 0;
    trim_pair(n / 2);
    make_fifth(odd ? 2 : -1, odd ? 1 : 2, y_);
    LimbBuffer result =
        multiply_pair({third, fourth == 0 ? third : buffers_[0] + need.buffers + own});
    // F(2k+1) = F(k+1) L(k) - (-1)^k.
    if (odd) add_at({result.data, result.clean}, 0, n / 2 % 2 == 0 ? -1 : 1, base_);
    result.count = significant_limbs({result.data, result.clean});
    look(TransformStage::product, result.limbs());
    return write_text(result.limbs(), out);
  }

  void fibonacci_pair(std::uint64_t n, std::span<std::uint64_t> value,
                      std::span<std::uint64_t> previous) {
    check_range(n);
    if (n == 0) throw std::length_error("F(-1) is not provided");
    const std::size_t words = (fibonacci_text_bound(n) + 17) / 18;
    if (value.size() < words || previous.size() < words) {
      throw std::length_error("too few limbs for F(n)");
    }
    prepare(requirement(n, Goal::pair), 0);
    lucas_pair(n);
    // 5 F(n) = 2 L(n+1) - L(n) and 5 F(n-1) = 3 L(n) - L(n+1); one after the other, as the second
    // overwrites what the first needs.
    trim_pair(n);
    LimbBuffer number{buffers_[0], 0, 0};
    make_fifth(-1, 2, number);
    write_words(number, words, value);
    make_fifth(3, -1, number);
    write_words(number, words, previous);
  }

  void multiply(std::span<const std::uint64_t> a, std::span<const std::uint64_t> b,
                std::span<std::uint64_t> out) {
    if (out.size() < a.size() + b.size()) throw std::length_error("too few limbs for a product");
    if (a.empty() || b.empty()) {
      std::ranges::fill(out, std::uint64_t{0});
      return;
    }
    Requirement need;
    need.base = base_for_factors(18 * std::min(a.size(), b.size()));
    const std::size_t a_limbs = limbs_for_digits(18 * a.size(), need.base.digits);
    const std::size_t b_limbs = limbs_for_digits(18 * b.size(), need.base.digits);
    const Shape shape(a_limbs + b_limbs - 1);
    need.limbs = std::max(shape.rows_for(std::max(a_limbs, b_limbs)) * shape.length,
                          round_up(shape.size() + spill_room, 2 * spill_room) / 2);
    need.buffers = 2 * shape.buffer_size();
    need.blocks = shape.blocks();
    prepare(need, shape.buffer_size());
    x_ = {x_.data, a_limbs, a_limbs};
    y_ = {y_.data, b_limbs, b_limbs};
    from_words(a, x_.limbs(), base_);
    from_words(b, y_.limbs(), base_);
    double* const third = buffers_[0] + need.buffers;
    LimbBuffer result = multiply_pair({third, third});
    result.count = significant_limbs({result.data, result.clean});
    to_words(result.limbs(), out, base_);
  }

 private:
  static std::size_t write_small(std::uint64_t n, std::span<char> out) {
    std::uint64_t value = 0;
    std::uint64_t next = 1;
    for (; n > 0; --n) value = std::exchange(next, value + next);
    std::array<char, 20> digits{};
    std::size_t length = 0;
    do {
      digits[length++] = static_cast<char>('0' + value % 10);
      value /= 10;
    } while (value != 0);
    if (length > out.size()) throw std::length_error("the text is too small for the digits");
    std::reverse_copy(digits.begin(), digits.begin() + static_cast<std::ptrdiff_t>(length),
                      out.begin());
    return length;
  }

  // The number in `words` limbs of 18 digits, and zeros above them.
  void write_words(const LimbBuffer& number, std::size_t words,
                   std::span<std::uint64_t> out) const {
    to_words(number.limbs(), out.first(words), base_);
    std::ranges::fill(out.subspan(words), std::uint64_t{0});
  }

  std::size_t write_text(std::span<const double> limbs, std::span<char> out) {
    const DigitCount count = count_digits(limbs, base_);
    if (count.digits > out.size()) {
      throw std::length_error("the text is too small for the digits");
    }
    in_threads(limbs.size(), [&](unsigned thread, unsigned threads) {
      write_digits(limbs, base_, count, limbs.size() * thread / threads,
                   limbs.size() * (thread + 1) / threads, kernels_.write_limbs, out);
    });
    return count.digits;
  }

  // The aligned part of `out`, if it has room for so many doubles: the text is written when they
  // are no longer needed.
  static double* scratch_in(std::span<char> out, std::size_t count) {
    void* begin = out.data();
    std::size_t bytes = out.size();
    return static_cast<double*>(std::align(64, count * sizeof(double), begin, bytes));
  }

  void prepare(const Requirement& need, std::size_t scratch) {
    base_ = need.base;
    double* const memory = arena_.reserve(2 * need.limbs + need.buffers + scratch);
    x_ = {memory, 0, 0};
    y_ = {memory + need.limbs, 0, 0};
    buffers_ = {memory + 2 * need.limbs, memory + 2 * need.limbs + need.buffers / 2};
    for (RootTable& table : tables_) table.reserve(need.blocks);
    blocks_ = std::max(blocks_, need.blocks);
  }

  void look(TransformStage stage, std::span<double> data) const {
    if (probe_) probe_(stage, data);
  }

  // x, y <- L(k), L(k+1).
  void lucas_pair(std::uint64_t k) {
    int shift = 0;
    while ((k >> shift) > max_small_pair) ++shift;
    std::uint64_t low = 2;
    std::uint64_t high = 1;
    for (std::uint64_t i = k >> shift; i > 0; --i) low = std::exchange(high, low + high);
    for (LimbBuffer* buffer : {&x_, &y_}) {
      buffer->count = buffer->clean = 20 / static_cast<std::size_t>(base_.digits) + 2;
      set_small(buffer->limbs(), buffer == &x_ ? low : high, base_);
    }
    while (shift > 0) {
      --shift;
      double_pair(k >> (shift + 1), ((k >> shift) & 1) != 0);
    }
  }

  // From L(k), L(k+1) to L(2k), L(2k+1), or to L(2k+1), L(2k+2) if `up`:
  // L(2k) = L(k)^2 - 2 (-1)^k and L(2k+1) = L(k) L(k+1) - (-1)^k.
  void double_pair(std::uint64_t k, bool up) {
    const double sign = k % 2 == 0 ? 1 : -1;
    trim_pair(k);
    LimbBuffer& squared = up ? y_ : x_;
    LimbBuffer& other = up ? x_ : y_;
    if (x_.count < schoolbook_limbs) {
      square_and_multiply_short(squared, other);
    } else {
      square_and_multiply(squared, other);
    }
    add_at({squared.data, squared.clean}, 0, up ? 2 * sign : -2 * sign, base_);
    add_at({other.data, other.clean}, 0, -sign, base_);
    squared.count = squared.clean;
    other.count = other.clean;
  }

  // Drops the leading zeros of x, y = L(k), L(k+1), which are of about the same size and are kept
  // so. A machine's mistake in a limb may have carried anywhere: what follows is sized by these
  // counts, and the buffers by the plan.
  void trim_pair(std::uint64_t k) {
    x_.count = y_.count = std::max(significant_limbs(x_.limbs()), significant_limbs(y_.limbs()));
    if (!fits_pair(x_.count, k, base_)) {
      throw std::length_error("a Lucas number has not the limbs that it must have");
    }
  }

  // squared <- squared^2, other <- squared other.
  void square_and_multiply_short(LimbBuffer& squared, LimbBuffer& other) {
    std::array<double, 2 * schoolbook_limbs> square{};
    std::array<double, 2 * schoolbook_limbs> product{};
    const std::size_t count = 2 * squared.count;
    multiply_short(squared.limbs(), squared.limbs(), {square.data(), count}, base_);
    multiply_short(squared.limbs(), other.limbs(), {product.data(), count}, base_);
    std::copy_n(square.begin(), count, squared.data);
    std::copy_n(product.begin(), count, other.data);
    squared.clean = other.clean = count;
  }

  void square_and_multiply(LimbBuffer& squared, LimbBuffer& other) {
    const Shape shape(2 * squared.count - 1);
    const std::size_t size = shape.buffer_size();
    const std::array<double*, 2> squares = buffers_;
    const std::array<double*, 2> products{buffers_[0] + size, buffers_[1] + size};
    prepare_factor(shape, squared);
    prepare_factor(shape, other);
    in_primes(shape, [&](std::size_t q, std::size_t begin, std::size_t end) {
      transform_rows(q, shape, squared, squares[q], begin, end);
      transform_rows(q, shape, other, products[q], begin, end);
    });
    in_rows_of_primes(shape, [&](std::size_t q, std::size_t row) {
      const std::size_t offset = row * shape.layout().stride;
      kernels_.square_and_multiply_row(tables_[q].view(), squares[q] + offset, products[q] + offset,
                                       shape.length, row);
    });
    look(TransformStage::residue, {squares[0], size});
    look(TransformStage::residue, {products[1], size});
    recombine(shape, squares, squared);
    recombine(shape, products, other);
    look(TransformStage::product, {squared.data, shape.size()});
  }

  // x y, in place of both. `others` are buffers as long as the products, one for each prime or the
  // same for both.
  LimbBuffer multiply_pair(const std::array<double*, 2>& others) {
    const Shape shape(x_.count + y_.count - 1);
    const std::array<double*, 2>& products = buffers_;
    prepare_factor(shape, x_);
    prepare_factor(shape, y_);
    const auto transform = [&](std::size_t q, std::size_t begin, std::size_t end) {
      transform_rows(q, shape, x_, products[q], begin, end);
      transform_rows(q, shape, y_, others[q], begin, end);
    };
    const auto multiply = [&](std::size_t q, std::size_t row) {
      const std::size_t offset = row * shape.layout().stride;
      kernels_.multiply_row(tables_[q].view(), products[q] + offset, others[q] + offset,
                            shape.length, row);
    };
    if (others[0] != others[1]) {
      in_primes(shape, transform);
      in_rows_of_primes(shape, multiply);
    } else {
      for (std::size_t q = 0; q < primes.size(); ++q) {
        in_column_ranges(
            shape, [&](unsigned, std::size_t begin, std::size_t end) { transform(q, begin, end); });
        in_rows(shape, [&](std::size_t row) { multiply(q, row); });
      }
    }
    for (double* residues : products) {
      look(TransformStage::residue, {residues, shape.buffer_size()});
    }
    LimbBuffer result{x_.data, 0, 0};
    recombine(shape, products, result);
    return result;
  }

  void prepare_factor(const Shape& shape, LimbBuffer& buffer) {
    look(TransformStage::factor, buffer.limbs());
    plan_forward(shape, buffer);
    buffer.fill_to(shape.rows_for(buffer.count) * shape.length);
  }

  void transform_rows(std::size_t q, const Shape& shape, const LimbBuffer& from, double* to,
                      std::size_t begin, std::size_t end) const {
    const std::size_t input_rows = shape.rows_for(from.count);
    kernels_.forward_rows(forward_[q].at({input_rows, shape.rows}).view(), tables_[q].view(),
                          from.data, input_rows, shape.layout(), to, begin, end);
  }

  // Makes the programs for `transform_rows`, which threads share.
  void plan_forward(const Shape& shape, const LimbBuffer& from) {
    const std::pair key{shape.rows_for(from.count), shape.rows};
    for (std::size_t q = 0; q < 2; ++q) {
      if (!forward_[q].contains(key)) {
        forward_[q].emplace(key, forward_rows(primes[q], key.first, key.second));
      }
    }
  }

  void recombine(const Shape& shape, const std::array<double*, 2>& residues, LimbBuffer& to) {
    const RecombineInput input[2] = {
        {inverse_program(0, shape.rows).view(), tables_[0].view(), residues[0]},
        {inverse_program(1, shape.rows).view(), tables_[1].view(), residues[1]}};
    // What the transforms leave is a power of two.
    const RecombineConstants constants =
        recombine_constants(base_, std::countr_zero(shape.length / 2 * std::bit_ceil(shape.rows)));
    std::vector<Spill>& spills = spills_;
    spills.resize(shape.rows * team_.size());
    std::vector<std::size_t>& ends = ends_;
    ends.assign(team_.size(), 0);
    in_column_ranges(shape, [&](unsigned thread, std::size_t begin, std::size_t end) {
      ends[thread] = end;
      kernels_.recombine(input, constants, shape.layout(), to.data, begin, end,
                         spills.data() + thread * shape.rows);
    });
    to.count = to.clean = shape.size();
    to.fill_to(shape.size() + spill_room);
    const std::span<double> limbs{to.data, to.clean};
    for (unsigned thread = 0; thread < team_.size(); ++thread) {
      if (ends[thread] == 0) continue;
      for (std::size_t row = 0; row < shape.rows; ++row) {
        const Spill& spill = spills[thread * shape.rows + row];
        const std::size_t at = row * shape.length + ends[thread];
        add_at(limbs, at, spill.first, base_);
        add_at(limbs, at + 1, spill.second, base_);
      }
    }
  }

  // out <- (a x + b y)/5, of a trimmed pair. `out` may be y.
  void make_fifth(double a, double b, LimbBuffer& out) {
    const std::size_t count = x_.count;
    out.count = out.clean = count;
    const unsigned parts = threads_for(count);
    const auto begin_of = [&](unsigned part) { return count * part / parts; };
    // First what each part needs of the one above, then the parts, then what they carry.
    carries_.assign(parts, 0);
    for (unsigned part = 0; part + 1 < parts; ++part) {
      const std::size_t above = begin_of(part + 1);
      carries_[part] = fifth_remainder(a * x_.data[above] + b * y_.data[above]);
    }
    in_threads(count, [&](unsigned part, unsigned) {
      const std::size_t begin = begin_of(part);
      const std::size_t size = begin_of(part + 1) - begin;
      carries_[part] =
          fifth_of_run(a, x_.limbs().subspan(begin, size), b, y_.limbs().subspan(begin, size),
                       out.limbs().subspan(begin, size), carries_[part], base_);
    });
    for (unsigned part = 0; part + 1 < parts; ++part) {
      add_at(out.limbs(), begin_of(part + 1), carries_[part], base_);
    }
    // The top limb keeps what it has.
    out.data[count - 1] += carries_.back() * base_.base;
  }

  const RowProgram& inverse_program(std::size_t q, std::size_t rows) {
    const auto found = inverse_[q].find(rows);
    if (found != inverse_[q].end()) return found->second;
    return inverse_[q].emplace(rows, inverse_rows(primes[q], rows)).first->second;
  }

  // Calls work(thread) on as many threads as a transform of this size is worth.
  template <class Work>
  void in_threads(std::size_t size, const Work& work) {
    const unsigned threads = threads_for(size);
    if (threads == 1) {
      work(0U, 1U);
    } else {
      team_.run([&](unsigned thread) { work(thread, threads); });
    }
  }

  [[nodiscard]] unsigned threads_for(std::size_t size) const {
    return size < shared_size ? 1 : team_.size();
  }

  // Calls work(thread, begin, end) for ranges of columns that cover them all.
  template <class Work>
  void in_column_ranges(const Shape& shape, const Work& work) {
    in_threads(shape.size(), [&](unsigned thread, unsigned threads) {
      const auto [begin, end] = column_range(shape, thread, threads);
      if (begin < end) work(thread, begin, end);
    });
  }

  static std::pair<std::size_t, std::size_t> column_range(const Shape& shape, unsigned part,
                                                          unsigned parts) {
    const std::size_t chunks = shape.length / chunk_columns;
    return {chunks * part / parts * chunk_columns, chunks * (part + 1) / parts * chunk_columns};
  }

  // Calls work(q, begin, end) for ranges of columns that cover them all, for each prime q. Each of
  // several threads keeps to one prime here and in `in_rows_of_primes`, as far as it can: what it
  // has transformed is in its own caches.
  template <class Work>
  void in_primes(const Shape& shape, const Work& work) {
    in_threads(shape.size(), [&](unsigned thread, unsigned threads) {
      if (threads > 1) {
        const unsigned q = thread % 2;
        const auto [begin, end] = column_range(shape, thread / 2, (threads + 1 - q) / 2);
        if (begin < end) work(q, begin, end);
        return;
      }
      for (std::size_t begin = 0; begin < shape.length; begin += cached_columns) {
        const std::size_t end = std::min(begin + cached_columns, shape.length);
        for (std::size_t q = 0; q < primes.size(); ++q) work(q, begin, end);
      }
    });
  }

  // Calls work(q, row) for each prime and each row.
  template <class Work>
  void in_rows_of_primes(const Shape& shape, const Work& work) {
    std::array<std::atomic<std::size_t>, primes.size()> next{};
    in_threads(shape.size(), [&](unsigned thread, unsigned) {
      for (const std::size_t q : {thread % primes.size(), (thread + 1) % primes.size()}) {
        for (std::size_t row = next[q]++; row < shape.rows; row = next[q]++) work(q, row);
      }
    });
  }

  // Calls work(row) for each row.
  template <class Work>
  void in_rows(const Shape& shape, const Work& work) {
    std::atomic<std::size_t> next{0};
    in_threads(shape.size(), [&](unsigned, unsigned) {
      for (std::size_t row = next++; row < shape.rows; row = next++) work(row);
    });
  }

  std::array<RootTable, 2> tables_;
  const TransformKernels& kernels_;
  WorkerTeam team_;
  std::function<void(TransformStage, std::span<double>)> probe_;
  std::size_t blocks_ = 0;
  std::array<std::map<std::pair<std::size_t, std::size_t>, RowProgram>, 2> forward_;
  std::array<std::map<std::size_t, RowProgram>, 2> inverse_;
  Arena arena_;
  DecimalBase base_{};
  LimbBuffer x_;
  LimbBuffer y_;
  std::array<double*, 2> buffers_{};  // for transforms, half of them for each prime
  std::vector<Spill> spills_;
  std::vector<std::size_t> ends_;
  std::vector<double> carries_;
};

TransformEngine::TransformEngine(TransformOptions options)
    : implementation_(std::make_unique<Implementation>(std::move(options))) {}
TransformEngine::TransformEngine(TransformEngine&&) noexcept = default;
TransformEngine& TransformEngine::operator=(TransformEngine&&) noexcept = default;
TransformEngine::~TransformEngine() = default;

std::size_t TransformEngine::fibonacci_text(std::uint64_t n, std::span<char> out) {
  return implementation_->fibonacci_text(n, out);
}

void TransformEngine::fibonacci_pair(std::uint64_t n, std::span<std::uint64_t> value,
                                     std::span<std::uint64_t> previous) {
  implementation_->fibonacci_pair(n, value, previous);
}

void TransformEngine::multiply(std::span<const std::uint64_t> a, std::span<const std::uint64_t> b,
                               std::span<std::uint64_t> out) {
  implementation_->multiply(a, b, out);
}

std::size_t TransformEngine::memory_bytes() const {
  return implementation_->memory_bytes();
}

std::size_t fibonacci_text_bound(std::uint64_t n) {
  check_range(n);
  // F(n) < phi^n / sqrt 5 + 1/2, and log10(sqrt 5) > 0.349.
  return static_cast<std::size_t>(
             std::max(0.0, static_cast<double>(n) * detail::log10_of_phi - 0.349)) +
         2;
}

std::size_t transform_memory_bytes(std::uint64_t n, unsigned threads) {
  check_range(n);
  const Requirement need = requirement(n, Goal::number);
  const std::size_t scratch = scratch_size(n, need.base);
  const bool fits = fibonacci_text_bound(n) >= scratch * sizeof(double) + 64;
  return held_bytes(need, (fits ? 0 : scratch) + fourth_size(scratch, threads), threads);
}

std::size_t transform_pair_memory_bytes(std::uint64_t n, unsigned threads) {
  check_range(n);
  return held_bytes(requirement(n, Goal::pair), 0, threads);
}

}  // namespace fibo
