// SPDX-License-Identifier: MIT
#include "fibo/results/report.hpp"

#include "fibo/farm/key_size.hpp"
#include "fibo/results/axis.hpp"
#include "fibo/results/text.hpp"
#include "fibo/results/timeline.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>
#include <map>
#include <span>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace fibo {
namespace {

// Past so many ranks the table names hosts alone.
constexpr std::size_t most_rank_rows = 64;
constexpr double chart_width = 560;
constexpr double chart_height = 334;
// What fits into a tile of a phone, in characters, and in smaller ones.
constexpr std::size_t narrow_tile = 9;
constexpr std::size_t long_number = 11;
// Past so many keys that were given up their number alone is said.
constexpr std::size_t most_missing_keys = 20;

constexpr std::string_view head = R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>fibo_mpi: report of a run</title>
<style>
:root{--paper:#fff;--card:#f5f7fa;--ink:#1b2330;--muted:#5d6778;--line:#dde2ea;--work:#2f6fbe;--good:#1a7f4b;--bad:#b93815}
@media (prefers-color-scheme:dark){:root{--paper:#12161d;--card:#1b212b;--ink:#e8ecf2;--muted:#9aa5b5;--line:#2d3542;--work:#4d8fe0;--good:#4fc486;--bad:#ff8f66}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:1240px;padding:24px 16px 48px;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,"Segoe UI","DejaVu Sans",sans-serif}
h1{font-size:26px;line-height:1.25;margin:0 0 4px}h2{font-size:19px;margin:36px 0 10px}
p{margin:6px 0}.muted{color:var(--muted)}.good{color:var(--good)}.bad{color:var(--bad)}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(148px,calc(50% - 6px)),1fr));gap:12px;margin:20px 0}
.tile{background:var(--card);border-radius:10px;padding:12px}.tile.wide{grid-column:span 2}.tile b{display:block;font-size:20px;line-height:26px;white-space:nowrap}.tile.long b{font-size:16px}.tile span{color:var(--muted);font-size:14px}
.scroll{overflow-x:auto}.scroll>svg{display:block;width:100%;min-width:960px;height:auto}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,420px),1fr));gap:20px}
.chart svg{display:block;width:100%;height:auto;background:var(--card);border-radius:10px}
.chart text{fill:var(--muted);font-size:13px}.chart circle{fill:var(--work);fill-opacity:.55}.chart line{stroke:var(--line)}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums;font-size:15px}
th,td{padding:5px 10px;text-align:right;border-bottom:1px solid var(--line);white-space:nowrap}th:first-child,td:first-child{text-align:left}th{color:var(--muted);font-weight:500}
pre{background:var(--card);border-radius:10px;padding:14px;margin:0;white-space:pre-wrap;overflow-wrap:anywhere;font:14px/1.5 ui-monospace,"DejaVu Sans Mono",monospace}
@media (max-width:600px){.scroll>svg{min-width:1200px}.chart text{font-size:21px}.chart .other{display:none}}
</style>
</head>
<body>
)";

class Page {
 public:
  explicit Page(const RunRecord& record) : record_(record), out_(head) {}

  std::string write() {
    summary();
    section("Timeline");
    out_ += "<div class=\"scroll\" tabindex=\"0\">\n" + timeline_svg(record_) + "</div>\n";
    charts();
    by_size();
    ranks();
    checks();
    command();
    out_ += "</body>\n</html>\n";
    return std::move(out_);
  }

 private:
  template <class... Arguments>
  void put(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    fmt::format_to(std::back_inserter(out_), format, std::forward<Arguments>(arguments)...);
  }

  void section(std::string_view name) { put("<h2>{}</h2>\n", name); }

  void tile(const std::string& number, std::string_view name) {
    put("<div class=\"tile{}\"><b>{}</b><span>{}</span></div>\n",
        number.size() > long_number   ? " wide"
        : number.size() > narrow_tile ? " long"
                                      : "",
        xml_escaped(number), name);
  }

  void count_tile(std::uint64_t count, std::string_view one, std::string_view many) {
    tile(grouped(count), count == 1 ? one : many);
  }

  void speed_tile() {
    const auto keys = static_cast<double>(record_.distinct_keys);
    const double rate = keys / std::max(record_.makespan_s, 1e-9);
    if (rate >= 100)
      tile(grouped(static_cast<std::uint64_t>(std::llround(rate))), "keys a second");
    else if (rate >= 1 || keys == 0)
      tile(fmt::format("{:.3g}", rate), "keys a second");
    else
      tile(duration_text(1 / rate), "a key");
  }

  void summary() {
    put("<h1>{} on {}</h1>\n", counted(record_.distinct_keys, "key"),
        counted(record_.ranks.size(), "rank"));
    what_is_missing();
    put("<p class=\"muted\">fibo_mpi {}: {}</p>\n<div class=\"tiles\">\n",
        xml_escaped(record_.version), xml_escaped(record_.quantity));
    tile(duration_text(record_.makespan_s), "from start to end");
    tile(fmt::format("{:.0f} %", 100 * record_.efficiency()), "efficiency");
    tile(duration_text(record_.lower_bound_s()), "at best on these ranks");
    count_tile(record_.digits, "digit", "digits");
    speed_tile();
    count_tile(record_.hosts(), "host", "hosts");
    if (record_.stored_keys > 0)
      count_tile(record_.stored_keys, "key from the store", "keys from the store");
    out_ += "</div>\n";
  }

  void what_is_missing() {
    const Outcome& outcome = record_.outcome;
    if (!outcome.signal.empty())
      put("<p class=\"bad\">✗ Interrupted by {}{}: {} of at most {} are there.</p>\n",
          xml_escaped(outcome.signal),
          outcome.signal_rank == producer_rank
              ? ""
              : fmt::format(" at rank {}", to_int(outcome.signal_rank)),
          counted(record_.distinct_keys, "value"), grouped(record_.keys_at_most()));
    const std::size_t named = std::min(outcome.given_up.size(), most_missing_keys);
    for (const GivenUpKey& key : std::span(outcome.given_up).first(named))
      if (key.reason == GivenUpKey::Reason::failed_checks)
        put("<p class=\"bad\">✗ F({}) is missing: its value failed its check on {}.</p>\n", key.key,
            names_of(key.ranks));
      else
        put("<p class=\"bad\">✗ F({}) is missing: it was with each of {} when they were "
            "lost.</p>\n",
            key.key, names_of(key.ranks));
    if (outcome.given_up.size() > named)
      put("<p class=\"bad\">✗ {} more are missing for such reasons.</p>\n",
          grouped(outcome.given_up.size() - named));
  }

  static std::string names_of(const std::vector<Rank>& ranks) {
    std::string names;
    for (const Rank rank : ranks)
      names += fmt::format("{}rank {}", names.empty() ? "" : ", ", to_int(rank));
    return names;
  }

  using Point = std::pair<double, double>;

  // Points on logarithmic axes.
  void chart(std::string_view title, AxisUnit unit,
             const std::function<double(const Sample&)>& height_of) {
    std::vector<Point> points;
    for (const Sample& sample : record_.samples) {
      const double height = height_of(sample);
      if (sample.largest_key > 0 && height > 0)
        points.emplace_back(static_cast<double>(sample.largest_key), height);
    }
    put("<div class=\"chart\"><p class=\"muted\">{}</p>\n"
        "<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\">",
        title, chart_width, chart_height, title);
    if (points.empty())
      put("<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text>", chart_width / 2,
          chart_height / 2, record_.samples.empty() ? "nothing was computed" : "no key above 0");
    else
      plot(points, unit);
    out_ += "</svg></div>\n";
  }

  void plot(const std::vector<Point>& points, AxisUnit unit) {
    const auto [left, right] = std::ranges::minmax(points, {}, &Point::first);
    const auto [low, high] = std::ranges::minmax(points, {}, &Point::second);
    // Heights that hardly differ are to look so; the keys fill the width.
    const LogAxis across = log_axis(left.first, right.first, 0, AxisUnit::numbers);
    const LogAxis up = log_axis(low.second, high.second, 0.05, unit);
    // Room for labels as large as a phone shows them.
    const double x0 = 22 + 11.5 * static_cast<double>(std::max<std::size_t>(up.longest_text(), 4));
    constexpr double x1 = 536, y0 = 18, y1 = 268;
    const auto x_of = [&](double log) {
      return x0 + (log - across.from) / (across.to - across.from) * (x1 - x0);
    };
    const auto y_of = [&](double log) {
      return y1 - (log - up.from) / (up.to - up.from) * (y1 - y0);
    };
    const bool crowded = across.longest_text() > 5;
    for (std::size_t i = 0; i < across.ticks.size(); ++i) {
      put("<line x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1}\" y2=\"{2}\"/>",
          x_of(across.ticks[i].log10), y0, y1);
      // A long one would go past the edge.
      const bool at_edge = crowded && x_of(across.ticks[i].log10) > x1 - 40;
      put("<text class=\"{}\" x=\"{:.1f}\" y=\"{}\" text-anchor=\"{}\">{}</text>",
          crowded && i % 2 == 1 ? "other" : "", at_edge ? x1 + 18 : x_of(across.ticks[i].log10),
          y1 + 24, at_edge ? "end" : "middle", tick_text(across.ticks[i]));
    }
    for (const Tick& tick : up.ticks)
      put("<line x1=\"{0}\" x2=\"{1}\" y1=\"{2:.1f}\" y2=\"{2:.1f}\"/>"
          "<text x=\"{3}\" y=\"{4:.1f}\" text-anchor=\"end\">{5}</text>",
          x0, x1, y_of(tick.log10), x0 - 8, y_of(tick.log10) + 4, tick_text(tick));
    for (const auto& [x, y] : points)
      put("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3\"/>", x_of(std::log10(x)),
          y_of(std::log10(y)));
    put("<text x=\"{:.0f}\" y=\"{}\" text-anchor=\"middle\">key n</text>", (x0 + x1) / 2,
        chart_height - 10);
  }

  static std::string tick_text(const Tick& tick) {
    if (tick.exponent.empty()) return tick.text;
    return fmt::format(R"({}<tspan dy="-.4em" font-size=".8em">{}</tspan>)", tick.text,
                       tick.exponent);
  }

  void charts() {
    section("By key");
    out_ += "<div class=\"charts\">\n";
    chart("Time to compute a key", AxisUnit::seconds,
          [](const Sample& sample) { return sample.seconds_a_key; });
    chart("Digits of a key's value", AxisUnit::numbers,
          [](const Sample& sample) { return sample.digits_a_key; });
    out_ +=
        "</div>\n<p class=\"muted\">A point is a piece of work: a costly key, or the mean of "
        "cheap ones that were handed out together.</p>\n";
  }

  // "512 to 1,023"; past 10^7 nobody reads all the digits.
  static std::string keys_of_size(std::size_t size) {
    const auto text = [](Key key) {
      if (key < 10'000'000) return grouped(key);
      const int power = static_cast<int>(std::log10(static_cast<double>(key)));
      return fmt::format("{:.2f}·10<sup>{}</sup>", static_cast<double>(key) / std::pow(10, power),
                         power);
    };
    const Key least = least_key_of_size(size);
    const Key largest = largest_key_of_size(size);
    return least == largest ? text(least) : fmt::format("{} to {}", text(least), text(largest));
  }

  void by_size() {
    section("Time by key size");
    out_ +=
        "<div class=\"scroll\" tabindex=\"0\"><table><thead><tr><th>keys n</th><th>how many</th>"
        "<th>digits</th><th>computing</th><th>a key</th></tr></thead><tbody>\n";
    for (std::size_t i = 0; i < record_.by_size.size(); ++i) {
      const SizeClass& size = record_.by_size[i];
      if (size.keys == 0) continue;
      put("<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n", keys_of_size(i),
          grouped(size.keys), grouped(size.digits), duration_text(size.computing_s),
          duration_text(size.computing_s / static_cast<double>(size.keys)));
    }
    out_ +=
        "</tbody></table></div>\n<p class=\"muted\">The time of a piece of work is shared evenly "
        "among its keys.</p>\n";
  }

  struct Share {
    std::uint64_t ranks = 0;
    std::uint64_t keys = 0;
    std::uint64_t digits = 0;
    double computing_s = 0, communicating_s = 0, waiting_s = 0;
  };

  void ranks() {
    std::map<std::string, Share> hosts;
    section(record_.ranks.size() > most_rank_rows ? "Hosts" : "Ranks and hosts");
    out_ +=
        "<div class=\"scroll\" tabindex=\"0\"><table><thead><tr><th>rank</th><th>host</th>"
        "<th>keys</th><th>digits</th><th>computing</th><th>communicating</th><th>waiting</th>"
        "</tr></thead><tbody>\n";
    const auto line = [&](const std::string& name, const std::string& host, const Share& share) {
      put("<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></"
          "tr>\n",
          name, xml_escaped(host), grouped(share.keys), grouped(share.digits),
          duration_text(share.computing_s), duration_text(share.communicating_s),
          duration_text(share.waiting_s));
    };
    for (const auto& [rank, entry] : record_.ranks) {
      const Share share{
          1, entry.keys, entry.digits, entry.busy_s(), entry.communicating_s, entry.waiting_s};
      if (record_.ranks.size() <= most_rank_rows)
        line(fmt::format("{}{}", to_int(rank), entry.lost.empty() ? "" : " (lost)"), entry.host,
             share);
      if (entry.host.empty()) continue;
      Share& host = hosts[entry.host];
      host.ranks += 1;
      host.keys += entry.keys;
      host.digits += entry.digits;
      host.computing_s += entry.busy_s();
      host.communicating_s += entry.communicating_s;
      host.waiting_s += entry.waiting_s;
    }
    if (hosts.size() > 1 || record_.ranks.size() > most_rank_rows) {
      for (const auto& [host, share] : hosts) line(counted(share.ranks, "rank"), host, share);
    }
    out_ += "</tbody></table></div>\n";
    for (const auto& [rank, entry] : record_.ranks) {
      for (const Help& help : entry.helps)
        put("<p class=\"muted\">Rank {} lent its core to rank {} for F({}): {} of its "
            "computing.</p>\n",
            to_int(rank), to_int(help.helped), help.key, duration_text(length_s(help.time)));
      if (!entry.lost.empty())
        put("<p class=\"bad\">Rank {}{} was lost: {}.</p>\n", to_int(rank),
            entry.host.empty() ? "" : " on " + xml_escaped(entry.host), xml_escaped(entry.lost));
    }
  }

  void checks() {
    section("Checks");
    put("<p>{}{}</p>\n",
        record_.distinct_keys == 0 || !record_.outcome.given_up.empty()
            ? ""
            : "<span class=\"good\">✓</span> ",
        what_was_checked());
    for (const FailedCheck& failed : record_.failed_checks)
      put("<p class=\"bad\">✗ A value of F({}) from rank {} failed its check and was not "
          "taken.</p>\n",
          failed.key, to_int(failed.rank));
  }

  [[nodiscard]] std::string what_was_checked() const {
    if (record_.distinct_keys == 0) return "There was nothing to check.";
    if (record_.checked_values == 0)
      return "Nothing had to be checked: ends and residues are proven as they are computed.";
    const std::string values =
        record_.checked_values < record_.distinct_keys
            ? fmt::format("{} of {} values were", grouped(record_.checked_values),
                          grouped(record_.distinct_keys))
        : record_.distinct_keys == 1
            ? "1 value was"
            : fmt::format("{}{} values were", record_.outcome.is_complete() ? "All " : "",
                          grouped(record_.distinct_keys));
    return values + " checked modulo a random prime of 61 bits.";
  }

  void command() {
    section("To repeat the run");
    put("<pre>{}</pre>\n", xml_escaped(shell_command(record_.command)));
    if (record_.seed) put("<p class=\"muted\">Seed {}.</p>\n", *record_.seed);
  }

  const RunRecord& record_;
  std::string out_;
};

}  // namespace

std::string report_html(const RunRecord& record) {
  return Page(record).write();
}

}  // namespace fibo
