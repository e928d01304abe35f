// SPDX-License-Identifier: MIT
//
// The farm on this machine: whole runs of the program under mpirun, beside each other and beside
// peers, as ratios. Each figure is the median of repeated runs that take turns.
//
//   tests/bench/run.sh [REPEATS [ROW...]]
//
// Rows: speedup uneven small full crowded start share giant store records peers; all of them if
// none is named. "Time" is what the program's summary says, from the first key to the complete
// output; only `start` and `records` take the whole command. Results go to files in TMPDIR.
#include "fibo/app/version.hpp"

#include "support/temp_folder.hpp"
#include "timed_command.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <functional>
#include <map>
#include <random>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace fibo::bench {
namespace {

using Arguments = std::vector<std::string>;

// The run's own time, from "... in 1.234 s (" of its summary.
double summary_s(const std::string& err) {
  const std::size_t in = err.rfind(" in ");
  if (in == std::string::npos) throw std::runtime_error("no summary in: " + err);
  return std::stod(err.substr(in + 4));
}

std::uint64_t summary_digits(const std::string& err) {
  const std::size_t after = err.rfind(" digits in ");
  if (after == std::string::npos) throw std::runtime_error("no digits in: " + err);
  const std::size_t number = err.rfind(' ', after - 1) + 1;
  std::string digits = err.substr(number, after - number);
  std::erase(digits, ',');
  return std::stoull(digits);
}

Arguments mpirun(int ranks, const Arguments& command) {
  Arguments argv{"mpirun", "--oversubscribe", "-np", std::to_string(ranks)};
  argv.insert(argv.end(), command.begin(), command.end());
  return argv;
}

class Farm {
 public:
  explicit Farm(int repeats) : repeats_(repeats) {}

  // The median times of the same request at each number of ranks; the runs take turns.
  std::map<int, double> times_s(const std::vector<int>& ranks, const Arguments& request) const {
    std::map<int, std::vector<double>> samples;
    for (int i = 0; i < repeats_; ++i)
      for (const int count : ranks) samples[count].push_back(summary_s(run(count, request).err));
    std::map<int, double> medians;
    for (const auto& [count, seconds] : samples) medians[count] = median(seconds);
    return medians;
  }

  TimedRun run(int ranks, const Arguments& request) const {
    Arguments command{FIBO_MPI_PROGRAM};
    command.insert(command.end(), request.begin(), request.end());
    return run_timed(mpirun(ranks, command));
  }

  int repeats() const { return repeats_; }
  std::string file(const std::string& name) const { return folder_.path() / name; }
  const test::TempFolder& folder() const { return folder_; }

 private:
  int repeats_;
  test::TempFolder folder_;
};

int cores() {
  return std::max(2, static_cast<int>(std::thread::hardware_concurrency()));
}

void print_row(const std::string& load, const std::string& measure, double figure, double bound,
               bool at_least) {
  fmt::print("{:<46} {:<36} {:>12.3f}   {} {}{}\n", load, measure, figure,
             at_least ? "at least" : "at most ", bound,
             (at_least ? figure >= bound : figure <= bound) ? "" : "   MISSED");
  std::fflush(stdout);
}

void speedup(const Farm& farm) {
  const auto times = farm.times_s({1, cores()}, {"--count", "120", "--min", "1000000", "--max",
                                                 "3000000", "--seed", "1", "-o", farm.file("out")});
  print_row("120 random keys in 10^6..3*10^6", fmt::format("efficiency of {} ranks", cores()),
            times.at(1) / times.at(cores()) / cores(), 0.93, true);
  fmt::print("{:<46} np=1 {:.3f} s, np={} {:.3f} s\n", "", times.at(1), cores(), times.at(cores()));
}

// A key's own time is that of a run of it alone, on one rank; its output included.
void uneven(const Farm& farm) {
  std::mt19937_64 random(1);
  std::set<std::uint64_t> keys;
  while (keys.size() < 60) {
    const double exponent = 2 + 6 * std::ldexp(static_cast<double>(random() >> 11), -53);
    keys.insert(static_cast<std::uint64_t>(std::pow(10.0, exponent)));
  }
  std::string list;
  double total_s = 0;
  double longest_s = 0;
  for (const std::uint64_t key : keys) {
    list += fmt::format("{}\n", key);
    const double alone_s = farm.times_s({1}, {std::to_string(key), "-o", farm.file("out")}).at(1);
    total_s += alone_s;
    longest_s = std::max(longest_s, alone_s);
  }
  const std::string file = farm.folder().write("keys", list);
  const double bound_s = std::max(total_s / cores(), longest_s);
  const double time_s = farm.times_s({cores()}, {"-k", file, "-o", farm.file("out")}).at(cores());
  print_row("60 log-uniform keys in 10^2..10^8", "time over the lower bound", time_s / bound_s, 1.1,
            false);
  fmt::print("{:<46} {:.3f} s; all keys {:.3f} s, longest {:.3f} s\n", "", time_s, total_s,
             longest_s);
}

const Arguments small_request{"--count", "1000000", "--min",    "1", "--max", "1000000000000000000",
                              "--seed",  "1",       "--digits", "10"};

double small_keys_per_s(const Farm& farm) {
  Arguments request = small_request;
  request.insert(request.end(), {"-o", farm.file("out")});
  return 1e6 / farm.times_s({2}, request).at(2);
}

void small(const Farm& farm) {
  print_row("10^6 keys to 10^18, --digits 10, np=2", "million keys a second",
            1e-6 * small_keys_per_s(farm), 0.3, true);
}

void full(const Farm& farm) {
  const Arguments request{"1..50000", "-o", farm.file("out")};
  const auto times = farm.times_s({1, 2}, request);
  const auto digits = static_cast<double>(summary_digits(farm.run(2, request).err));
  print_row("1..50000 in full, to a file, np=2", "MB of digits a second",
            1e-6 * digits / times.at(2), 600, true);
  print_row("", "time over np=1", times.at(2) / times.at(1), 1, false);
}

void crowded(const Farm& farm) {
  for (const Arguments& request :
       {Arguments{"--count", "500", "--min", "1000000", "--max", "3000000", "--seed", "1", "-o",
                  farm.file("out")},
        Arguments{"--count", "3000000", "--min", "1", "--max", "1000000000000000000", "--seed", "1",
                  "--digits", "10", "-o", farm.file("out")}}) {
    const auto times = farm.times_s({2, 8, 16}, request);
    for (const int ranks : {8, 16})
      print_row(fmt::format("{} keys, np={}", request[1], ranks), "time over np=2",
                times.at(ranks) / times.at(2), 1.3, false);
  }
}

void start(const Farm& farm) {
  std::vector<double> ours;
  std::vector<double> empty;
  for (int i = 0; i < 3 * farm.repeats(); ++i) {
    ours.push_back(run_timed(mpirun(2, {FIBO_MPI_PROGRAM})).elapsed_s);
    empty.push_back(run_timed(mpirun(2, {EMPTY_MPI_PROGRAM})).elapsed_s);
  }
  print_row("the demonstration, np=2", "whole time over an empty program",
            median(ours) / median(empty), 1.15, false);
}

void share(const Farm& farm) {
  std::vector<double> percent;
  for (int i = 0; i < farm.repeats(); ++i) {
    const auto watch = [&](pid_t mpirun_pid) {
      const auto sleep = [](int ms) { std::this_thread::sleep_for(std::chrono::milliseconds(ms)); };
      RankTimes before;
      // Both keys are out and under way once rank 0 has computed for a while.
      do {
        sleep(5);
        before = times_of_rank_0(mpirun_pid);
      } while (before.all_threads_s - before.first_thread_s < 0.1);
      const auto begin = std::chrono::steady_clock::now();
      sleep(400);
      const RankTimes after = times_of_rank_0(mpirun_pid);
      const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
      percent.push_back(100 * (after.first_thread_s - before.first_thread_s) / elapsed.count());
    };
    run_timed(mpirun(2, {FIBO_MPI_PROGRAM, "500000000", "500000001", "-o", "/dev/null"}), watch);
  }
  print_row("two keys of 5*10^8, np=2", "rank 0's share of a core, per cent", median(percent), 5,
            false);
}

void giant(const Farm& farm) {
  const auto times = farm.times_s({1, 2}, {"100000000", "-o", farm.file("out")});
  print_row("one key of 10^8", "np=2 as fast as np=1, times", times.at(1) / times.at(2), 1.5, true);
}

// Every fiftieth key of small_request, one a line: a peer would take minutes for all of them.
std::string keys_of_peers(const Farm& farm) {
  Arguments request = small_request;
  request.insert(request.end(), {"--format", "csv", "-q"});
  std::istringstream lines(farm.run(2, request).out);
  std::string keys;
  std::string line;
  std::getline(lines, line);  // the names of the columns
  for (int i = 0; std::getline(lines, line); ++i)
    if (i % 50 == 0) keys += line.substr(0, line.find(',')) + '\n';
  return farm.folder().write("peers_keys", keys);
}

// The time to write so many bytes, synced to the disk as a store is: every 64 MiB and at the end.
double disk_s(const std::string& file, std::uint64_t size) {
  const std::string block(std::size_t{1} << 20, 'x');
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  const auto begin = std::chrono::steady_clock::now();
  for (std::uint64_t written = 0; descriptor >= 0 && written < size; written += block.size()) {
    if (::write(descriptor, block.data(), block.size()) < 0) break;
    if (written % (64 * block.size()) == 0) ::fsync(descriptor);
  }
  const bool failed = descriptor < 0 || ::fsync(descriptor) != 0 || ::close(descriptor) != 0;
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
  if (failed) throw std::runtime_error("cannot write " + file);
  return elapsed.count();
}

// What keeping results costs beside not keeping them, and beside writing them to a file; and how
// long the disk takes for the bytes of the store alone.
void store(const Farm& farm) {
  const auto with = [](Arguments request, const Arguments& more) {
    request.insert(request.end(), more.begin(), more.end());
    return request;
  };
  const Arguments full{"--count", "400", "--min", "900000", "--max", "1100000", "--seed", "1"};
  const Arguments few{"1..1000000", "--mod", "1000000007", "-o", "/dev/null"};
  const std::string kept = farm.file("kept");
  std::vector<double> plain_s;
  std::vector<double> store_s;
  std::vector<double> file_s;
  std::vector<double> bytes_s;
  std::vector<double> few_s;
  for (int i = 0; i < farm.repeats(); ++i) {
    plain_s.push_back(summary_s(farm.run(cores(), with(full, {"-o", "/dev/null"})).err));
    file_s.push_back(summary_s(farm.run(cores(), with(full, {"-o", farm.file("out")})).err));
    store_s.push_back(
        summary_s(farm.run(cores(), with(full, {"-o", "/dev/null", "--store", kept})).err));
    bytes_s.push_back(disk_s(farm.file("bytes"), std::filesystem::file_size(kept)));
    std::filesystem::remove(kept);
    few_s.push_back(summary_s(farm.run(cores(), with(few, {"--store", kept})).err));
    std::filesystem::remove(kept);
  }
  print_row(fmt::format("400 keys near 10^6 in full, np={}", cores()),
            "time with a store over without", median(store_s) / median(plain_s), 1.03, false);
  fmt::print(
      "{:<46} without {:.3f} s, kept {:.3f} s, to a file {:.3f} s, its bytes alone {:.3f} s\n", "",
      median(plain_s), median(store_s), median(file_s), median(bytes_s));
  print_row(fmt::format("10^6 keys, --mod 10^9+7, kept, np={}", cores()), "keys a second",
            1e6 / median(few_s), 200'000, true);
}

// What writing down all that the ranks did costs, the whole command with it over the whole command
// without: where ranks compute and where they mostly talk.
void records(const Farm& farm) {
  Arguments talk = small_request;
  talk.insert(talk.end(), {"-o", "/dev/null"});
  const Arguments compute{"--count", "4000",   "--min", "1000000", "--max",
                          "3000000", "--seed", "1",     "-o",      "/dev/null"};
  const Arguments all{"--stats", farm.file("stats"), "--timeline", farm.file("timeline"),
                      "--trace", farm.file("trace"), "--report",   farm.file("report")};
  for (const auto& [load, plain] : {std::pair{"4000 random keys in 10^6..3*10^6", compute},
                                    std::pair{"10^6 keys to 10^18, --digits 10", talk}}) {
    Arguments recorded = plain;
    recorded.insert(recorded.end(), all.begin(), all.end());
    // What else goes on changes slowly, so that only neighbours are compared; each goes first in
    // half of the pairs.
    std::vector<double> ratios;
    std::vector<double> plain_s;
    for (int i = 0; i < 2 * farm.repeats(); ++i) {
      const auto time_s = [&](const Arguments& request) {
        return farm.run(cores(), request).elapsed_s;
      };
      const double first_s = time_s(i % 2 == 0 ? plain : recorded);
      const double second_s = time_s(i % 2 == 0 ? recorded : plain);
      plain_s.push_back(i % 2 == 0 ? first_s : second_s);
      ratios.push_back(i % 2 == 0 ? second_s / first_s : first_s / second_s);
    }
    print_row(fmt::format("{}, np={}", load, cores()), "whole time with all four records",
              median(ratios), 1.02, false);
    fmt::print("{:<46} without {:.3f} s\n", "", median(plain_s));
  }
}

// The peers' keys are fewer: all that counts is keys a second.
void peers(const Farm& farm) {
  const std::string folder = FIBO_BENCH_PEERS;
  const std::string python = "/usr/bin/python3";  // the one that Debian's python3-mpi4py is for
  const std::string keys = keys_of_peers(farm);
  const std::string answers = farm.run(1, {"--digits", "10", "-q", "-k", keys}).out;
  const auto compare = [&](const std::string& name, const Arguments& command, double bound) {
    std::vector<double> keys_per_s;
    std::vector<double> ours;
    for (int i = 0; i < farm.repeats(); ++i) {
      const TimedRun run = run_timed(command);
      keys_per_s.push_back(std::stod(run.out));
      if (run.out.substr(run.out.find('\n') + 1) != answers)
        throw std::runtime_error(name + " has other answers");
      ours.push_back(small_keys_per_s(farm));
    }
    print_row("10^6 keys to 10^18, --digits 10, np=2", "times " + name,
              median(ours) / median(keys_per_s), bound, true);
    fmt::print("{:<46} {:.0f} keys/s\n", "", median(keys_per_s));
  };
  compare("mpi4py.futures, 2 workers",
          mpirun(3, {python, "-m", "mpi4py.futures", folder + "/mpi4py_pool.py", keys}), 20);
  compare("the program before this one", {python, folder + "/queue_and_dict.py", keys}, 100);
}

}  // namespace
}  // namespace fibo::bench

int main(int argc, char** argv) {
  using namespace fibo::bench;
  const std::vector<std::pair<std::string_view, std::function<void(const Farm&)>>> rows{
      {"speedup", speedup}, {"uneven", uneven},   {"small", small}, {"full", full},
      {"crowded", crowded}, {"start", start},     {"share", share}, {"giant", giant},
      {"store", store},     {"records", records}, {"peers", peers}};
  try {
    const Arguments arguments(argv + 1, argv + argc);
    const int repeats = arguments.empty() ? 5 : std::stoi(arguments[0]);
    if (::geteuid() == 0) {
      ::setenv("OMPI_ALLOW_RUN_AS_ROOT", "1", 1);
      ::setenv("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1", 1);
    }
    fmt::print("fibo_mpi {} at {}, {}, {} cores, medians of {}\n\n", fibo::program_version,
               fibo::program_commit, fibo::compiler_name, std::thread::hardware_concurrency(),
               repeats);
    const Farm farm(repeats);
    for (const auto& [name, measure] : rows)
      if (arguments.size() < 2 ||
          std::find(arguments.begin() + 1, arguments.end(), name) != arguments.end())
        measure(farm);
  } catch (const std::exception& error) {
    fmt::print(stderr, "farm_bench: {}\n", error.what());
    return 1;
  }
  return 0;
}
