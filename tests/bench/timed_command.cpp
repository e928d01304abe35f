// SPDX-License-Identifier: MIT
#include "timed_command.hpp"

#include "support/temp_folder.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <system_error>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace fibo::bench {
namespace {

std::string content_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

pid_t parent_of(const std::filesystem::path& process) {
  const std::string stat = content_of(process / "stat");
  std::istringstream fields(stat.substr(std::min(stat.size(), stat.rfind(')') + 1)));
  char state = '\0';
  pid_t parent = 0;
  fields >> state >> parent;
  return parent;
}

double on_processor_s(const std::filesystem::path& task) {
  double nanoseconds = 0;
  std::ifstream(task / "schedstat") >> nanoseconds;
  return 1e-9 * nanoseconds;
}

}  // namespace

TimedRun run_timed(const std::vector<std::string>& argv,
                   const std::function<void(pid_t)>& meanwhile) {
  const test::TempFolder folder;
  const std::string out = folder.path() / "out";
  const std::string err = folder.path() / "err";
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, out.c_str(), O_WRONLY | O_CREAT, 0600);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, err.c_str(), O_WRONLY | O_CREAT, 0600);
  std::vector<std::string> texts = argv;
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);

  const auto begin = std::chrono::steady_clock::now();
  pid_t pid = 0;
  const int error =
      ::posix_spawnp(&pid, pointers.front(), &actions, nullptr, pointers.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) throw std::system_error(error, std::generic_category(), argv.front());
  meanwhile(pid);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;

  TimedRun run{.elapsed_s = elapsed.count(), .out = content_of(out), .err = content_of(err)};
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    throw std::runtime_error(argv.front() + " failed: " + run.err);
  return run;
}

RankTimes times_of_rank_0(pid_t mpirun) {
  for (const auto& process : std::filesystem::directory_iterator("/proc")) {
    const std::string name = process.path().filename();
    pid_t pid = 0;
    if (std::from_chars(name.data(), name.data() + name.size(), pid).ptr !=
        name.data() + name.size())
      continue;
    if (parent_of(process) != mpirun) continue;
    const std::string environment = '\0' + content_of(process.path() / "environ");
    if (environment.find(std::string("\0OMPI_COMM_WORLD_RANK=0\0", 24)) == std::string::npos)
      continue;
    RankTimes times{.first_thread_s = on_processor_s(process.path() / "task" / name),
                    .all_threads_s = 0};
    std::error_code gone;
    for (const auto& task : std::filesystem::directory_iterator(process.path() / "task", gone))
      times.all_threads_s += on_processor_s(task);
    return times;
  }
  return {};
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace fibo::bench
