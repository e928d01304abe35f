// SPDX-License-Identifier: MIT
#include "fibo/app/distinct_files.hpp"

#include "fibo/app/options.hpp"

#include "support/temp_folder.hpp"

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fibo {
namespace {

using test::TempFolder;
using testing::HasSubstr;

RunRequest request_of(const TempFolder& folder) {
  RunRequest request;
  request.keys = NamedRequest{.ranges = {}, .files = {folder.path() / "keys"}};
  request.store = folder.path() / "store";
  request.merge = {folder.path() / "other", folder.path() / "other"};
  request.output = folder.path() / "results";
  request.records = {.stats = folder.path() / "stats",
                     .trace = folder.path() / "trace",
                     .timeline = folder.path() / "timeline",
                     .report = folder.path() / "report"};
  return request;
}

std::string refusal(const RunRequest& request) {
  try {
    refuse_one_file_twice(files_of(request));
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

TEST(DistinctFiles, AreAllThatMayBeNamed) {
  const TempFolder folder;
  EXPECT_EQ(refusal(request_of(folder)), "");
}

TEST(DistinctFiles, AreAllThatAreWritten) {
  const TempFolder folder;
  const std::string one = folder.path() / "one";
  const std::vector<std::function<void(RunRequest&)>> name_it{
      [&](RunRequest& request) { request.keys = NamedRequest{.ranges = {}, .files = {one}}; },
      [&](RunRequest& request) { request.store = one; },
      [&](RunRequest& request) { request.merge = {one}; },
      [&](RunRequest& request) { request.output = one; },
      [&](RunRequest& request) { request.records.stats = one; },
      [&](RunRequest& request) { request.records.timeline = one; },
      [&](RunRequest& request) { request.records.trace = one; },
      [&](RunRequest& request) { request.records.report = one; },
  };
  for (std::size_t first = 0; first < name_it.size(); ++first) {
    for (std::size_t second = 0; second < first; ++second) {
      RunRequest request = request_of(folder);
      name_it[first](request);
      name_it[second](request);
      const bool only_read = first == 2 && second == 0;
      const bool keys_and_results = first == 3 && second == 0;
      EXPECT_EQ(refusal(request).empty(), only_read || keys_and_results)
          << first << " and " << second;
    }
  }
}

TEST(DistinctFiles, AreSeenThroughLinksAndDots) {
  const TempFolder folder;
  std::ofstream(folder.path() / "store") << "values";
  std::filesystem::create_symlink("store", folder.path() / "link");
  std::filesystem::create_directory(folder.path() / "folder");
  for (const char* name : {"./store", "folder/../store", "link"}) {
    RunRequest request = request_of(folder);
    request.output = folder.path() / name;
    EXPECT_THAT(refusal(request), HasSubstr("--output: " + request.output +
                                            " is the file of --store already; give another"));
  }
  // That is yet to be.
  std::filesystem::create_symlink("results", folder.path() / "link to none");
  for (const char* name : {"./results", "link to none"}) {
    RunRequest request = request_of(folder);
    request.records.trace = folder.path() / name;
    EXPECT_THAT(refusal(request), HasSubstr("is the file of --output already")) << name;
  }
}

TEST(DistinctFiles, AreSeenThroughHardLinks) {
  const TempFolder folder;
  std::ofstream(folder.path() / "store") << "values";
  std::filesystem::create_hard_link(folder.path() / "store", folder.path() / "link");
  const std::string link = folder.path() / "link";
  RunRequest request = request_of(folder);
  request.merge = {link};
  EXPECT_THAT(refusal(request), HasSubstr("--merge-store: " + link +
                                          " is the file of --store already; give another"));
}

TEST(DistinctFiles, MayBeOneDevice) {
  const TempFolder folder;
  RunRequest request = request_of(folder);
  request.output = "/dev/null";
  request.records.stats = "/dev/null";
  EXPECT_EQ(refusal(request), "");
}

TEST(DistinctFiles, AreNotTheStandardInputAndOutput) {
  RunRequest request;  // its output is "-"
  request.keys = NamedRequest{.ranges = {}, .files = {"-"}};
  EXPECT_EQ(refusal(request), "");
}

TEST(DistinctFiles, OfAMergeAlone) {
  const TempFolder folder;
  const std::string store = folder.path() / "store";
  const std::string other = folder.path() / "other";
  EXPECT_THROW(refuse_one_file_twice(files_of(StoreRequest{.store = store, .merge = {store}})),
               UsageError);
  EXPECT_NO_THROW(refuse_one_file_twice(files_of(StoreRequest{.store = store, .merge = {other}})));
}

}  // namespace
}  // namespace fibo
