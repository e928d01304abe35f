// SPDX-License-Identifier: MIT
#include "fibo/farm/message.hpp"

#include "fibo/fibonacci/overloaded.hpp"

#include <cmath>
#include <cstring>
#include <string_view>
#include <type_traits>
#include <utility>

namespace fibo {
namespace {

// More than any machine has.
constexpr std::uint64_t most_threads = 1 << 16;

template <class T>
concept Number = std::is_arithmetic_v<T>;

// Appends to bytes.
class Encoder {
 public:
  explicit Encoder(Bytes& bytes) : bytes_(bytes) {}

  Encoder& put(Number auto number) {
    bytes_.append(&number, sizeof number);
    return *this;
  }

  Encoder& put(std::string_view text) {
    put(std::uint64_t{text.size()});
    bytes_.append(text.data(), text.size());
    return *this;
  }

  Encoder& put(std::span<const std::uint64_t> integers) {
    put(std::uint64_t{integers.size()});
    bytes_.append(integers.data(), integers.size_bytes());
    return *this;
  }

  Encoder& put(const Interval& interval) { return put(interval.begin_s).put(interval.end_s); }

  void reserve(std::size_t size) { bytes_.reserve(size); }

 private:
  Bytes& bytes_;
};

class Decoder {
 public:
  explicit Decoder(std::span<const char> bytes) : rest_(bytes) {}

  template <Number T>
  T get() {
    T number;
    std::memcpy(&number, take(sizeof number).data(), sizeof number);
    return number;
  }

  std::string_view get_text() {
    const std::span<const char> text = take(get<std::uint64_t>());
    return {text.data(), text.size()};
  }

  /// Integers with their count before them.
  std::vector<std::uint64_t> get_integers() {
    std::vector<std::uint64_t> integers(get_count(sizeof(std::uint64_t)));
    const std::span<const char> bytes = take(integers.size() * sizeof(std::uint64_t));
    if (!bytes.empty()) std::memcpy(integers.data(), bytes.data(), bytes.size());
    return integers;
  }

  std::uint64_t get_positive() {
    const auto number = get<std::uint64_t>();
    if (number == 0) throw MalformedMessage("a number is zero");
    return number;
  }

  bool get_flag() {
    const auto flag = get<std::uint8_t>();
    if (flag > 1) throw MalformedMessage("a flag is neither true nor false");
    return flag != 0;
  }

  /// A duration in seconds.
  double get_duration_s() {
    const auto duration_s = get<double>();
    if (!std::isfinite(duration_s) || duration_s < 0)
      throw MalformedMessage("a duration is out of range");
    return duration_s;
  }

  double get_time_s() {
    const auto time_s = get<double>();
    if (!std::isfinite(time_s)) throw MalformedMessage("a time is out of range");
    return time_s;
  }

  Interval get_interval() {
    Interval interval;
    interval.begin_s = get_time_s();
    interval.end_s = get_time_s();
    if (interval.end_s < interval.begin_s) throw MalformedMessage("an end is before its beginning");
    return interval;
  }

  /// A count of things of at least `least_bytes` each, which must still be there.
  std::size_t get_count(std::size_t least_bytes) {
    const auto count = get<std::uint64_t>();
    if (count > rest_.size() / least_bytes)
      throw MalformedMessage("a count is past the message's end");
    return count;
  }

  void expect_end() const {
    if (!rest_.empty()) throw MalformedMessage("there are bytes past the message's end");
  }

 private:
  std::span<const char> take(std::uint64_t size) {
    if (size > rest_.size()) throw MalformedMessage("the message is cut short");
    const auto taken = rest_.first(size);
    rest_ = rest_.subspan(size);
    return taken;
  }

  std::span<const char> rest_;
};

// The first byte of a message says which alternative of its variant it is; so does the first byte
// of a quantity or a value.
template <class Variant>
std::uint8_t tag_of(const Variant& variant) {
  return static_cast<std::uint8_t>(variant.index());
}

// Calls decode(std::type_identity<Alternative>{}) for the alternative that `tag` names.
template <class Variant, std::size_t index = 0>
Variant decode_alternative(std::uint8_t tag, const auto& decode) {
  if constexpr (index == std::variant_size_v<Variant>) {
    throw MalformedMessage("a kind is unknown");
  } else {
    using Alternative = std::variant_alternative_t<index, Variant>;
    if (tag == index)
      return Variant(std::in_place_index<index>, decode(std::type_identity<Alternative>{}));
    return decode_alternative<Variant, index + 1>(tag, decode);
  }
}

void put(Encoder& out, const Quantity& quantity) {
  out.put(tag_of(quantity));
  std::visit(Overloaded{
                 [](const FullDigits&) {},
                 [&](const EndDigits& ends) { out.put(ends.count); },
                 [&](const Residue& residue) { out.put(residue.modulus); },
             },
             quantity);
}

struct QuantityDecoder {
  Decoder& in;

  FullDigits operator()(std::type_identity<FullDigits>) const { return {}; }
  EndDigits operator()(std::type_identity<EndDigits>) const { return {in.get_positive()}; }
  Residue operator()(std::type_identity<Residue>) const { return {in.get_positive()}; }
};

void put(Encoder& out, const ValueView& value) {
  out.put(tag_of(value));
  std::visit(Overloaded{
                 [&](std::string_view digits) { out.put(digits); },
                 [&](const EndsView& ends) {
                   out.put(ends.digit_count).put(ends.leading).put(ends.trailing);
                 },
                 [&](std::uint64_t residue) { out.put(residue); },
             },
             value);
}

struct ValueDecoder {
  Decoder& in;

  std::string_view operator()(std::type_identity<std::string_view>) const { return in.get_text(); }
  EndsView operator()(std::type_identity<EndsView>) const {
    EndsView ends;
    ends.digit_count = in.get<std::uint64_t>();
    ends.leading = in.get_text();
    ends.trailing = in.get_text();
    return ends;
  }
  std::uint64_t operator()(std::type_identity<std::uint64_t>) const {
    return in.get<std::uint64_t>();
  }
};

void put(Encoder& out, const BellPlace& bell) {
  out.put(bell.process).put(bell.descriptor).put(bell.token);
}

struct MessageEncoder {
  Encoder& out;

  void operator()(const Job& job) const { put(out, job.quantity); }
  void operator()(const Chunk& chunk) const { out.put(chunk.id).put(std::span(chunk.keys)); }
  void operator()(const Stop&) const {}
  void operator()(const Farewell& farewell) const {
    out.put(static_cast<std::uint8_t>(farewell.together ? 1 : 0));
  }
  void operator()(const Widen& widen) const { out.put(widen.threads).put(std::span(widen.cpus)); }
  void operator()(const Hello& hello) const {
    out.put(hello.host).put(hello.sent_s).put(std::span(hello.cpus));
  }
  void operator()(const Results& results) const {
    out.put(results.chunk).put(std::uint64_t{results.entries.size()});
    for (const auto& [key, value] : results.entries) {
      out.put(key);
      put(out, value);
    }
    out.put(results.computed).put(results.waited_s);
  }
  void operator()(const ValuePart& part) const {
    out.reserve(part_message_bytes(part.digits.size()));
    out.put(part.chunk).put(part.key).put(part.total_bytes).put(part.offset_bytes).put(part.digits);
    out.put(part.computed).put(part.waited_s);
  }
  void operator()(const Failure& failure) const { out.put(failure.key).put(failure.what); }
  void operator()(const CheckFailure& failure) const { out.put(failure.chunk).put(failure.key); }
  void operator()(const Heartbeat&) const {}
  void operator()(const Interrupted& interrupted) const { out.put(interrupted.signal); }
  void operator()(const Lost& lost) const { out.put(lost.why); }
  void operator()(const SharedOffer& offer) const {
    out.put(offer.process).put(offer.descriptor).put(offer.bytes).put(offer.token);
    put(out, offer.bell);
  }
  void operator()(const SharedAnswer& answer) const {
    out.put(static_cast<std::uint8_t>(answer.accepted ? 1 : 0));
    put(out, answer.bell);
  }
  void operator()(const SharedMessage& message) const { out.put(message.block).put(message.bytes); }
  void operator()(const Broken& broken) const { out.put(broken.what); }
  void operator()(const Goodbye& goodbye) const {
    out.put(goodbye.keys).put(goodbye.computing_s);
    out.put(goodbye.communicating_s).put(goodbye.waiting_s);
  }
};

struct MessageDecoder {
  Decoder& in;

  Job operator()(std::type_identity<Job>) const {
    return {decode_alternative<Quantity>(in.get<std::uint8_t>(), QuantityDecoder{in})};
  }
  Chunk operator()(std::type_identity<Chunk>) const {
    Chunk chunk{.id = in.get<ChunkId>(), .keys = {}};
    chunk.keys = in.get_integers();
    return chunk;
  }
  Widen operator()(std::type_identity<Widen>) const {
    Widen widen;
    widen.threads = in.get<std::uint64_t>();
    if (widen.threads == 0 || widen.threads > most_threads)
      throw MalformedMessage("a number of threads is out of range");
    widen.cpus = in.get_integers();
    return widen;
  }
  Stop operator()(std::type_identity<Stop>) const { return {}; }
  Farewell operator()(std::type_identity<Farewell>) const { return {in.get_flag()}; }
  Hello operator()(std::type_identity<Hello>) const {
    Hello hello;
    hello.host = in.get_text();
    hello.sent_s = in.get_time_s();
    hello.cpus = in.get_integers();
    return hello;
  }
  Results operator()(std::type_identity<Results>) const {
    Results results{.chunk = in.get<ChunkId>(), .entries = {}};
    results.entries.resize(in.get_count(sizeof(Key) + 1));
    for (auto& [key, value] : results.entries) {
      key = in.get<Key>();
      value = decode_alternative<ValueView>(in.get<std::uint8_t>(), ValueDecoder{in});
    }
    results.computed = in.get_interval();
    results.waited_s = in.get_duration_s();
    return results;
  }
  ValuePart operator()(std::type_identity<ValuePart>) const {
    ValuePart part;
    part.chunk = in.get<ChunkId>();
    part.key = in.get<Key>();
    part.total_bytes = in.get<std::uint64_t>();
    part.offset_bytes = in.get<std::uint64_t>();
    part.digits = in.get_text();
    part.computed = in.get_interval();
    part.waited_s = in.get_duration_s();
    if (part.digits.empty()) throw MalformedMessage("a part is empty");
    if (part.offset_bytes > part.total_bytes ||
        part.digits.size() > part.total_bytes - part.offset_bytes)
      throw MalformedMessage("a part is past its value's end");
    return part;
  }
  Failure operator()(std::type_identity<Failure>) const {
    Failure failure;
    failure.key = in.get<Key>();
    failure.what = in.get_text();
    return failure;
  }
  CheckFailure operator()(std::type_identity<CheckFailure>) const {
    CheckFailure failure;
    failure.chunk = in.get<ChunkId>();
    failure.key = in.get<Key>();
    return failure;
  }
  Heartbeat operator()(std::type_identity<Heartbeat>) const { return {}; }
  Interrupted operator()(std::type_identity<Interrupted>) const { return {in.get<int>()}; }
  Lost operator()(std::type_identity<Lost>) const { return {std::string(in.get_text())}; }
  Broken operator()(std::type_identity<Broken>) const { return {std::string(in.get_text())}; }
  SharedOffer operator()(std::type_identity<SharedOffer>) const {
    SharedOffer offer;
    offer.process = in.get<std::uint64_t>();
    offer.descriptor = in.get<std::uint64_t>();
    offer.bytes = in.get<std::uint64_t>();
    offer.token = in.get<std::uint64_t>();
    offer.bell = get_bell();
    return offer;
  }
  SharedAnswer operator()(std::type_identity<SharedAnswer>) const {
    SharedAnswer answer;
    answer.accepted = in.get_flag();
    answer.bell = get_bell();
    return answer;
  }
  SharedMessage operator()(std::type_identity<SharedMessage>) const {
    SharedMessage message;
    message.block = in.get<std::uint64_t>();
    message.bytes = in.get<std::uint64_t>();
    return message;
  }
  Goodbye operator()(std::type_identity<Goodbye>) const {
    Goodbye goodbye;
    goodbye.keys = in.get<std::uint64_t>();
    goodbye.computing_s = in.get_duration_s();
    goodbye.communicating_s = in.get_duration_s();
    goodbye.waiting_s = in.get_duration_s();
    return goodbye;
  }

  [[nodiscard]] BellPlace get_bell() const {
    BellPlace bell;
    bell.process = in.get<std::uint64_t>();
    bell.descriptor = in.get<std::uint64_t>();
    bell.token = in.get<std::uint64_t>();
    return bell;
  }
};

template <class Message>
Bytes encode_message(const Message& message) {
  Bytes bytes;
  Encoder out(bytes);
  out.put(tag_of(message));
  std::visit(MessageEncoder{out}, message);
  return bytes;
}

template <class Message>
Message decode_message(std::span<const char> bytes) {
  Decoder in(bytes);
  auto message = decode_alternative<Message>(in.get<std::uint8_t>(), MessageDecoder{in});
  in.expect_end();
  return message;
}

// What the bytes say if their first one names that message.
template <class Message, class Direction>
std::optional<Message> as(std::span<const char> bytes, Direction (&decode)(std::span<const char>)) {
  const std::uint8_t tag = tag_of(Direction(Message{}));
  if (bytes.empty() || static_cast<std::uint8_t>(bytes[0]) != tag) return std::nullopt;
  return std::get<Message>(decode(bytes));
}

}  // namespace

Bytes encode(const ToWorker& message) {
  return encode_message(message);
}

Bytes encode(const ToProducer& message) {
  return encode_message(message);
}

Bytes encode(const ValuePart& part, Bytes room) {
  Encoder out(room);
  out.put(tag_of(ToProducer(ValuePart{})));
  MessageEncoder{out}(part);
  return room;
}

// As MessageEncoder writes a Results with the entries given, whose count is known at the end alone.
void ResultsEncoder::add(Key key, const ValueView& value) {
  Encoder out(bytes_);
  if (count_++ == 0) out.put(tag_of(ToProducer(Results{}))).put(chunk_).put(std::uint64_t{0});
  out.put(key);
  put(out, value);
}

Bytes ResultsEncoder::take(const Interval& computed, double waited_s) {
  Encoder(bytes_).put(computed).put(waited_s);
  std::memcpy(bytes_.data() + sizeof(std::uint8_t) + sizeof chunk_, &count_, sizeof count_);
  count_ = 0;
  return std::exchange(bytes_, {});
}

ToWorker decode_to_worker(std::span<const char> bytes) {
  return decode_message<ToWorker>(bytes);
}

ToProducer decode_to_producer(std::span<const char> bytes) {
  return decode_message<ToProducer>(bytes);
}

bool is_stop(std::span<const char> bytes) {
  return !bytes.empty() && static_cast<std::uint8_t>(bytes[0]) == tag_of(ToWorker(Stop{}));
}

std::optional<Farewell> as_farewell(std::span<const char> bytes) {
  return as<Farewell, ToWorker>(bytes, decode_to_worker);
}

std::optional<SharedOffer> as_shared_offer(std::span<const char> bytes) {
  return as<SharedOffer, ToProducer>(bytes, decode_to_producer);
}

std::optional<SharedMessage> as_shared_message(std::span<const char> bytes) {
  return as<SharedMessage, ToProducer>(bytes, decode_to_producer);
}

std::optional<SharedAnswer> as_shared_answer(std::span<const char> bytes) {
  return as<SharedAnswer, ToWorker>(bytes, decode_to_worker);
}

bool is_goodbye(std::span<const char> bytes) {
  return !bytes.empty() && static_cast<std::uint8_t>(bytes[0]) == tag_of(ToProducer(Goodbye{}));
}

}  // namespace fibo
