// SPDX-License-Identifier: MIT
#include "fibo/app/memory.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string_view>

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

namespace fibo {
namespace {

constexpr std::uint64_t unlimited = std::numeric_limits<std::uint64_t>::max();

// A file that holds a number of bytes, or "max".
std::uint64_t bytes_in(const std::filesystem::path& file) {
  std::uint64_t bytes = unlimited;
  std::ifstream(file) >> bytes;
  return bytes == 0 ? unlimited : bytes;
}

// The least of the limits from the process's own group up to the root (cgroup v2, then v1).
std::uint64_t cgroup_bytes() {
  std::uint64_t least = unlimited;
  std::ifstream groups("/proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {
    std::filesystem::path root;
    std::string_view limit_file;
    if (line.starts_with("0::")) {
      root = "/sys/fs/cgroup";
      limit_file = "memory.max";
    } else if (line.find(":memory:") != std::string::npos) {
      root = "/sys/fs/cgroup/memory";
      limit_file = "memory.limit_in_bytes";
    } else {
      continue;
    }
    std::filesystem::path group = root / cgroup_in(line).substr(1);
    for (;; group = group.parent_path()) {
      least = std::min(least, bytes_in(group / limit_file));
      if (group == root || group == group.parent_path()) break;
    }
  }
  return least;
}

}  // namespace

// "HIERARCHY:CONTROLLERS:GROUP"
std::string_view cgroup_in(std::string_view line) {
  return line.substr(line.find(':', line.find(':') + 1) + 1);
}

std::uint64_t machine_memory_bytes() {
  const long pages = ::sysconf(_SC_PHYS_PAGES);
  const long page_bytes = ::sysconf(_SC_PAGESIZE);
  if (pages <= 0 || page_bytes <= 0) return unlimited;
  return static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(page_bytes);
}

std::uint64_t memory_limit_bytes() {
  return std::min(machine_memory_bytes(), cgroup_bytes());
}

std::uint64_t address_space_bytes() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return unlimited;
  return limit.rlim_cur;
}

std::uint64_t resident_bytes() {
  std::uint64_t total_pages = 0;
  std::uint64_t resident_pages = 0;
  std::ifstream("/proc/self/statm") >> total_pages >> resident_pages;
  return resident_pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

std::string size_text(std::uint64_t bytes) {
  constexpr std::array units{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  auto size = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; size >= 1024 && unit + 1 < units.size(); ++unit) size /= 1024;
  return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.1f} {}", size, units.at(unit));
}

}  // namespace fibo
