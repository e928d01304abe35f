// SPDX-License-Identifier: MIT
#include "support/command.hpp"

#include <cerrno>
#include <charconv>
#include <csignal>
#include <fstream>
#include <optional>
#include <regex>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace fibo::test {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using std::chrono::seconds;

void check(int error, const char* what) {
  if (error != 0) throw std::system_error(error, std::generic_category(), what);
}

/// A file without a name. Files in place of pipes: nobody has to read while the command runs, and a
/// process that keeps the other end open cannot hold up the test.
class Scratch {
 public:
  Scratch() : descriptor_(open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR)) {
    if (descriptor_ < 0) check(errno, "a temporary file");
  }
  ~Scratch() { close(descriptor_); }
  Scratch(const Scratch&) = delete;
  Scratch(Scratch&&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  Scratch& operator=(Scratch&&) = delete;

  [[nodiscard]] int descriptor() const { return descriptor_; }

  void fill(std::string_view text) const {
    while (!text.empty()) {
      const auto written = write(descriptor_, text.data(), text.size());
      if (written < 0) check(errno, "the input of a command");
      text.remove_prefix(static_cast<std::size_t>(written));
    }
    lseek(descriptor_, 0, SEEK_SET);
  }

  [[nodiscard]] std::string content() const {
    const auto size = lseek(descriptor_, 0, SEEK_END);
    std::string text(static_cast<std::size_t>(size), '\0');
    std::size_t done = 0;
    while (done < text.size()) {
      const auto got =
          pread(descriptor_, text.data() + done, text.size() - done, static_cast<off_t>(done));
      if (got <= 0) check(got < 0 ? errno : EIO, "the output of a command");
      done += static_cast<std::size_t>(got);
    }
    return text;
  }

 private:
  int descriptor_;
};

std::vector<std::string> merged_environment(std::map<std::string, std::string> variables) {
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const auto equals = text.find('=');
    // emplace keeps what is there already: the command's own setting.
    variables.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  std::vector<std::string> entries;
  entries.reserve(variables.size());
  for (const auto& [name, value] : variables) entries.emplace_back(name).append("=").append(value);
  return entries;
}

std::vector<char*> c_pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (auto& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

pid_t start(const Command& command, const Scratch& in, const Scratch& out, const Scratch& err) {
  posix_spawn_file_actions_t actions;
  check(posix_spawn_file_actions_init(&actions), "posix_spawn");
  posix_spawn_file_actions_adddup2(&actions, in.descriptor(), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out.descriptor(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, err.descriptor(), STDERR_FILENO);
  if (!command.folder.empty()) {
    posix_spawn_file_actions_addchdir_np(&actions, command.folder.c_str());
  }
  posix_spawnattr_t attributes;
  check(posix_spawnattr_init(&attributes), "posix_spawn");
  // Whoever runs the tests may ignore signals, as a shell does for what it starts in the
  // background, and programs that inherit that stay deaf.
  sigset_t heard;
  sigemptyset(&heard);
  for (const int number : {SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGTERM, SIGUSR1, SIGUSR2, SIGXFSZ})
    sigaddset(&heard, number);
  posix_spawnattr_setsigdefault(&attributes, &heard);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF);

  auto argv = command.argv;
  auto environment = merged_environment(command.environment);
  pid_t pid = 0;
  const int error = posix_spawnp(&pid, argv.at(0).c_str(), &actions, &attributes,
                                 c_pointers(argv).data(), c_pointers(environment).data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  check(error, argv[0].c_str());
  return pid;
}

/// Calls `done` until it says so, or until `limit` has passed; returns whether it said so.
template <typename Predicate>
bool wait_until(Predicate done, milliseconds limit) {
  const auto deadline = Clock::now() + limit;
  while (!done()) {
    if (Clock::now() >= deadline) return false;
    std::this_thread::sleep_for(milliseconds(1));
  }
  return true;
}

void kill_session(pid_t session) {
  const bool gone = wait_until(
      [session] {
        const auto processes = processes_of_session(session);
        for (const pid_t process : processes) kill(process, SIGKILL);
        return processes.empty();
      },
      seconds(10));
  check(gone ? 0 : ETIMEDOUT, "a process survives SIGKILL");
}

struct ProcessState {
  std::string name;
  char state = '\0';
  pid_t session = 0;
};

/// Of a process, nothing for a zombie or where the process is gone.
std::optional<ProcessState> state_of(const std::filesystem::path& proc_folder) {
  std::ifstream file(proc_folder / "stat");
  std::string stat;
  std::getline(file, stat, '\0');  // which, unlike a bare iterator, does not throw if it has gone
  // "PID (NAME) STATE PARENT GROUP SESSION ...", and the name may hold blanks and parentheses.
  const auto name_begin = stat.find('(');
  const auto name_end = stat.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream fields(stat.substr(name_end + 1));
  pid_t parent = 0;
  pid_t group = 0;
  ProcessState process{.name = stat.substr(name_begin + 1, name_end - name_begin - 1)};
  if (!(fields >> process.state >> parent >> group >> process.session) || process.state == 'Z')
    return std::nullopt;
  return process;
}

// The text without what mpirun says: from a line of hyphens to the next, and lines like
// "[host:1234] PMIX ERROR: PMIX_ERR_UNREACH in file server.c at line 1", with which that of Open
// MPI 5 now and then remarks that a rank was quick to leave.
std::string without_words_of_mpirun(std::string text) {
  const std::string rule = std::string(74, '-') + '\n';
  for (std::size_t begin = text.find(rule); begin != std::string::npos;
       begin = text.find(rule, begin)) {
    const std::size_t end = text.find(rule, begin + rule.size());
    if (end == std::string::npos) break;
    text.erase(begin, end + rule.size() - begin);
  }
  static const std::regex remark(R"(\[[^\]\n]*:[0-9]+\] PMIX ERROR: [^\n]*\n)");
  return std::regex_replace(text, remark, "");
}

}  // namespace

std::vector<pid_t> processes_of_session(pid_t session) {
  std::vector<pid_t> processes;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename().string();
    pid_t process = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), process);
    if (error != std::errc{} || end != name.data() + name.size()) continue;
    if (const auto state = state_of(entry.path()); state && state->session == session)
      processes.push_back(process);
  }
  return processes;
}

CommandResult run_command(const Command& command) {
  const Scratch in;
  const Scratch out;
  const Scratch err;
  in.fill(command.input);
  const pid_t pid = start(command, in, out, err);

  CommandResult result;
  int status = 0;
  result.timed_out =
      !wait_until([&] { return waitpid(pid, &status, WNOHANG) == pid; }, command.time_limit);
  if (!result.timed_out) {
    wait_until([pid] { return processes_of_session(pid).empty(); }, seconds(1));
    for (const pid_t process : processes_of_session(pid))
      if (const auto state = state_of("/proc/" + std::to_string(process)))
        result.left_behind.push_back(state->name + ", state " + state->state);
  }
  kill_session(pid);
  if (result.timed_out) waitpid(pid, &status, 0);

  if (WIFEXITED(status)) result.exit_code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) result.signal = WTERMSIG(status);
  result.out = out.content();
  result.err = err.content();
  if (command.by_mpirun) {
    result.out = without_words_of_mpirun(std::move(result.out));
    result.err = without_words_of_mpirun(std::move(result.err));
  }
  return result;
}

Command mpi_command(int ranks, const std::vector<std::string>& argv) {
  Command command;
  // `timeout` is for the case that the test itself is killed: nobody else would end the job then.
  command.by_mpirun = true;
  command.argv = {"timeout",
                  "--kill-after=5",
                  with_sanitizers ? "900" : "150",
                  "mpirun",
                  "--oversubscribe",
                  "--bind-to",
                  "none",
                  "-np",
                  std::to_string(ranks)};
  command.argv.insert(command.argv.end(), argv.begin(), argv.end());
  // Looking for networks that one machine does not have takes half of the time of a start.
  command.environment = {{"OMPI_MCA_pml", "ob1"},
                         {"OMPI_MCA_btl", "self,vader"},
                         {"OMPI_MCA_mtl", "^ofi,psm,psm2,portals4"},
                         {"OMPI_MCA_osc", "^ucx"},
                         // No words on ranks that fail; Open MPI 5 says them all the same.
                         {"OMPI_MCA_orte_execute_quiet", "1"},
                         // Or mpirun waits a second wherever an exit code is not 0.
                         {"OMPI_MCA_odls_base_sigkill_timeout", "0"}};
  if (geteuid() == 0) {
    command.environment.insert(
        {{"OMPI_ALLOW_RUN_AS_ROOT", "1"}, {"OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1"}});
  }
  return command;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

}  // namespace fibo::test
