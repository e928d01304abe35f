// SPDX-License-Identifier: MIT
//
// What the harness is tested on: each of these tests goes wrong on rank 1 alone. They are run by
// harness_test.cpp, one at a time, and never by CTest.
#include <csignal>
#include <cstdlib>
#include <stdexcept>

#include <boost/mpi/communicator.hpp>
#include <gtest/gtest.h>

namespace {

bool on_rank_1() {
  return boost::mpi::communicator().rank() == 1;
}

TEST(Subject, Passes) {
  SUCCEED();
}

// Run with --gtest_output: one file, one writer.
TEST(Subject, WritesOneReport) {
  const bool writes = !GTEST_FLAG_GET(output).empty();
  EXPECT_EQ(writes, boost::mpi::communicator().rank() == 0);
}

TEST(Subject, FailsAnExpectation) {
  EXPECT_FALSE(on_rank_1()) << "a failed expectation";
}

TEST(Subject, Throws) {
  if (on_rank_1()) throw std::runtime_error("a thrown exception");
}

TEST(Subject, Dies) {
  if (on_rank_1()) std::raise(SIGKILL);
  boost::mpi::communicator().barrier();
}

TEST(Subject, ExitsEarly) {
  if (on_rank_1()) std::_Exit(0);
  boost::mpi::communicator().barrier();
}

TEST(Subject, Hangs) {
  if (on_rank_1()) boost::mpi::communicator().recv(0, 7);
}

}  // namespace
