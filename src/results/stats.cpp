// SPDX-License-Identifier: MIT
#include "fibo/results/stats.hpp"

#include "fibo/farm/key_size.hpp"
#include "fibo/results/text.hpp"

#include <iterator>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace fibo {
namespace {

// `items` as a JSON array, one item a line.
template <class Items, class ItemText>
std::string array_of(const Items& items, std::string_view indent, const ItemText& item_text) {
  std::string text = "[";
  for (const auto& item : items)
    text += fmt::format("{}\n{}  {}", text.size() > 1 ? "," : "", indent, item_text(item));
  return fmt::format("{}{}{}]", text, text.size() > 1 ? "\n" : "",
                     text.size() > 1 ? indent : std::string_view());
}

std::string work_text(const Work& work) {
  return fmt::format(
      R"({{"begin_s":{:.9f},"end_s":{:.9f},"computing_s":{:.9f},"waiting_s":{:.9f},)"
      R"("waited_before_s":{:.9f},"pieces":{},"keys":{},"digits":{},"largest_key":{},"threads":{}}})",
      work.time.begin_s, work.time.end_s, work.computing_s, work.waiting_s, work.waited_s,
      work.pieces, work.keys, work.digits, work.largest_key, work.threads);
}

std::string rank_text(const std::pair<const Rank, RankRecord>& entry) {
  const auto& [rank, record] = entry;
  return fmt::format(
      R"({{"rank":{},"host":{},"keys":{},"digits":{},"computing_s":{:.9f},)"
      R"("communicating_s":{:.9f},"waiting_s":{:.9f},"lent_s":{:.9f},"longest_key_s":{:.9f},"lost":{},)"
      "\n     \"spans\":{}}}",
      to_int(rank), json_quoted(record.host), record.keys, record.digits, record.computing_s,
      record.communicating_s, record.waiting_s, record.lent_s, record.longest_key_s,
      record.lost.empty() ? "null" : json_quoted(record.lost),
      array_of(record.work, "     ", work_text));
}

std::string slow_text(const SlowPiece& piece) {
  return fmt::format(
      R"({{"largest_key":{},"keys":{},"seconds_a_key":{:.9f},"rank":{},"begin_s":{:.9f},)"
      R"("end_s":{:.9f},"threads":{}}})",
      piece.largest_key, piece.keys, piece.seconds_a_key(), to_int(piece.rank), piece.time.begin_s,
      piece.time.end_s, piece.threads);
}

std::string sizes_text(const RunRecord& record) {
  std::vector<std::string> classes;
  for (std::size_t i = 0; i < record.by_size.size(); ++i) {
    const SizeClass& size = record.by_size[i];
    if (size.keys == 0) continue;
    classes.push_back(fmt::format(
        R"({{"from":{},"to":{},"keys":{},"digits":{},"computing_s":{:.9f}}})", least_key_of_size(i),
        largest_key_of_size(i), size.keys, size.digits, size.computing_s));
  }
  return array_of(classes, "  ", [](const std::string& text) { return text; });
}

std::string given_up_text(const GivenUpKey& given_up) {
  std::vector<int> ranks;
  for (const Rank rank : given_up.ranks) ranks.push_back(to_int(rank));
  return fmt::format(
      R"({{"key":{},"reason":"{}","ranks":[{}]}})", given_up.key,
      given_up.reason == GivenUpKey::Reason::failed_checks ? "failed checks" : "lost ranks",
      fmt::join(ranks, ","));
}

}  // namespace

std::string stats_json(const RunRecord& record) {
  std::string out = "{\n  \"schema\": \"fibo_mpi stats 1\",\n";
  const auto put = [&out](std::string_view name, const std::string& value) {
    fmt::format_to(std::back_inserter(out), "  {}: {},\n", json_quoted(name), value);
  };
  const auto seconds = [](double number) { return fmt::format("{:.9f}", number); };
  put("version", json_quoted(record.version));
  put("command", array_of(record.command, "  ", json_quoted));
  put("quantity", json_quoted(record.quantity));
  put("seed", record.seed ? std::to_string(*record.seed) : "null");
  put("np", std::to_string(record.ranks.size()));
  put("hosts", std::to_string(record.hosts()));
  put("outcome", json_quoted(record.outcome.text()));
  put("signal", record.outcome.signal.empty() ? "null" : json_quoted(record.outcome.signal));
  put("signal_rank",
      record.outcome.signal.empty() ? "null" : std::to_string(to_int(record.outcome.signal_rank)));
  put("left_at_most", std::to_string(record.outcome.left_at_most));
  put("given_up", array_of(record.outcome.given_up, "  ", given_up_text));
  put("keys", std::to_string(record.keys));
  put("distinct_keys", std::to_string(record.distinct_keys));
  put("stored_keys", std::to_string(record.stored_keys));
  put("digits", std::to_string(record.digits));
  put("checked_values", std::to_string(record.checked_values));
  put("makespan_s", seconds(record.makespan_s));
  put("serving_s", seconds(record.serving_s));
  put("computing_s", seconds(record.computing_s()));
  put("longest_key_s", seconds(record.longest_key_s()));
  put("lower_bound_s", seconds(record.lower_bound_s()));
  put("efficiency", seconds(record.efficiency()));
  put("slowest", array_of(record.slowest, "  ", slow_text));
  put("by_size", sizes_text(record));
  put("failed_checks", array_of(record.failed_checks, "  ", [](const FailedCheck& failed) {
        return fmt::format(R"({{"rank":{},"key":{}}})", to_int(failed.rank), failed.key);
      }));
  fmt::format_to(std::back_inserter(out), "  \"ranks\": {}\n}}\n",
                 array_of(record.ranks, "  ", rank_text));
  return out;
}

}  // namespace fibo
