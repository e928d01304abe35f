// SPDX-License-Identifier: MIT
#include "fibo/app/progress.hpp"

#include "fibo/results/text.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include <fmt/format.h>

namespace fibo {
namespace {

constexpr double redraw_s = 0.1;

// The widest terminals are not filled: the eye would have to travel.
constexpr std::size_t widest = 120;
constexpr std::size_t narrowest_bar = 10;
constexpr std::size_t widest_bar = 40;

// The last column is left free, as a character there makes some terminals begin a new line.
constexpr std::size_t free_columns = 1;

// "4.2 G": three or four figures are all that can be read while they change.
std::string short_number(double number) {
  constexpr std::array units{"", " k", " M", " G", " T", " P", " E"};
  std::size_t unit = 0;
  for (; number >= 999.5 && unit + 1 < units.size(); ++unit) number /= 1000;
  const bool fraction = number < 9.95 && (unit > 0 || number != std::floor(number));
  return fmt::format("{:.{}f}{}", number, fraction ? 1 : 0, units.at(unit));
}

std::string short_rate(double per_s) {
  constexpr double ten = 10;
  return per_s < ten ? rate_text(per_s) : short_number(per_s);
}

// "0:07", "1:02:33", "3 days".
std::string time_text(double seconds) {
  constexpr double days_s = 2 * 86400.0;
  if (seconds >= days_s) return fmt::format("{:.0f} days", seconds / 86400);
  const auto whole = static_cast<std::uint64_t>(std::ceil(seconds));
  const std::uint64_t minutes = whole / 60;
  if (minutes < 60) return fmt::format("{}:{:02}", minutes, whole % 60);
  return fmt::format("{}:{:02}:{:02}", minutes / 60, minutes % 60, whole % 60);
}

std::string bar_text(double part, std::size_t width) {
  const auto filled = static_cast<std::size_t>(part * static_cast<double>(width));
  return fmt::format("[{:#<{}}{:.<{}}]", "", filled, "", width - filled);
}

}  // namespace

std::string progress_text(const ProgressState& state, std::size_t columns) {
  columns = std::min(columns, widest);
  const double part = std::clamp(state.part_done, 0.0, 1.0);
  // 100 % is when it is over, and then there is no line.
  const std::string percent = fmt::format("{:2.0f} %", std::min(99.0, std::floor(100 * part)));
  struct Field {
    std::string text;
    int weight;  ///< the least goes first
  };
  std::vector<Field> fields{
      {percent, 5},
      {fmt::format("{} of {}", grouped(state.keys_done), counted(state.keys_at_most, "key")), 3},
      {short_number(static_cast<double>(state.digits)) + " digits", 1},
      {short_rate(state.keys_per_s) + " keys/s", 2},
      {counted(state.busy_cores, "core") + " busy", 0},
      {state.left_s ? time_text(*state.left_s) + " left" : "", 6},
  };
  std::erase_if(fields, [](const Field& field) { return field.text.empty(); });
  constexpr std::size_t gap = 2;
  const auto width = [&] {
    std::size_t sum = 0;
    for (const Field& field : fields) sum += field.text.size() + gap;
    return sum - gap;
  };
  const auto leave_out_one = [&] {
    fields.erase(std::ranges::min_element(fields, {}, &Field::weight));
  };
  constexpr std::size_t around_bar = 2 + gap;
  // The part that is done and the time left are worth more than the bar, the rest is not.
  constexpr std::size_t vital = 2;
  while (fields.size() > vital && width() + around_bar + narrowest_bar > columns) leave_out_one();
  while (fields.size() > 1 && width() > columns) leave_out_one();

  std::string line;
  if (const std::size_t taken = width(); columns >= taken + narrowest_bar + around_bar)
    line = bar_text(part, std::min(columns - taken - around_bar, widest_bar));
  for (const Field& field : fields)
    line += fmt::format("{:{}}{}", "", line.empty() ? 0 : gap, field.text);
  line.resize(std::min(line.size(), columns));
  return line;
}

Progress::Progress(Terminal& terminal, std::function<ProgressState()> state, Clock now_s,
                   double first_after_s, bool color)
    : terminal_(terminal),
      state_(std::move(state)),
      now_s_(std::move(now_s)),
      next_s_(now_s_() + first_after_s),
      color_(color) {}

void Progress::looked() {
  const double now_s = now_s_();
  if (now_s < next_s_) return;
  next_s_ = now_s + redraw_s;
  const std::size_t columns = terminal_.columns();
  if (columns == 0) return;
  std::string line = progress_text(state_(), columns - std::min(columns, free_columns));
  const std::string_view erase = erase_rest(columns);
  drawn_columns_ = line.size();
  if (const std::size_t bar = line.find(']') + 1; color_ && line.starts_with('['))
    line = fmt::format("\x1b[32m{}\x1b[0m{}", line.substr(0, bar), line.substr(bar));
  // Drawn first and then cleared to the end of the line: it does not flicker. The cursor waits
  // where the line begins, and stays there when a narrower terminal breaks the line into several.
  terminal_.write(fmt::format("\r{}{}\r", line, erase));
}

void Progress::clear() {
  if (drawn_columns_ == 0) return;
  if (const std::size_t columns = terminal_.columns(); columns > 0)
    terminal_.write(fmt::format("\r{}", erase_rest(columns)));
  drawn_columns_ = 0;
}

// What clears all that is right of the cursor of the line that was drawn: to the end of the line,
// or of the screen where the terminal has become too narrow for it.
std::string_view Progress::erase_rest(std::size_t columns) const {
  return drawn_columns_ > columns ? "\x1b[J" : "\x1b[K";
}

void Progress::make_way() {
  constexpr double moment_s = 0.5;
  clear();
  next_s_ = std::max(next_s_, now_s_() + moment_s);
}

}  // namespace fibo
