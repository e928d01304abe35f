// SPDX-License-Identifier: MIT
//
// The main of tests that run as an MPI job. Every rank runs every test. The verdicts of all ranks
// are combined: a failure on any of them fails the job, is printed once with its rank, and the exit
// code of every rank says so. A job in which a rank ran no test fails.
#include <iostream>
#include <string>
#include <vector>

#include <boost/mpi/collectives.hpp>
#include <boost/mpi/communicator.hpp>
#include <boost/mpi/environment.hpp>
#include <gtest/gtest.h>

namespace {

// Keeps what fails on this rank, to be printed by rank 0.
class FailureKeeper final : public testing::EmptyTestEventListener {
 public:
  explicit FailureKeeper(int rank) : rank_(rank) {}

  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  // GoogleTest holds a lock while it reports a failure: what test it is must be known by then.
  void OnTestStart(const testing::TestInfo& test) override {
    test_ = std::string(test.test_suite_name()) + "." + test.name() + ": ";
  }

  void OnTestPartResult(const testing::TestPartResult& result) override {
    if (!result.failed()) return;
    text_ += "rank " + std::to_string(rank_) + ": " + test_;
    if (result.file_name() != nullptr)
      text_ += std::string(result.file_name()) + ":" + std::to_string(result.line_number()) + ": ";
    text_ += std::string(result.message()) + "\n";
  }

  int rank_;
  std::string test_;
  std::string text_;
};

}  // namespace

int main(int argc, char** argv) {
  const boost::mpi::environment environment(argc, argv, boost::mpi::threading::funneled);
  const boost::mpi::communicator world;
  testing::InitGoogleTest(&argc, argv);
  // Ranks must run the same tests in the same order, and only one may write a report.
  GTEST_FLAG_SET(shuffle, false);
  if (world.rank() != 0) GTEST_FLAG_SET(output, "");

  auto& listeners = testing::UnitTest::GetInstance()->listeners();
  if (world.rank() != 0) delete listeners.Release(listeners.default_result_printer());
  auto* const failures = new FailureKeeper(world.rank());
  listeners.Append(failures);  // which owns it from here on

  const bool passed_here =
      RUN_ALL_TESTS() == 0 && testing::UnitTest::GetInstance()->test_to_run_count() > 0;

  std::vector<std::string> all_failures;
  boost::mpi::gather(world, failures->text(), all_failures, 0);
  for (const std::string& text : all_failures) std::cerr << text;
  const bool passed = boost::mpi::all_reduce(world, passed_here, std::logical_and<>());
  if (!passed && world.rank() == 0)
    std::cerr << "The tests failed on at least one rank, or none was run.\n";
  return passed ? 0 : 1;
}
