// SPDX-License-Identifier: MIT
#include "fibo/app/run_progress.hpp"

#include "fibo/app/voice.hpp"
#include "fibo/farm/saturating_add.hpp"

#include <algorithm>
#include <ostream>
#include <string_view>
#include <utility>

namespace fibo {
namespace {

// A run that is over sooner is not worth a line, unless one is asked for.
constexpr double long_run_s = 1;

// Of kept keys that are passed over: some milliseconds.
constexpr std::uint64_t keys_between_looks = 4096;

// Standard error as if it went to a terminal.
class PlainTerminal final : public Terminal {
 public:
  explicit PlainTerminal(std::ostream& err) : err_(err) {}

  [[nodiscard]] std::size_t columns() const override { return 80; }
  void write(std::string_view text) override { err_ << text << std::flush; }

 private:
  std::ostream& err_;
};

}  // namespace

bool wants_progress(const RunRequest& request, const Surroundings& around) {
  // A line amid results or the lines of a verbose run could not be drawn over.
  if (request.output == "-" && around.results_on_terminal) return false;
  if (request.progress == When::always) return true;
  // At the other end of a pipe is often a pager, which shows results on the same terminal.
  if (request.output == "-" && around.results_in_pipe) return false;
  return request.progress == When::automatic && around.terminal != nullptr && !request.quiet &&
         !request.verbose;
}

RunProgress::RunProgress(const RunRequest& request, KeySource& source, Workload workload,
                         EarlierValues* earlier, const Surroundings& around)
    : source_(source),
      time_left_(std::move(workload), around.now_s),
      counted_keys_(source, time_left_),
      keys_(counted_keys_, *this),
      plain_(around.terminal == nullptr ? std::make_unique<PlainTerminal>(around.err) : nullptr),
      progress_(
          around.terminal != nullptr ? *around.terminal : *plain_, [this] { return state(); },
          around.now_s, request.progress == When::always ? 0 : long_run_s,
          is_colored(request.color, around.color && around.terminal != nullptr)) {
  if (earlier != nullptr) earlier_.emplace(*earlier, *this, around.now_s);
}

Key RunProgress::Keys::pass_over() {
  const Key key = keys().pass_over();
  if (++passed_over_ % keys_between_looks == 0) progress_.progress_.looked();
  return key;
}

// A value is written between the call that gives it and the next one.
std::optional<std::pair<Key, Value>> RunProgress::Earlier::take_below(std::optional<Key> bound) {
  const double now_s = now_s_();
  if (last_) {
    progress_.time_left_.kept_written(last_->first, last_->second, now_s - last_s_);
    progress_.progress_.looked();
  }
  last_.reset();
  last_s_ = now_s;
  auto value = values_.take_below(bound);
  if (value) last_.emplace(value->first, shown_digits(view_of(value->second)));
  return value;
}

ProgressState RunProgress::state() {
  const std::uint64_t known = time_left_.keys_done() + time_left_.keys_under_way();
  // A bar that goes back tells people nothing; of what takes longer the time left tells.
  part_done_ = std::max(part_done_, time_left_.part_done());
  return {.part_done = part_done_,
          .keys_done = time_left_.keys_done(),
          .keys_at_most = saturating_add(known, source_.remaining_at_most()),
          .digits = time_left_.digits(),
          .keys_per_s = time_left_.keys_per_s(),
          .busy_cores = time_left_.busy_cores(),
          .left_s = time_left_.seconds()};
}

}  // namespace fibo
