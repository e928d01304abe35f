// SPDX-License-Identifier: MIT
#include "fibo/results/output.hpp"

#include "support/temp_folder.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace fibo {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

std::string content(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void put(const fs::path& file, const std::string& text) {
  std::ofstream(file) << text;
}

std::ptrdiff_t files_in(const fs::path& folder) {
  return std::distance(fs::directory_iterator(folder), fs::directory_iterator());
}

class OutputFile : public testing::Test {
 protected:
  test::TempFolder folder_;
  fs::path file_ = folder_.path() / "results";
};

TEST_F(OutputFile, IsThereAfterCommit) {
  const auto output = open_output_file(file_);
  output->write("one\n");
  output->write("two\n");
  EXPECT_FALSE(fs::exists(file_));
  output->commit();
  EXPECT_EQ(content(file_), "one\ntwo\n");
  EXPECT_EQ(files_in(folder_.path()), 1);
}

TEST_F(OutputFile, TakesBytesInManyPieces) {
  std::vector<std::string> texts;
  std::string expected;
  for (int i = 0; i < 1000; ++i) {
    texts.emplace_back(static_cast<std::size_t>(i % 7), static_cast<char>('a' + i % 26));
    expected += texts.back();
  }
  const std::vector<std::string_view> pieces(texts.begin(), texts.end());
  const auto output = open_output_file(file_);
  output->write_pieces(pieces);
  output->write_pieces({});
  output->commit();
  EXPECT_EQ(content(file_), expected);
}

TEST_F(OutputFile, IsCompleteWhenItWasSyncedInTurns) {
  const auto output = open_output_file(file_);
  std::string expected;
  for (char digit = '0'; digit <= '9'; ++digit) {
    const std::string block(3'000'000, digit);
    output->write(block);
    expected += block;
  }
  output->commit();
  EXPECT_TRUE(content(file_) == expected);
}

TEST_F(OutputFile, LeavesNothingOfALongOneWithoutCommit) {
  open_output_file(file_)->write(std::string(10'000'000, '7'));
  EXPECT_EQ(files_in(folder_.path()), 0);
}

TEST_F(OutputFile, LeavesNothingWithoutCommit) {
  open_output_file(file_)->write("one\n");
  EXPECT_EQ(files_in(folder_.path()), 0);
}

TEST_F(OutputFile, LeavesTheOldFileWithoutCommit) {
  put(file_, "old");
  open_output_file(file_)->write("new");
  EXPECT_EQ(content(file_), "old");
  EXPECT_EQ(files_in(folder_.path()), 1);
}

TEST_F(OutputFile, GetsTheModeOfTheFileItReplaces) {
  put(file_, "old");
  fs::permissions(file_, fs::perms(0640));
  const auto output = open_output_file(file_);
  output->write("new");
  output->commit();
  EXPECT_EQ(content(file_), "new");
  EXPECT_EQ(fs::status(file_).permissions(), fs::perms(0640));
}

TEST_F(OutputFile, GetsTheUsualModeWhenNew) {
  const mode_t mask = ::umask(027);
  open_output_file(file_)->commit();
  ::umask(mask);
  EXPECT_EQ(fs::status(file_).permissions(), fs::perms(0640));
}

TEST_F(OutputFile, KeepsASymbolicLink) {
  put(folder_.path() / "target", "old");
  fs::create_symlink("target", file_);
  const auto output = open_output_file(file_);
  output->write("new");
  output->commit();
  EXPECT_TRUE(fs::is_symlink(file_));
  EXPECT_EQ(content(folder_.path() / "target"), "new");
}

TEST_F(OutputFile, CannotBeOpenedInNoFolder) {
  try {
    open_output_file(folder_.path() / "nowhere" / "results");
    FAIL() << "no error";
  } catch (const OutputError& error) {
    EXPECT_THAT(error.place(), HasSubstr("nowhere/results"));
    EXPECT_EQ(error.reason(), "No such file or directory");
  }
}

TEST_F(OutputFile, CannotReplaceAFolder) {
  EXPECT_THROW(open_output_file(folder_.path()), OutputError);
}

TEST_F(OutputFile, WritesADeviceInPlace) {
  open_output_file("/dev/null")->write("gone");
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
}

TEST_F(OutputFile, ReportsAFullDisk) {
  const auto full = open_output_file("/dev/full");
  try {
    full->write("too much");
    FAIL() << "no error";
  } catch (const OutputError& error) {
    EXPECT_EQ(error.place(), "/dev/full");
    EXPECT_EQ(error.reason(), "No space left on device");
  }
}

}  // namespace
}  // namespace fibo
