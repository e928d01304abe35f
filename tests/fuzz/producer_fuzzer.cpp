// SPDX-License-Identifier: MIT
//
// The producer, told anything by its workers: whatever messages come, values that were asked for
// are taken once, in the form that an answer has, or the run fails and names the rank.
//
// The first byte chooses what is computed; then come messages: the rank, the length, the bytes.
#include "fibo/farm/producer.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <optional>
#include <set>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace fibo;

const std::array<Quantity, 3> quantities{FullDigits{}, EndDigits{3}, Residue{7}};
const std::vector<KeyRange> ranges{{0, 9}, {100, 104}, {100'000, 100'001}};

bool asked_for(Key key) {
  return std::ranges::any_of(
      ranges, [&](const KeyRange& range) { return range.first() <= key && key <= range.last(); });
}

// Ranks that say what the input holds, and goodbye once they have been told to stop.
class ScriptedChannel final : public ProducerChannel {
 public:
  explicit ScriptedChannel(std::span<const std::uint8_t> script) : script_(script) {}

  [[nodiscard]] std::vector<Rank> workers() const override {
    return {Rank{1}, Rank{2}, producer_rank};
  }

  void send(Rank worker, Bytes message) override {
    if (is_stop(message)) stopped_.push_back(worker);
  }

  std::optional<Envelope> receive() override {
    if (script_.size() >= 2) {
      const Rank from{script_[0] % 3};
      const auto message =
          script_.subspan(2, std::min<std::size_t>(script_[1], script_.size() - 2));
      script_ = script_.subspan(2 + message.size());
      Envelope envelope{from, {}};
      envelope.message.append(message.data(), message.size());
      return envelope;
    }
    if (stopped_.empty()) return std::nullopt;
    const Rank from = stopped_.front();
    stopped_.pop_front();
    return Envelope{from, encode(Goodbye{})};
  }

  [[nodiscard]] bool over() const { return script_.size() < 2; }

 private:
  std::span<const std::uint8_t> script_;
  std::deque<Rank> stopped_;
};

class StrictSink final : public ResultSink {
 public:
  explicit StrictSink(const Quantity& quantity) : quantity_(quantity) {}

  void accept(Key key, const ValueView& value) override {
    if (!asked_for(key) || key < bound_ || !has_form_of_answer(quantity_, key, value) ||
        !taken_.insert(key).second)
      std::abort();
  }
  void settled_below(Key bound) override {
    if (bound < bound_) std::abort();
    bound_ = bound;
  }
  void settled() override {}
  [[nodiscard]] std::uint64_t held_bytes() const override { return 0; }

  [[nodiscard]] std::size_t taken() const { return taken_.size(); }

 private:
  Quantity quantity_;
  std::set<Key> taken_;
  Key bound_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const Quantity& quantity = quantities.at(data[0] % quantities.size());
  ScriptedChannel channel({data + 1, size - 1});
  NamedKeys keys(ranges);
  StrictSink sink(quantity);
  Observer nobody;
  double now_s = 0;
  Watch watch;
  watch.now_s = [&] { return now_s += 1e-6; };
  watch.signal = [&] { return channel.over() ? 15 : 0; };
  try {
    const RunEnd end =
        run_producer(channel, quantity, keys, {.result_bytes = 1 << 20}, sink, nobody, watch);
    if (!end.interruption && sink.taken() + end.given_up.size() != count_keys(ranges)) std::abort();
  } catch (const WorkerFailure&) {
    return 0;
  }
  return 0;
}
