// SPDX-License-Identifier: MIT
#include "fibo/app/records.hpp"

#include "support/sample_record.hpp"
#include "support/sanitizers.hpp"
#include "support/temp_folder.hpp"

#include <fstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

namespace fibo {
namespace {

using testing::ElementsAre;

/// Leaves this process so many bytes of addresses beyond those that it has.
class AddressLimit {
 public:
  explicit AddressLimit(rlim_t more_bytes) {
    rlim_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    ::getrlimit(RLIMIT_AS, &before_);
    rlimit limit = before_;
    limit.rlim_cur = pages * static_cast<rlim_t>(::sysconf(_SC_PAGESIZE)) + more_bytes;
    ::setrlimit(RLIMIT_AS, &limit);
  }
  AddressLimit(const AddressLimit&) = delete;
  AddressLimit& operator=(const AddressLimit&) = delete;
  ~AddressLimit() { ::setrlimit(RLIMIT_AS, &before_); }

 private:
  rlimit before_{};
};

// The text of one record takes memory that there is not, that of another is short.
TEST(Records, ThatFindNoMemoryLeaveTheOthers) {
  if (test::with_sanitizers) GTEST_SKIP() << "sanitizers end a process that finds no memory";
  constexpr std::size_t mib = std::size_t{1} << 20;
  const test::TempFolder folder;
  RunRecord record = test::sample_record(2, 10);
  record.command.emplace_back(128 * mib, 'x');
  const std::string stats = folder.path() / "s.json";
  const std::string timeline = folder.path() / "t.svg";
  std::vector<std::string> failures;
  {
    Records records({.stats = stats, .trace = {}, .timeline = timeline, .report = {}});
    const AddressLimit limit(64 * mib);
    failures = records.write(record);
  }
  EXPECT_THAT(failures, ElementsAre("--stats: " + stats + ": out of memory"));
  EXPECT_THAT(folder.names(), ElementsAre("t.svg"));
}

}  // namespace
}  // namespace fibo
