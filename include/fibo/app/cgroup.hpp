// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace fibo {

/// The folders of the groups that this process is in as far as `controller` ("memory", "cpu") is
/// concerned, each group's before that of the one around it: of cgroup v2, then v1. A limit of any
/// of them holds. In a container the root is the container's own group.
std::vector<std::filesystem::path> cgroups_of(std::string_view controller);

/// The same of the groups in `lines`, those of /proc/self/cgroup: HIERARCHY:CONTROLLERS:GROUP,
/// where GROUP is a path from the root, which may hold colons.
std::vector<std::filesystem::path> cgroups_in(const std::vector<std::string>& lines,
                                              std::string_view controller);

}  // namespace fibo
