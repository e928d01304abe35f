// SPDX-License-Identifier: MIT
#include "fibo/results/timeline.hpp"

#include "fibo/results/axis.hpp"
#include "fibo/results/text.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace fibo {
namespace {

// Lengths are in the picture's own pixels.
constexpr double width = 1200;
constexpr double left = 118;    // of the plot: row labels stand before it
constexpr double right = 1120;  // of the plot: shares stand behind it
constexpr double plot_width = right - left;
constexpr double busy_top = 100;
constexpr double busy_height = 54;
constexpr double rows_top = busy_top + busy_height + 26;

// More ranks than this share rows, so many at most.
constexpr std::size_t most_single_rows = 40;
constexpr std::size_t most_shared_rows = 48;
// So many pieces are drawn one by one in the whole picture; rows with more are drawn by columns.
constexpr std::size_t most_pieces = 4000;
constexpr std::size_t columns = 334;

// As a page of its own it fits the window, and leaves no margin in another colour.
constexpr std::string_view style = R"(
:root.fibo-timeline{max-width:100%;height:auto;background:var(--paper)}
.fibo-timeline{--paper:#fff;--ink:#1b2330;--muted:#5d6778;--grid:#1b233018;--wait:#e6e9ef;--talk:#e39a2d;--work:#2f6fbe;--work2:#5a92d6;--slow:#b93815;--on:#fff;font-family:system-ui,"Segoe UI","DejaVu Sans",sans-serif;font-size:13px}
@media (prefers-color-scheme:dark){.fibo-timeline{--paper:#12161d;--ink:#e8ecf2;--muted:#9aa5b5;--grid:#e8ecf21c;--wait:#272e3a;--talk:#f0b355;--work:#4d8fe0;--work2:#3873bd;--slow:#ff8f66;--on:#0c1017}}
.fibo-timeline .paper{fill:var(--paper)}.fibo-timeline text{fill:var(--ink)}.fibo-timeline .muted{fill:var(--muted)}
.fibo-timeline .big{font-size:20px;font-weight:600}.fibo-timeline .end{text-anchor:end}.fibo-timeline .mid{text-anchor:middle}
.fibo-timeline .wait{fill:var(--wait)}.fibo-timeline .talk{fill:var(--talk)}.fibo-timeline .work{fill:var(--work)}.fibo-timeline .work2{fill:var(--work2)}
.fibo-timeline .on{fill:var(--on);font-size:11px;pointer-events:none}.fibo-timeline .slow{fill:var(--slow)}.fibo-timeline .dot{fill:var(--slow);stroke:var(--paper);stroke-width:1.5}
.fibo-timeline .num{fill:var(--paper);font-size:10px;font-weight:700;text-anchor:middle}.fibo-timeline line{stroke:var(--grid)}.fibo-timeline .small{font-size:11px}
)";

// How the time of some ranks was spent, by columns of the plot: seconds of each kind.
struct Columns {
  std::array<double, columns> computing{};
  std::array<double, columns> communicating{};
};

void spread(std::array<double, columns>& into, double begin_s, double end_s, double seconds,
            double makespan_s) {
  if (!(end_s > begin_s) || !(seconds > 0)) return;
  const double scale = columns / makespan_s;
  const auto last = static_cast<double>(columns);
  const double from = std::clamp(begin_s * scale, 0.0, last);
  const double to = std::clamp(end_s * scale, from, last);
  const double rate = seconds / (end_s - begin_s) / scale;
  for (auto i = static_cast<std::size_t>(from); i < columns && static_cast<double>(i) < to; ++i) {
    const double overlap =
        std::min(to, static_cast<double>(i + 1)) - std::max(from, static_cast<double>(i));
    into[i] += overlap * rate;
  }
}

// Communication stands between the end of one piece and the beginning of the wait for the next.
Interval communication_before(const Work& work, double free_s) {
  return {free_s, std::max(work.time.begin_s - work.waited_s, free_s)};
}

void add_rank(Columns& sums, const RankRecord& record, double makespan_s) {
  double free_s = 0;
  for (const Work& work : record.work) {
    const double work_s = length_s(work.time);
    spread(sums.computing, work.time.begin_s, work.time.end_s, work.computing_s, makespan_s);
    spread(sums.communicating, work.time.begin_s, work.time.end_s,
           work_s - work.computing_s - work.waiting_s, makespan_s);
    if (free_s > 0) {
      const Interval talk = communication_before(work, free_s);
      spread(sums.communicating, talk.begin_s, talk.end_s, length_s(talk), makespan_s);
    }
    free_s = work.time.end_s;
  }
  for (const Help& help : record.helps)
    spread(sums.computing, help.time.begin_s, help.time.end_s, length_s(help.time), makespan_s);
}

// Ranks that share a row.
struct Row {
  std::string label;
  std::string host;
  std::vector<std::pair<Rank, const RankRecord*>> ranks;
};

std::vector<Row> rows_of(const RunRecord& record) {
  const std::size_t count = record.ranks.size();
  const std::size_t share =
      count <= most_single_rows ? 1 : (count + most_shared_rows - 1) / most_shared_rows;
  std::vector<Row> rows;
  for (const auto& [rank, entry] : record.ranks) {
    if (rows.empty() || rows.back().ranks.size() == share) rows.emplace_back();
    rows.back().ranks.emplace_back(rank, &entry);
  }
  for (Row& row : rows) {
    const int first = to_int(row.ranks.front().first);
    const int last = to_int(row.ranks.back().first);
    row.label =
        first == last ? fmt::format("rank {}", first) : fmt::format("ranks {}–{}", first, last);
    row.host = row.ranks.front().second->host;
  }
  return rows;
}

double row_height(std::size_t rows) {
  return rows <= 4 ? 40 : rows <= 10 ? 28 : rows <= 20 ? 20 : rows <= most_single_rows ? 14 : 11;
}

class Picture {
 public:
  explicit Picture(const RunRecord& record)
      : record_(record),
        rows_(rows_of(record)),
        makespan_s_(std::max(record.makespan_s, 1e-9)),
        pitch_(row_height(rows_.size())),
        bar_(pitch_ - (pitch_ > 16   ? 6
                       : pitch_ > 12 ? 3
                                     : 2)),
        rows_bottom_(rows_top + pitch_ * static_cast<double>(rows_.size())) {
    for (const auto& [rank, entry] : record_.ranks) pieces_ += entry.work.size();
  }

  std::string draw() {
    const std::size_t listed = std::min<std::size_t>(record_.slowest.size(), 6);
    const double list_top = rows_bottom_ + 58;
    const double height = listed == 0
                              ? rows_bottom_ + 40
                              : list_top + 22 * std::ceil(static_cast<double>(listed) / 3.0) + 4;
    put(R"(<svg xmlns="http://www.w3.org/2000/svg" class="fibo-timeline" viewBox="0 0 {0:.0f} {1:.0f}" width="{0:.0f}" height="{1:.0f}" role="img" aria-label="Timeline of a run of fibo_mpi"><style>{2}</style><rect class="paper" width="{0:.0f}" height="{1:.0f}"/>)",
        width, height, style);
    out_ += '\n';
    heading();
    busy_strip();
    for (std::size_t i = 0; i < rows_.size(); ++i)
      row(rows_[i], rows_top + pitch_ * static_cast<double>(i));
    axis();
    slowest(listed, list_top);
    out_ += "</svg>\n";
    return std::move(out_);
  }

 private:
  template <class... Arguments>
  void put(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    fmt::format_to(std::back_inserter(out_), format, std::forward<Arguments>(arguments)...);
  }

  void text(double x, double y, std::string_view kind, std::string_view words) {
    put(R"(<text x="{:.1f}" y="{:.1f}" class="{}">{}</text>)", x, y, kind, xml_escaped(words));
    out_ += '\n';
  }

  [[nodiscard]] double x_of(double time_s) const {
    return left + plot_width * std::clamp(time_s / makespan_s_, 0.0, 1.0);
  }

  void heading() {
    put(R"(<text x="24" y="34" class="big">{} on {} in {}{}</text>)",
        counted(record_.distinct_keys, "key"), counted(record_.ranks.size(), "rank"),
        duration_text(record_.makespan_s), what_is_missing());
    out_ += '\n';
    text(24, 56, "muted",
         fmt::format("fibo_mpi {}: {}, {}, {}", record_.version, record_.quantity,
                     counted(record_.digits, "digit"), counted(record_.hosts(), "host")));
    text(width - 24, 34, "big end", fmt::format("{:.0f} % efficient", 100 * record_.efficiency()));
    text(width - 24, 56, "muted end",
         fmt::format("at best {}: {}", duration_text(record_.lower_bound_s()),
                     record_.longest_key_s() >= record_.lower_bound_s() ? "the longest key"
                                                                        : "all work by all ranks"));
    double x = left;
    for (const auto& [kind, name] :
         {std::pair("work", "computing"), std::pair("talk", "communicating"),
          std::pair("wait", "waiting")}) {
      put(R"(<rect class="{}" x="{:.0f}" y="74" width="14" height="12" rx="2"/>)", kind, x);
      text(x + 20, 85, "muted", name);
      x += 46 + 7.4 * static_cast<double>(std::string_view(name).size());
    }
  }

  // To go on with the heading.
  [[nodiscard]] std::string what_is_missing() const {
    const Outcome& outcome = record_.outcome;
    if (outcome.is_complete()) return "";
    const std::string what = outcome.signal.empty()
                                 ? counted(outcome.given_up.size(), "key") + " given up"
                                 : fmt::format("interrupted by {}, at most {} left", outcome.signal,
                                               counted(outcome.left_at_most, "key"));
    return fmt::format(R"(<tspan class="slow"> · {}</tspan>)", xml_escaped(what));
  }

  // Stacked steps over a bar: computing below, communication on it.
  void stack(const Columns& sums, double ranks, double top, double height) {
    put(R"(<rect class="wait" x="{:.0f}" y="{:.1f}" width="{:.0f}" height="{:.1f}"/>)", left, top,
        plot_width, height);
    const double full_s = ranks * makespan_s_ / columns;
    const auto steps = [&](std::string_view kind, const auto& share_of) {
      put(R"(<path class="{}" d="M{:.0f} {:.1f})", kind, left, top + height);
      double last_y = -1;
      for (std::size_t i = 0; i < columns; ++i) {
        const double y = top + height * (1 - std::clamp(share_of(i) / full_s, 0.0, 1.0));
        if (std::abs(y - last_y) < 0.05) continue;
        put("H{:.1f}V{:.1f}", left + plot_width * static_cast<double>(i) / columns, y);
        last_y = y;
      }
      put(R"(H{:.0f}V{:.1f}Z"/>)", right, top + height);
    };
    steps("talk", [&](std::size_t i) { return sums.computing[i] + sums.communicating[i]; });
    steps("work", [&](std::size_t i) { return sums.computing[i]; });
    out_ += '\n';
  }

  void busy_strip() {
    Columns sums;
    double computing_s = 0;
    for (const auto& [rank, entry] : record_.ranks) {
      add_rank(sums, entry, makespan_s_);
      computing_s += entry.busy_s();
    }
    const auto ranks = static_cast<double>(record_.ranks.size());
    text(left - 10, busy_top + busy_height / 2 + 4, "muted end", "all ranks");
    stack(sums, ranks, busy_top, busy_height);
    share_text(computing_s / (ranks * makespan_s_), busy_top + busy_height / 2 + 4);
  }

  void share_text(double share, double y) {
    text(right + 10, y, pitch_ < 16 ? "muted small" : "muted",
         fmt::format("{:.0f} %", 100 * std::clamp(share, 0.0, 1.0)));
  }

  void row(const Row& row, double top) {
    const double baseline = top + bar_ / 2 + 4;
    const bool small = pitch_ < 16;
    const bool many_hosts = record_.hosts() > 1 && pitch_ >= 28;
    text(left - 10, many_hosts ? baseline - 6 : baseline, small ? "end small" : "end", row.label);
    if (many_hosts) {
      const std::string host = row.host.size() > 15 ? row.host.substr(0, 14) + "…" : row.host;
      text(left - 10, baseline + 8, "muted end small", host);
    }
    double computing_s = 0;
    bool lost = false;
    for (const auto& [rank, entry] : row.ranks) {
      computing_s += entry->busy_s();
      lost = lost || !entry->lost.empty();
    }
    const bool one_by_one = row.ranks.size() == 1 && pieces_ <= most_pieces;
    if (one_by_one) {
      pieces(*row.ranks.front().second, top);
    } else {
      Columns sums;
      for (const auto& [rank, entry] : row.ranks) add_rank(sums, *entry, makespan_s_);
      stack(sums, static_cast<double>(row.ranks.size()), top, bar_);
    }
    if (lost)
      text(right + 10, baseline, small ? "slow small" : "slow", "lost");
    else
      share_text(computing_s / (static_cast<double>(row.ranks.size()) * makespan_s_), baseline);
  }

  void pieces(const RankRecord& record, double top) {
    put(R"(<rect class="wait" x="{:.0f}" y="{:.1f}" width="{:.0f}" height="{:.1f}"/>)", left, top,
        plot_width, bar_);
    double free_s = 0;
    bool even = true;
    for (const Work& work : record.work) {
      const Interval talk = communication_before(work, free_s);
      if (free_s > 0) bar("talk", talk, top, 1, "");
      free_s = work.time.end_s;
      const double work_s = length_s(work.time);
      const double share = work_s > 0 ? work.computing_s / work_s : 1;
      const std::string name =
          work.keys == 1 ? fmt::format("F({})", work.largest_key)
                         : fmt::format("{} to {}", counted(work.keys, "key"), work.largest_key);
      bar(even ? "work" : "work2", work.time, top, share,
          fmt::format("{}: {}{}, {}", name, duration_text(work.computing_s),
                      on_threads(work.threads), counted(work.digits, "digit")));
      even = !even;
      label(work.time, top, name);
    }
    for (const Help& help : record.helps) {
      const std::string name = fmt::format("helps rank {}", to_int(help.helped));
      bar("work2", help.time, top, 1,
          fmt::format("{} with F({}): {}", name, help.key, duration_text(length_s(help.time))));
      label(help.time, top, name);
    }
  }

  static std::string on_threads(std::uint64_t threads) {
    return threads > 1 ? fmt::format(" on {} threads", threads) : "";
  }

  // In a piece that is wide enough for it and for a marker beside it.
  void label(const Interval& time, double top, std::string_view name) {
    const double room = x_of(time.end_s) - x_of(time.begin_s);
    if (bar_ >= 11 && room > 6.6 * static_cast<double>(name.size()) + 46)
      text((x_of(time.begin_s) + x_of(time.end_s)) / 2, top + bar_ / 2 + 4, "on mid", name);
  }

  void bar(std::string_view kind, const Interval& time, double top, double share,
           std::string_view tip) {
    const double x = x_of(time.begin_s);
    const double length = x_of(time.end_s) - x;
    // Thin ones are shown as thin, not as nothing, unless they are communication between others.
    if (tip.empty() && length < 0.3) return;
    put(R"(<rect class="{}" x="{:.2f}" y="{:.1f}" width="{:.2f}" height="{:.1f}")", kind, x, top,
        std::max(length, 0.4), bar_);
    if (share < 0.98) put(R"( fill-opacity="{:.2f}")", std::max(share, 0.15));
    if (tip.empty())
      out_ += "/>";
    else
      put("><title>{}</title></rect>", xml_escaped(tip));
    out_ += '\n';
  }

  void axis() {
    const double step_s = round_step(makespan_s_, 8);
    struct Unit {
      double seconds;
      const char* name;
    };
    static constexpr std::array<Unit, 5> units{
        {{3600, "h"}, {60, "min"}, {1, "s"}, {1e-3, "ms"}, {1e-6, "us"}}};
    const auto* unit = std::ranges::find_if(
        units, [&](const Unit& candidate) { return makespan_s_ >= 2 * candidate.seconds; });
    if (unit == units.end()) --unit;
    for (double time_s = 0; time_s <= makespan_s_ * 1.0001; time_s += step_s) {
      const double x = x_of(time_s);
      put(R"(<line x1="{0:.1f}" x2="{0:.1f}" y1="{1:.0f}" y2="{2:.1f}"/>)", x, busy_top,
          rows_bottom_ + 4);
      text(x, rows_bottom_ + 20, "muted mid small",
           fmt::format("{:.4g} {}", time_s / unit->seconds, unit->name));
    }
  }

  // Numbered on their rows and named below; the slowest last, so that no other covers it.
  void slowest(std::size_t listed, double top) {
    if (listed == 0) return;
    text(24, top, "muted", "slowest");
    std::vector<Point> markers;
    for (std::size_t i = 0; i < listed; ++i) place_marker(markers, record_.slowest[i]);
    for (std::size_t i = listed; i-- > 0;) number(markers[i].x, markers[i].y, i);
    for (std::size_t i = 0; i < listed; ++i) {
      const SlowPiece& piece = record_.slowest[i];
      const double x = left + static_cast<double>(i % 3) * plot_width / 3;
      const double y = top + 22 * std::floor(static_cast<double>(i) / 3);
      number(x + 7, y - 4, i);
      const std::string name =
          piece.keys == 1
              ? fmt::format("F({})", piece.largest_key)
              : fmt::format("each of {} to F({})", grouped(piece.keys), piece.largest_key);
      text(x + 22, y, "small",
           fmt::format("{} · {}{} · rank {}", name, duration_text(piece.seconds_a_key()),
                       on_threads(piece.threads), to_int(piece.rank)));
    }
  }

  struct Point {
    double x;
    double y;
  };

  // At the beginning of a wide piece, whose name is in its middle, and clear of the others.
  void place_marker(std::vector<Point>& markers, const SlowPiece& piece) const {
    constexpr double reach = 17;
    const auto row = std::ranges::find_if(rows_, [&](const Row& candidate) {
      return std::ranges::any_of(candidate.ranks,
                                 [&](const auto& entry) { return entry.first == piece.rank; });
    });
    const double top = rows_top + pitch_ * static_cast<double>(row - rows_.begin());
    const double begin = x_of(piece.time.begin_s);
    const double middle = (begin + x_of(piece.time.end_s)) / 2;
    Point place{.x = std::min(middle, begin + 11), .y = pitch_ > 16 ? top : top + bar_ / 2};
    const auto covers = [&](const Point& other) {
      return std::abs(other.x - place.x) < reach - 1 && std::abs(other.y - place.y) < reach - 1;
    };
    while (std::ranges::any_of(markers, covers)) place.x += reach;
    markers.push_back(place);
  }

  void number(double x, double y, std::size_t i) {
    put(R"(<circle class="dot" cx="{0:.1f}" cy="{1:.1f}" r="8"/><text class="num" x="{0:.1f}" y="{2:.1f}">{3}</text>)",
        x, y, y + 3.5, i + 1);
    out_ += '\n';
  }

  const RunRecord& record_;
  std::vector<Row> rows_;
  double makespan_s_;
  double pitch_;  ///< from row to row
  double bar_;    ///< the height of a row's bar
  double rows_bottom_;
  std::size_t pieces_ = 0;
  std::string out_;
};

}  // namespace

std::string timeline_svg(const RunRecord& record) {
  return Picture(record).draw();
}

}  // namespace fibo
