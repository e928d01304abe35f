// SPDX-License-Identifier: MIT
#include "fibo/app/cgroup.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fibo {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Cgroups, AreThoseFromTheProcesssOwnToTheRoot) {
  EXPECT_THAT(cgroups_in({"0::/"}, "memory"), ElementsAre("/sys/fs/cgroup"));
  EXPECT_THAT(cgroups_in({"0::/system.slice/slurmd.service/job_7"}, "cpu"),
              ElementsAre("/sys/fs/cgroup/system.slice/slurmd.service/job_7",
                          "/sys/fs/cgroup/system.slice/slurmd.service",
                          "/sys/fs/cgroup/system.slice", "/sys/fs/cgroup"));
}

TEST(Cgroups, AreOfTheHierarchyThatHasTheController) {
  const std::vector<std::string> lines{"9:memory:/docker/a", "4:cpu,cpuacct:/b", "1:cpuset:/c"};
  EXPECT_THAT(cgroups_in(lines, "memory"),
              ElementsAre("/sys/fs/cgroup/memory/docker/a", "/sys/fs/cgroup/memory/docker",
                          "/sys/fs/cgroup/memory"));
  EXPECT_THAT(cgroups_in(lines, "cpu"), ElementsAre("/sys/fs/cgroup/cpu/b", "/sys/fs/cgroup/cpu"));
  EXPECT_THAT(cgroups_in(lines, "cpuacct").front(), "/sys/fs/cgroup/cpuacct/b");
  EXPECT_THAT(cgroups_in(lines, "io"), IsEmpty());
}

TEST(Cgroups, MayHaveColonsInTheirNames) {
  EXPECT_EQ(cgroups_in({"0::/a.slice/docker:1:b"}, "memory").front(),
            "/sys/fs/cgroup/a.slice/docker:1:b");
}

TEST(Cgroups, OfLinesThatAreNoneAreNone) {
  EXPECT_THAT(cgroups_in({"", "0", "0:"}, "memory"), IsEmpty());
}

}  // namespace
}  // namespace fibo
