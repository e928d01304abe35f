// SPDX-License-Identifier: MIT
#include "fibo/app/program.hpp"

#include "fibo/fibonacci/residue_check.hpp"

#include "support/evaluators.hpp"
#include "support/in_place_channel.hpp"
#include "support/temp_folder.hpp"

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace fibo {
namespace {

using test::always;
using testing::AllOf;
using testing::ContainsRegex;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class ProgramTest : public testing::Test {
 protected:
  ExitCode run(std::vector<std::string> arguments, EvaluatorMaker maker = make_evaluator) {
    arguments.insert(arguments.begin(), "fibo_mpi");
    std::vector<const char*> argv;
    for (const std::string& argument : arguments) argv.push_back(argument.c_str());
    const auto clock = [this] { return clock_s_ += 1; };
    test::InPlaceChannel channel(
        {.host = "here", .make_evaluator = std::move(maker), .now_s = clock});
    std::ostringstream err;
    const ExitCode code = run_program(static_cast<int>(argv.size()), argv.data(), channel,
                                      {.host = "here",
                                       .err = err,
                                       .now_s = clock,
                                       .memory_bytes = memory_bytes_,
                                       .random_seed = 99,
                                       .signal = signal_});
    err_ = err.str();
    return code;
  }

  [[nodiscard]] std::string written() const {
    std::ifstream in(file_, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  test::TempFolder folder_;
  std::string file_ = (folder_.path() / "results").string();
  std::uint64_t memory_bytes_ = std::uint64_t{1} << 30;
  std::function<int()> signal_ = [] { return 0; };
  double clock_s_ = 0;
  std::string err_;
};

TEST_F(ProgramTest, WritesResultsInAscendingOrder) {
  EXPECT_EQ(run({"10", "0..3", "-o", file_}), ExitCode::success);
  EXPECT_EQ(written(), "F(0) = 0\nF(1) = 1\nF(2) = 1\nF(3) = 2\nF(10) = 55\n");
}

TEST_F(ProgramTest, ReportsTheSeedThatItDrew) {
  EXPECT_EQ(run({"--count", "3", "-o", file_}), ExitCode::success);
  const std::string first = written();
  EXPECT_THAT(err_, StartsWith("fibo_mpi: seed 99\n"));
  run({"--count", "3", "--seed", "99", "-o", file_});
  EXPECT_EQ(written(), first);
}

TEST_F(ProgramTest, SaysWhatItDid) {
  run({"1..10", "10", "-o", file_});
  EXPECT_THAT(err_,
              AllOf(StartsWith("fibo_mpi: 11 keys (10 distinct), 14 digits in "),
                    HasSubstr(" on 1 rank, 1 host, "), EndsWith(" % busy, 10 values checked\n")));
}

TEST_F(ProgramTest, LogsEveryKeyInTheWordsOfTheProducerAndTheConsumer) {
  run({"-v", "12", "-o", file_});
  EXPECT_THAT(err_, StartsWith("Producer [rank 0@here] putting value [12] into queue..\n"
                               "consumer [rank 0@here] getting value [12] from queue...\n"));
}

TEST_F(ProgramTest, SaysNothingWhenQuiet) {
  EXPECT_EQ(run({"-q", "--count", "3", "-o", file_}), ExitCode::success);
  EXPECT_EQ(err_, "");
}

TEST_F(ProgramTest, RefusesABadRequestInOneLine) {
  EXPECT_EQ(run({"--nonsense"}), ExitCode::wrong_request);
  EXPECT_EQ(err_, "fibo_mpi: --nonsense: unknown option; --help lists them all\n");
}

TEST_F(ProgramTest, ShowsNoNameThatTheTerminalWouldObey) {
  EXPECT_EQ(run({"-k", "no\x1b[31mfile"}), ExitCode::wrong_request);
  EXPECT_THAT(err_, StartsWith(R"(fibo_mpi: --keys-file: no\x1b[31mfile: No such file)"));
}

TEST_F(ProgramTest, ColoursWhatWentWrongWhereItIsAskedTo) {
  EXPECT_EQ(run({"--nonsense", "--color", "always"}), ExitCode::wrong_request);
  EXPECT_THAT(err_, StartsWith("\x1b[1;31mfibo_mpi: \x1b[0m--nonsense: unknown option"));
  EXPECT_EQ(run({"--color=always", "5", "-o", file_}), ExitCode::success);
  EXPECT_EQ(written(), "F(5) = 5\n");
  EXPECT_THAT(err_, StartsWith("fibo_mpi: 1 key"));
  EXPECT_EQ(run({"--nonsense", "--color=never"}), ExitCode::wrong_request);
  EXPECT_THAT(err_, StartsWith("fibo_mpi: --nonsense: unknown option"));
  EXPECT_EQ(run({"5", "--color", "red"}), ExitCode::wrong_request);
  EXPECT_EQ(err_, "fibo_mpi: --color: 'red' is unknown; give auto, always or never\n");
}

TEST_F(ProgramTest, DrawsProgressIntoItsErrorsWhereItIsAskedTo) {
  EXPECT_EQ(run({"1..100", "--progress", "always", "-q", "-o", file_}), ExitCode::success);
  EXPECT_THAT(err_, AllOf(HasSubstr(" of 100 keys"), EndsWith("\r\x1b[K")));
  EXPECT_EQ(run({"1..100", "-o", file_}), ExitCode::success);
  EXPECT_THAT(err_, Not(HasSubstr("\x1b")));
  EXPECT_EQ(run({"1..100", "-v", "--progress", "always"}), ExitCode::wrong_request);
  EXPECT_THAT(err_, HasSubstr("--progress: always excludes --verbose; leave out one of them"));
}

TEST_F(ProgramTest, ShowsItsProgressWhileItWritesWhatTheStoreHas) {
  const std::string store = (folder_.path() / "store.db").string();
  ASSERT_EQ(run({"1..20", "--store", store, "-o", file_}), ExitCode::success);
  ASSERT_EQ(run({"1..20", "--store", store, "-o", file_, "--progress", "always"}),
            ExitCode::success);
  EXPECT_GE(std::ranges::count(err_, '\r'), 20);
  EXPECT_THAT(err_, HasSubstr("20 of 20 keys"));
}

TEST_F(ProgramTest, RefusesWhatCannotFitInMemory) {
  EXPECT_EQ(run({"1..10000000000", "-o", file_}), ExitCode::wrong_request);
  EXPECT_THAT(err_, AllOf(StartsWith("fibo_mpi: KEYS: key 10000000000 takes "),
                          HasSubstr("there are 1,073,741,824 bytes (1.0 GiB)"),
                          HasSubstr("use --digits K")));
  EXPECT_FALSE(std::filesystem::exists(file_));
  EXPECT_EQ(run({"--max", "10000000000", "-o", file_}), ExitCode::wrong_request);
  EXPECT_THAT(err_, StartsWith("fibo_mpi: --max: key 10000000000 takes "));
}

TEST_F(ProgramTest, SaysWhereAKeyIsThatCannotFitInMemory) {
  const std::string small = folder_.write("small.txt", "5\n");
  const std::string large = folder_.write("large.txt", "10000000000\n");
  run({"-k", small, "10000000000", "-o", file_});
  EXPECT_THAT(err_, StartsWith("fibo_mpi: KEYS: key 10000000000 takes "));
  run({"-k", small, "-k", large, "-k", small, "6", "-o", file_});
  EXPECT_THAT(err_, StartsWith("fibo_mpi: --keys-file: " + large + ": key 10000000000 takes "));
}

TEST_F(ProgramTest, StartsALongRandomRunAtOnce) {
  // 10^9 draws from 1000 keys; none is held before it is needed, and each key is computed once.
  EXPECT_EQ(run({"--max", "1000", "--count", "1000000000", "--mod", "7", "-o", file_}),
            ExitCode::success);
  EXPECT_THAT(err_, HasSubstr("1,000,000,000 keys (1,000 distinct)"));
}

TEST_F(ProgramTest, RefusesAKeyThatDoesNotFitTheMemoryGiven) {
  EXPECT_EQ(run({"1000000", "--memory", "1M", "-o", file_}), ExitCode::wrong_request);
  EXPECT_THAT(err_, AllOf(StartsWith("fibo_mpi: --memory: key 1000000 takes "),
                          HasSubstr("1,048,576 were given (1.0 MiB)"), HasSubstr("--digits K")));
  EXPECT_FALSE(std::filesystem::exists(file_));
  EXPECT_EQ(run({"1000000", "--memory", "100M", "-o", file_}), ExitCode::success);
}

TEST_F(ProgramTest, WritesRandomValuesThatOutgrowItsMemoryAsTheyCome) {
  memory_bytes_ = std::uint64_t{20} << 20;
  EXPECT_EQ(run({"--count", "300", "--min", "100000", "--max", "1000000", "-o", file_},
                always([](std::span<const Key> keys, const ValueSink& sink) {
                  // As long as the value, and quicker.
                  for (const Key key : keys)
                    sink(key, std::string(fibonacci_digit_count(key), '1'));
                })),
            ExitCode::success);
  EXPECT_GT(std::filesystem::file_size(file_), 30U << 20);
}

TEST_F(ProgramTest, SaysWhichOutputCannotBeOpened) {
  EXPECT_EQ(run({"5", "-o", (folder_.path() / "no" / "results").string()}),
            ExitCode::wrong_request);
  EXPECT_THAT(err_, AllOf(StartsWith("fibo_mpi: --output: "),
                          EndsWith("no/results: No such file or directory; give a file in a folder "
                                   "that can be written\n")));
}

TEST_F(ProgramTest, ComputesOnlyWhatItsStoreDoesNotHave) {
  const std::string store = (folder_.path() / "store.db").string();
  EXPECT_EQ(run({"10..20", "--store", store, "-o", file_}), ExitCode::success);
  EXPECT_THAT(err_, StartsWith("fibo_mpi: 11 keys (11 distinct, 0 from the store), "));
  EXPECT_EQ(run({"5..15..5", "15..30", "-v", "--store", store, "-o", file_}), ExitCode::success);
  EXPECT_THAT(err_, AllOf(HasSubstr("putting value [5]"), HasSubstr("putting value [21]"),
                          Not(HasSubstr("putting value [15]")),
                          HasSubstr("19 keys (18 distinct, 7 from the store), ")));
  const std::string with_store = written();
  EXPECT_EQ(run({"5..15..5", "15..30", "-o", file_}), ExitCode::success);
  EXPECT_EQ(with_store, written());
}

TEST_F(ProgramTest, IsInterruptedWhileItWritesWhatItsStoreHas) {
  const std::string store = (folder_.path() / "store.db").string();
  EXPECT_EQ(run({"0..3000", "--store", store, "-o", "/dev/null"}), ExitCode::success);
  std::ofstream(file_) << "old";
  // It comes after the first of some blocks has been written.
  signal_ = [this] {
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path()))
      if (entry.path().string().starts_with(file_ + ".") && entry.file_size() > 0) return SIGTERM;
    return 0;
  };
  EXPECT_EQ(run({"0..3000", "--store", store, "-o", file_}), ExitCode::interrupted);
  EXPECT_THAT(err_, ContainsRegex("^fibo_mpi: interrupted by SIGTERM: [1-9],[0-9]+ values are done,"
                                  " at most [1-9][0-9,]* are left; what is done is kept in "));
  EXPECT_EQ(written(), "old");
  signal_ = [] { return 0; };
  EXPECT_EQ(run({"0..3000", "--store", store, "-o", file_}), ExitCode::success);
  EXPECT_THAT(err_, HasSubstr("(3,001 distinct, 3,001 from the store)"));
}

TEST_F(ProgramTest, IsInterruptedWhileItPassesOverWhatItsStoreHas) {
  const std::string store = (folder_.path() / "store.db").string();
  EXPECT_EQ(run({"0..20000", "--mod", "7", "--store", store, "-o", "/dev/null"}),
            ExitCode::success);
  // Not before the first look at it on the way past the keys.
  signal_ = [calls = 0]() mutable { return ++calls > 2 ? SIGTERM : 0; };
  EXPECT_EQ(run({"0..20010", "--mod", "7", "--store", store, "-o", file_}), ExitCode::interrupted);
  EXPECT_THAT(err_,
              ContainsRegex("^fibo_mpi: interrupted by SIGTERM: [0-9],[0-9]+ values are done, "
                            "at most 1[0-9],[0-9]+ are left; what is done is kept in "));
}

TEST_F(ProgramTest, SaysInGrammarHowMuchWasInterrupted) {
  signal_ = [calls = 0]() mutable { return ++calls > 2 ? SIGTERM : 0; };
  const auto never_done = always([](auto&&...) {});
  EXPECT_EQ(run({"5", "-o", file_}, never_done), ExitCode::interrupted);
  EXPECT_THAT(err_, HasSubstr("by SIGTERM: 0 values are done, at most 1 is left; "));
}

TEST_F(ProgramTest, IsInterruptedWhileItTendsItsStore) {
  const std::string store = (folder_.path() / "store.db").string();
  const std::string other = (folder_.path() / "other.db").string();
  EXPECT_EQ(run({"0..3000", "--store", other, "-o", "/dev/null"}), ExitCode::success);
  signal_ = [] { return SIGTERM; };
  EXPECT_EQ(run({"--store", other, "--verify-store"}), ExitCode::interrupted);
  EXPECT_EQ(err_, "fibo_mpi: interrupted by SIGTERM: 0 values of " + other +
                      " were checked, 0 wrong; run the same command again\n");
  for (const char* keys : {"", "5"}) {
    std::vector<std::string> request{"--store", store, "--merge-store", other};
    if (*keys != '\0') request.emplace_back(keys);
    EXPECT_EQ(run(request), ExitCode::interrupted);
    EXPECT_EQ(err_, "fibo_mpi: interrupted by SIGTERM: nothing of " + other +
                        " was taken over; run the same command again\n");
  }
}

TEST_F(ProgramTest, MergesNothingForARequestThatCannotBe) {
  const std::string store = (folder_.path() / "store.db").string();
  const std::string other = (folder_.path() / "other.db").string();
  const std::string none = (folder_.path() / "none.db").string();
  EXPECT_EQ(run({"1..5", "--store", other, "-o", "/dev/null"}), ExitCode::success);
  const std::vector<std::string> merge{"--store", store, "--merge-store", other};
  for (const std::vector<std::string>& more : std::vector<std::vector<std::string>>{
           {"--merge-store", none}, {"--merge-store", none, "5"}, {"--digits", "500000000", "5"}}) {
    std::vector<std::string> request = merge;
    request.insert(request.end(), more.begin(), more.end());
    EXPECT_EQ(run(request), ExitCode::wrong_request) << err_;
    EXPECT_FALSE(std::filesystem::exists(store));
  }
}

TEST_F(ProgramTest, FailsWhereOneOfTheStoresThatItMergesIsRefusedAfterOthers) {
  const std::string store = (folder_.path() / "store.db").string();
  const std::string first = (folder_.path() / "first.db").string();
  const std::string second = (folder_.path() / "second.db").string();
  const auto wrong = always([](std::span<const Key> keys, const ValueSink& sink) {
    for (const Key key : keys) sink(key, std::string_view("89"));
  });
  EXPECT_EQ(run({"10", "--store", first, "-o", "/dev/null"}), ExitCode::success);
  EXPECT_EQ(run({"10", "--store", second, "-o", "/dev/null"}, wrong), ExitCode::success);
  const std::vector<std::string> merge{"-q",  "--store",       store, "--merge-store",
                                       first, "--merge-store", second};
  EXPECT_EQ(run(merge), ExitCode::failure);
  EXPECT_THAT(err_,
              AllOf(StartsWith("fibo_mpi: --merge-store: " + second + ": its value of key 10"),
                    EndsWith("; " + first + " taken over before\n")));
}

TEST_F(ProgramTest, RecordsThatItWasInterrupted) {
  const std::string stats = (folder_.path() / "stats.json").string();
  // Once the first keys have been asked for.
  signal_ = [calls = 0]() mutable { return ++calls > 12 ? SIGUSR1 : 0; };
  EXPECT_EQ(run({"1..1000000", "-o", "/dev/null", "--stats", stats}), ExitCode::interrupted);
  const auto record = nlohmann::json::parse(folder_.read("stats.json"));
  EXPECT_EQ(record["outcome"], "interrupted");
  EXPECT_EQ(record["signal"], "SIGUSR1");
  EXPECT_EQ(record["signal_rank"], 0);
  EXPECT_EQ(record["distinct_keys"].get<int>() + record["left_at_most"].get<int>(), 1000000);
}

TEST_F(ProgramTest, RecordsWhichKeysItGaveUp) {
  const std::string stats = (folder_.path() / "stats.json").string();
  EXPECT_EQ(run({"10..20", "-o", file_, "--stats", stats},
                always([](std::span<const Key> keys, const ValueSink& sink) {
                  for (const Key key : keys) {
                    if (key == 15) throw CheckFailed(key);
                    sink(key, view_of(evaluate(FullDigits{}, key)));
                  }
                })),
            ExitCode::check_failed);
  const auto record = nlohmann::json::parse(folder_.read("stats.json"));
  EXPECT_EQ(record["outcome"], "keys given up");
  EXPECT_EQ(record["given_up"][0]["key"], 15);
  EXPECT_EQ(record["distinct_keys"], 10);
}

TEST_F(ProgramTest, RepeatsRandomKeysFromItsStore) {
  const std::string store = (folder_.path() / "store.db").string();
  for (const char* draws : {"15", "20000"}) {
    const std::vector<std::string> request{"--seed",  "7",     "--count", draws, "--max",
                                           "9999999", "--mod", "10007",   "-o",  file_};
    EXPECT_EQ(run(request), ExitCode::success);
    const std::string without_store = written();
    std::vector<std::string> with_store = request;
    with_store.insert(with_store.end(), {"--store", store});
    for (int i = 0; i < 2; ++i) {
      EXPECT_EQ(run(with_store), ExitCode::success);
      EXPECT_EQ(written(), without_store);
    }
    EXPECT_THAT(err_, Not(HasSubstr(" 0 from the store")));
    const auto compute_nothing =
        always([](auto&&...) { throw std::runtime_error("there was something to compute"); });
    EXPECT_EQ(run(with_store, compute_nothing), ExitCode::success);
    EXPECT_EQ(written(), without_store);
  }
}

TEST_F(ProgramTest, RefusesAStoreThatIsNone) {
  std::ofstream(file_) << "not a store";
  EXPECT_EQ(run({"5", "--store", file_}), ExitCode::wrong_request);
  EXPECT_EQ(err_,
            "fibo_mpi: --store: " + file_ + ": it is not a store of fibo_mpi; give another file\n");
  EXPECT_EQ(written(), "not a store");
  EXPECT_EQ(run({"5", "--store", ""}), ExitCode::wrong_request);
  EXPECT_EQ(run({"5", "--digits", "500000000", "--store", file_ + ".db"}), ExitCode::wrong_request);
}

TEST_F(ProgramTest, KeepsWhatItHasWhenAWorkerFails) {
  const std::string store = (folder_.path() / "store.db").string();
  EXPECT_EQ(run({"10..20", "--store", store, "-o", file_},
                always([](std::span<const Key> keys, const ValueSink& sink) {
                  for (const Key key : keys) {
                    if (key == 15) throw std::runtime_error("broken");
                    sink(key, view_of(evaluate(FullDigits{}, key)));
                  }
                })),
            ExitCode::failure);
  EXPECT_EQ(run({"10..20", "--store", store, "-o", file_}), ExitCode::success);
  EXPECT_THAT(err_, HasSubstr("(11 distinct, 5 from the store)"));
}

TEST_F(ProgramTest, WarnsWhenSomethingGoesWrongAndNotOnlyAtTheEnd) {
  const auto fails_at_the_end = [](std::span<const Key> keys, const ValueSink& sink) {
    for (const Key key : keys) {
      if (key == 12) throw CheckFailed(key);
      if (key == 20) throw std::runtime_error("broken");
      sink(key, view_of(evaluate(FullDigits{}, key)));
    }
  };
  EXPECT_EQ(run({"10..20", "-o", file_}, always(fails_at_the_end)), ExitCode::failure);
  EXPECT_THAT(err_, StartsWith("fibo_mpi: warning: rank 0@here computed a wrong F(12), which was "
                               "caught; this machine makes mistakes\n"));
  EXPECT_EQ(run({"10..20", "-q", "-o", file_}, always(fails_at_the_end)), ExitCode::failure);
  EXPECT_EQ(err_, "fibo_mpi: rank 0@here could not compute F(20): broken\n");
}

TEST_F(ProgramTest, ClearsTheProgressLineForAWarning) {
  const auto fails_once = [failed = false](std::span<const Key> keys,
                                           const ValueSink& sink) mutable {
    for (const Key key : keys) {
      if (key == 12 && !std::exchange(failed, true)) throw CheckFailed(key);
      sink(key, view_of(evaluate(FullDigits{}, key)));
    }
  };
  EXPECT_EQ(run({"10..20", "--progress", "always", "-o", file_}, always(fails_once)),
            ExitCode::success);
  EXPECT_THAT(err_, HasSubstr("\r\x1b[Kfibo_mpi: warning: rank 0@here computed a wrong F(12)"));
}

TEST_F(ProgramTest, FailsWhenTheDiskIsFull) {
  EXPECT_EQ(run({"5", "-o", "/dev/full"}), ExitCode::failure);
  EXPECT_EQ(err_, "fibo_mpi: /dev/full: No space left on device; the results are not complete\n");
}

TEST_F(ProgramTest, FailsAndLeavesTheOldFileWhenAWorkerFails) {
  std::ofstream(file_) << "old";
  EXPECT_EQ(run({"5", "-o", file_}, always([](auto&&...) { throw std::runtime_error("broken"); })),
            ExitCode::failure);
  EXPECT_EQ(err_, "fibo_mpi: rank 0@here could not compute F(5): broken\n");
  EXPECT_EQ(written(), "old");
}

}  // namespace
}  // namespace fibo
