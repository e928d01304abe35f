// SPDX-License-Identifier: MIT
#include "fibo/farm/shared_memory.hpp"

#include <algorithm>
#include <random>
#include <span>
#include <string>
#include <utility>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
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

/// Memory that is mapped here and, if all is well, in another process. Its first block says what it
/// is, and which of the others are in use.
class SharedSegment : public std::enable_shared_from_this<SharedSegment> {
 public:
  /// A new one; nothing if the system has none.
  static std::shared_ptr<SharedSegment> make(std::size_t message_bytes) {
    const int descriptor = ::memfd_create("fibo_mpi messages", MFD_CLOEXEC);
    if (descriptor < 0) return nullptr;
    const std::size_t bytes = (1 + blocks_for(message_bytes)) * block_bytes;
    if (::ftruncate(descriptor, static_cast<off_t>(bytes)) != 0) {
      ::close(descriptor);
      return nullptr;
    }
    auto segment = map(descriptor, bytes);
    if (!segment) return nullptr;
    std::random_device entropy;
    segment->header().token = std::uint64_t{entropy()} << 32 | entropy();
    return segment;
  }

  /// That of another process of this machine; nothing if it is not to be had.
  static std::shared_ptr<SharedSegment> open(const SharedOffer& offer) {
    const std::string file =
        "/proc/" + std::to_string(offer.process) + "/fd/" + std::to_string(offer.descriptor);
    const int descriptor = ::open(file.c_str(), O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (descriptor < 0) return nullptr;
    // On another machine the same numbers may be those of anything.
    struct stat status {};
    if (::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size < 0 ||
        static_cast<std::uint64_t>(status.st_size) != offer.bytes || offer.bytes <= block_bytes ||
        offer.bytes > most_bytes || offer.bytes % block_bytes != 0) {
      ::close(descriptor);
      return nullptr;
    }
    auto segment = map(descriptor, offer.bytes);
    if (!segment || segment->header().token != offer.token) return nullptr;
    return segment;
  }

  SharedSegment(int descriptor, char* memory, std::size_t bytes)
      : descriptor_(descriptor), memory_(memory), bytes_(bytes) {}
  SharedSegment(const SharedSegment&) = delete;
  SharedSegment& operator=(const SharedSegment&) = delete;
  ~SharedSegment() {
    ::munmap(memory_, bytes_);
    ::close(descriptor_);
  }

  [[nodiscard]] SharedOffer offer() {
    return {.process = static_cast<std::uint64_t>(::getpid()),
            .descriptor = static_cast<std::uint64_t>(descriptor_),
            .bytes = bytes_,
            .token = header().token};
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

  static std::shared_ptr<SharedSegment> map(int descriptor, std::size_t bytes) {
    void* const memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    if (memory == MAP_FAILED) {
      ::close(descriptor);
      return nullptr;
    }
    return std::make_shared<SharedSegment>(descriptor, static_cast<char*>(memory), bytes);
  }

  Header& header() { return *reinterpret_cast<Header*>(memory_); }

  std::span<std::atomic<std::uint8_t>> blocks_in_use() {
    static_assert(std::atomic<std::uint8_t>::is_always_lock_free);
    return {reinterpret_cast<std::atomic<std::uint8_t>*>(memory_ + sizeof(Header)),
            bytes_ / block_bytes - 1};
  }

  std::shared_ptr<char[]> lend(std::size_t first, std::size_t blocks) {
    return {memory_ + (1 + first) * block_bytes, Lease{shared_from_this(), first, blocks}};
  }

  int descriptor_;
  char* memory_;
  std::size_t bytes_;
};

}  // namespace detail

SharedWriter::SharedWriter(std::size_t bytes) : bytes_(bytes) {}

SharedWriter::~SharedWriter() = default;

Bytes SharedWriter::message(std::size_t bytes) {
  if (bytes >= worth_sharing_bytes) {
    const State state = state_.load(std::memory_order_acquire);
    if (state == State::unused) state_.store(State::wanted, std::memory_order_relaxed);
    if (state == State::accepted)
      if (auto message = segment_->allocate(bytes)) return *std::move(message);
  }
  return Bytes::with_capacity(bytes);
}

std::optional<SharedOffer> SharedWriter::take_offer() {
  if (state_.load(std::memory_order_relaxed) != State::wanted) return std::nullopt;
  segment_ = detail::SharedSegment::make(bytes_);
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
