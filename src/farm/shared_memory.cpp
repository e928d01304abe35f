// SPDX-License-Identifier: MIT
#include "fibo/farm/shared_memory.hpp"

#include "fibo/farm/shared_mapping.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include <sys/mman.h>
#include <unistd.h>

namespace fibo {
namespace {

// Shorter messages cost less to copy than to look for a place for.
constexpr std::size_t worth_sharing_bytes = std::size_t{8} << 10;

}  // namespace

namespace detail {
namespace {

// The memory is given out in blocks of this size.
constexpr std::size_t block_bytes = std::size_t{64} << 10;

constexpr std::size_t blocks_for(std::size_t bytes) {
  return std::max<std::size_t>(1, (bytes + block_bytes - 1) / block_bytes);
}

}  // namespace

/// Memory for messages, of this process and perhaps of another. Its first block says what it is,
/// and which of the others are in use.
class SharedSegment : public std::enable_shared_from_this<SharedSegment> {
 public:
  /// In memory for `message_bytes` of messages, with what `make` makes of a size; nothing if that
  /// has none.
  static std::shared_ptr<SharedSegment> make(std::size_t message_bytes,
                                             std::shared_ptr<SharedMapping> (*make)(std::size_t)) {
    return over(make((1 + blocks_for(message_bytes)) * block_bytes));
  }

  /// That of another process of this machine; nothing if it is not to be had.
  static std::shared_ptr<SharedSegment> open(const SharedOffer& offer) {
    if (offer.bytes <= block_bytes || offer.bytes > most_bytes || offer.bytes % block_bytes != 0)
      return nullptr;
    return over(SharedMapping::open(offer.process, offer.descriptor, offer.bytes, offer.token));
  }

  explicit SharedSegment(std::shared_ptr<SharedMapping> mapping) : mapping_(std::move(mapping)) {}

  [[nodiscard]] SharedOffer offer() const {
    return {.process = static_cast<std::uint64_t>(::getpid()),
            .descriptor = mapping_->descriptor(),
            .bytes = mapping_->size_bytes(),
            .token = mapping_->token(),
            .bell = {}};
  }

  /// Bytes in the segment, until the message is destroyed or handed over; the first place that is
  /// free, as what was used last is still in a cache.
  std::optional<Bytes> allocate(std::size_t bytes) {
    const std::size_t needed = blocks_for(bytes);
    const std::span<std::atomic<std::uint8_t>> in_use = blocks_in_use();
    std::size_t free = 0;
    for (std::size_t block = 0; block < in_use.size(); ++block) {
      free = in_use[block].load(std::memory_order_acquire) == 0 ? free + 1 : 0;
      if (free < needed) continue;
      const std::size_t first = block + 1 - needed;
      for (std::size_t i = first; i <= block; ++i) in_use[i].store(1, std::memory_order_relaxed);
      fetch(block + 1, MADV_POPULATE_WRITE);
      return Bytes::in(lend(first, needed), needed * block_bytes, 0);
    }
    return std::nullopt;
  }

  std::optional<SharedMessage> hand_over(Bytes& message) {
    auto* const lease = std::get_deleter<Lease>(message.memory());
    if (lease == nullptr || lease->segment.get() != this) return std::nullopt;
    const SharedMessage place{.block = lease->first, .bytes = message.size()};
    const std::size_t filled = blocks_for(message.size());
    for (const auto in_use = blocks_in_use(); lease->blocks > filled; --lease->blocks)
      in_use[lease->first + lease->blocks - 1].store(0, std::memory_order_release);
    lease->handed_over = true;
    message = {};
    return place;
  }

  std::optional<Bytes> at(const SharedMessage& place) {
    const std::size_t count = blocks_in_use().size();
    if (place.block >= count || place.bytes == 0 ||
        place.bytes > (count - place.block) * block_bytes)
      return std::nullopt;
    const std::size_t blocks = blocks_for(place.bytes);
    fetch(place.block + blocks, MADV_POPULATE_READ);
    return Bytes::in(lend(place.block, blocks), blocks * block_bytes, place.bytes);
  }

 private:
  struct Header {
    std::uint64_t token;
  };

  // Who uses the blocks, until the last of the message is gone.
  struct Lease {
    std::shared_ptr<SharedSegment> segment;
    std::size_t first;
    std::size_t blocks;
    bool handed_over = false;

    void operator()(char* /*memory*/) const {
      if (handed_over) return;
      for (auto& block : segment->blocks_in_use().subspan(first, blocks))
        block.store(0, std::memory_order_release);
    }
  };

  // What the first block can keep the book of.
  static constexpr std::size_t most_bytes = (block_bytes - sizeof(Header)) * block_bytes;

  static std::shared_ptr<SharedSegment> over(std::shared_ptr<SharedMapping> mapping) {
    if (!mapping) return nullptr;
    return std::make_shared<SharedSegment>(std::move(mapping));
  }

  // Maps the pages of the first blocks at once where the system can, as a fault for each costs
  // more.
  void fetch(std::size_t blocks, int advice) {
    if (!mapping_->can_be_opened() || blocks <= fetched_) return;
    ::madvise(mapping_->memory() + (1 + fetched_) * block_bytes, (blocks - fetched_) * block_bytes,
              advice);
    fetched_ = blocks;
  }

  std::span<std::atomic<std::uint8_t>> blocks_in_use() {
    static_assert(std::atomic<std::uint8_t>::is_always_lock_free);
    return {reinterpret_cast<std::atomic<std::uint8_t>*>(mapping_->memory() + sizeof(Header)),
            mapping_->size_bytes() / block_bytes - 1};
  }

  std::shared_ptr<char[]> lend(std::size_t first, std::size_t blocks) {
    return {mapping_->memory() + (1 + first) * block_bytes,
            Lease{shared_from_this(), first, blocks}};
  }

  std::shared_ptr<SharedMapping> mapping_;
  std::size_t fetched_ = 0;  ///< blocks, of this process's view
};

}  // namespace detail

SharedWriter::SharedWriter(std::size_t bytes) : bytes_(bytes) {}

SharedWriter::~SharedWriter() = default;

Bytes SharedWriter::message(std::size_t bytes) {
  if (bytes >= worth_sharing_bytes) {
    const State state = state_.load(std::memory_order_acquire);
    if (state == State::unused) offer_early();
    if (state != State::accepted && !own_)
      own_ = detail::SharedSegment::make(bytes_, detail::SharedMapping::make_private);
    if (const auto& segment = state == State::accepted ? segment_ : own_)
      if (auto message = segment->allocate(bytes)) return *std::move(message);
  }
  return Bytes::with_capacity(bytes);
}

void SharedWriter::offer_early() {
  State unused = State::unused;
  state_.compare_exchange_strong(unused, State::wanted, std::memory_order_relaxed);
}

std::optional<SharedOffer> SharedWriter::take_offer() {
  if (state_.load(std::memory_order_relaxed) != State::wanted) return std::nullopt;
  segment_ = detail::SharedSegment::make(bytes_, detail::SharedMapping::make);
  state_.store(segment_ ? State::offered : State::refused, std::memory_order_relaxed);
  if (!segment_) return std::nullopt;
  return segment_->offer();
}

void SharedWriter::answered(const SharedAnswer& answer) {
  if (state_.load(std::memory_order_relaxed) != State::offered) return;
  if (!answer.accepted) segment_.reset();
  state_.store(answer.accepted ? State::accepted : State::refused, std::memory_order_release);
}

std::optional<SharedMessage> SharedWriter::hand_over(Bytes& message) {
  if (state_.load(std::memory_order_relaxed) != State::accepted) return std::nullopt;
  return segment_->hand_over(message);
}

SharedReader::SharedReader(const SharedOffer& offer)
    : segment_(detail::SharedSegment::open(offer)) {}

Bytes SharedReader::take(const SharedMessage& place) const {
  if (!segment_) throw MalformedMessage("a message lies in memory that is not shared");
  auto message = segment_->at(place);
  if (!message) throw MalformedMessage("a message lies outside of the shared memory");
  return *std::move(message);
}

}  // namespace fibo
