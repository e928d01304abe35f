// SPDX-License-Identifier: MIT
#include "fibo/app/memory.hpp"

#include "fibo/app/cgroup.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <limits>

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

std::uint64_t cgroup_bytes() {
  std::uint64_t least = unlimited;
  for (const std::filesystem::path& group : cgroups_of("memory"))
    least = std::min(
        {least, bytes_in(group / "memory.max"), bytes_in(group / "memory.limit_in_bytes")});
  return least;
}

struct ProcessMemory {
  std::uint64_t mapped_bytes = 0;
  std::uint64_t resident_bytes = 0;
};

ProcessMemory memory_of_this_process() {
  std::uint64_t mapped_pages = 0;
  std::uint64_t resident_pages = 0;
  std::ifstream("/proc/self/statm") >> mapped_pages >> resident_pages;
  const auto page_bytes = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  return {mapped_pages * page_bytes, resident_pages * page_bytes};
}

}  // namespace

std::uint64_t machine_memory_bytes() {
  const long pages = ::sysconf(_SC_PHYS_PAGES);
  const long page_bytes = ::sysconf(_SC_PAGESIZE);
  if (pages <= 0 || page_bytes <= 0) return unlimited;
  return static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(page_bytes);
}

std::uint64_t memory_limit_bytes() {
  return std::min(machine_memory_bytes(), cgroup_bytes());
}

std::uint64_t free_address_space_bytes() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return unlimited;
  const std::uint64_t mapped_bytes = memory_of_this_process().mapped_bytes;
  return limit.rlim_cur > mapped_bytes ? limit.rlim_cur - mapped_bytes : 0;
}

std::uint64_t resident_bytes() {
  return memory_of_this_process().resident_bytes;
}

std::string size_text(std::uint64_t bytes) {
  constexpr std::array units{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  auto size = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; size >= 1024 && unit + 1 < units.size(); ++unit) size /= 1024;
  return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.1f} {}", size, units.at(unit));
}

}  // namespace fibo
