// SPDX-License-Identifier: MIT
#include "fibo/app/cgroup.hpp"

#include <algorithm>
#include <fstream>
#include <optional>

namespace fibo {
namespace {

const std::filesystem::path all_groups = "/sys/fs/cgroup";

// Where the groups of a hierarchy are, if `controller` is among its `controllers`, "cpu,cpuacct".
// The one of cgroup v2 names none.
std::optional<std::filesystem::path> root_of(std::string_view controllers,
                                             std::string_view controller) {
  if (controllers.empty()) return all_groups;
  while (!controllers.empty()) {
    const std::size_t end = std::min(controllers.find(','), controllers.size());
    if (controllers.substr(0, end) == controller) return all_groups / controller;
    controllers.remove_prefix(std::min(end + 1, controllers.size()));
  }
  return std::nullopt;
}

}  // namespace

std::vector<std::filesystem::path> cgroups_in(const std::vector<std::string>& lines,
                                              std::string_view controller) {
  std::vector<std::filesystem::path> folders;
  for (const std::string_view line : lines) {
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (second == std::string_view::npos) continue;
    const auto root = root_of(line.substr(first + 1, second - first - 1), controller);
    if (!root) continue;
    const auto group = std::filesystem::path(line.substr(second + 1)).relative_path();
    auto folder = group.empty() ? *root : *root / group;
    for (; folder != *root && folder.has_relative_path(); folder = folder.parent_path())
      folders.push_back(folder);
    folders.push_back(*root);
  }
  return folders;
}

std::vector<std::filesystem::path> cgroups_of(std::string_view controller) {
  std::vector<std::string> lines;
  std::ifstream file("/proc/self/cgroup");
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return cgroups_in(lines, controller);
}

}  // namespace fibo
