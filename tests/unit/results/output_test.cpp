// SPDX-License-Identifier: MIT
#include "fibo/results/output.hpp"

#include "support/sanitizers.hpp"
#include "support/temp_folder.hpp"

#include <array>
#include <csignal>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/stat.h>
#include <sys/time.h>
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

TEST_F(OutputFile, TakesNothingMoreOnceItIsToStop) {
  bool stop = false;
  {
    const auto output = open_output_file(file_, [&] { return stop; });
    output->write("one\n");
    EXPECT_FALSE(output->cut_short());
    stop = true;
    output->write("two\n");
    EXPECT_TRUE(output->cut_short());
  }
  EXPECT_EQ(files_in(folder_.path()), 0);
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

TEST_F(OutputFile, IsCompleteWhereNoThreadIsToBeHadToSyncIt) {
  if (test::with_sanitizers) GTEST_SKIP() << "sanitizers end the process where no thread is left";
  pthread_attr_t usual{};
  ASSERT_EQ(::pthread_getattr_default_np(&usual), 0);
  pthread_attr_t too_large = usual;
  ASSERT_EQ(::pthread_attr_setstacksize(&too_large, std::size_t{1} << 60), 0);
  ASSERT_EQ(::pthread_setattr_default_np(&too_large), 0);
  EXPECT_THROW(std::thread([] {}).join(), std::system_error);

  const auto output = open_output_file(file_);
  const std::string block(5'000'000, '7');
  output->write(block);
  output->write(block);
  output->commit();
  EXPECT_TRUE(content(file_) == block + block);
  EXPECT_EQ(::pthread_setattr_default_np(&usual), 0);
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

TEST_F(OutputFile, IsMadeWhereASymbolicLinkPoints) {
  fs::create_directory(folder_.path() / "elsewhere");
  fs::create_symlink("elsewhere/target", folder_.path() / "second");
  fs::create_symlink("second", file_);
  const auto output = open_output_file(file_);
  output->write("new");
  output->commit();
  EXPECT_TRUE(fs::is_symlink(file_));
  EXPECT_EQ(content(folder_.path() / "elsewhere" / "target"), "new");
}

TEST_F(OutputFile, CannotBeOpenedBehindLinksWithoutEnd) {
  fs::create_symlink("results", file_);
  EXPECT_THROW(open_output_file(file_), OutputError);
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

// A pipe that nobody reads. The run is interrupted once it has been found full.
class FullPipe : public testing::Test {
 protected:
  FullPipe() {
    EXPECT_EQ(::mkfifo(path_.c_str(), 0600), 0);
    reader_ = ::open(path_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  }
  ~FullPipe() override { ::close(reader_); }

  test::TempFolder folder_;
  fs::path path_ = folder_.path() / "pipe";
  int reader_ = -1;
};

// Signals reach a thread that waits by a timer, as in the program.
TEST_F(FullPipe, KeepsNobodyWaitingWhoIsInterrupted) {
  struct sigaction nothing {};
  nothing.sa_handler = [](int) {};
  struct sigaction before {};
  ASSERT_EQ(::sigaction(SIGALRM, &nothing, &before), 0);
  const itimerval tick{.it_interval = {0, 10'000}, .it_value = {0, 10'000}};
  ASSERT_EQ(::setitimer(ITIMER_REAL, &tick, nullptr), 0);
  int looks = 0;
  const auto pipe = open_output_file(path_, [&] { return ++looks > 3; });
  pipe->write("a little");
  EXPECT_FALSE(pipe->cut_short());
  pipe->write(std::string(std::size_t{10} << 20, 'x'));
  EXPECT_TRUE(pipe->cut_short());
  const int looks_then = looks;
  pipe->write("this goes nowhere, and at once");
  EXPECT_EQ(looks, looks_then);
  const itimerval never{};
  ::setitimer(ITIMER_REAL, &never, nullptr);
  ::sigaction(SIGALRM, &before, nullptr);
}

// As a shell's other programs may leave a terminal or a pipe: a write fails that would wait.
TEST(StandardOutput, IsWaitedForWhereItDoesNotWait) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  ASSERT_EQ(::fcntl(ends[1], F_SETFL, O_NONBLOCK), 0);
  const int before = ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
  ASSERT_GE(::dup2(ends[1], STDOUT_FILENO), 0);
  const auto output = open_standard_output();
  ::dup2(before, STDOUT_FILENO);
  ::close(before);
  ::close(ends[1]);

  std::string read;
  std::thread reader([&] {
    std::array<char, 10'000> bytes{};
    for (ssize_t count = 0; (count = ::read(ends[0], bytes.data(), bytes.size())) > 0;)
      read.append(bytes.data(), static_cast<std::size_t>(count));
  });
  std::string text;
  for (int i = 0; i < 300'000; ++i) text += std::to_string(i) + '\n';
  output->write(text);
  output->commit();
  reader.join();
  ::close(ends[0]);
  EXPECT_TRUE(read == text);
}

}  // namespace
}  // namespace fibo
