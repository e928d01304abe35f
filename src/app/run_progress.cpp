// SPDX-License-Identifier: MIT
#include "fibo/app/run_progress.hpp"

#include "fibo/app/voice.hpp"

#include <limits>
#include <ostream>
#include <string_view>
#include <utility>

namespace fibo {
namespace {

// A run that is over sooner is not worth a line, unless one is asked for.
constexpr double long_run_s = 1;

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
                         const ResultMap& results, const Surroundings& around)
    : source_(source),
      results_(results),
      time_left_(std::move(workload), around.now_s),
      counted_keys_(source, time_left_),
      plain_(around.terminal == nullptr ? std::make_unique<PlainTerminal>(around.err) : nullptr),
      progress_(
          around.terminal != nullptr ? *around.terminal : *plain_, [this] { return state(); },
          around.now_s, request.progress == When::always ? 0 : long_run_s,
          is_colored(request.color, around.color && around.terminal != nullptr)) {}

ProgressState RunProgress::state() const {
  const std::uint64_t known = time_left_.keys_done() + time_left_.keys_under_way();
  const std::uint64_t ahead = source_.remaining_at_most();
  const double elapsed_s = time_left_.elapsed_s();
  constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  return {
      .part_done = time_left_.part_done(),
      .keys_done = time_left_.keys_done(),
      .keys_at_most = ahead > most - known ? most : known + ahead,
      .digits = results_.digits(),
      .keys_per_s = elapsed_s > 0 ? static_cast<double>(time_left_.keys_computed()) / elapsed_s : 0,
      .busy_workers = time_left_.busy_workers(),
      .left_s = time_left_.seconds()};
}

}  // namespace fibo
