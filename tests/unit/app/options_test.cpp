// SPDX-License-Identifier: MIT
#include "fibo/app/options.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fibo {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Request parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "fibo_mpi");
  return parse_options(static_cast<int>(arguments.size()), arguments.data());
}

RunRequest run(std::vector<const char*> arguments) {
  return std::get<RunRequest>(parse(std::move(arguments)));
}

std::string error_of(std::vector<const char*> arguments) {
  try {
    parse(std::move(arguments));
  } catch (const UsageError& error) {
    return error.what();
  }
  return "no error";
}

TEST(Options, WithoutAnyAreTheDemonstration) {
  const RunRequest request = run({});
  const auto& random = std::get<RandomRequest>(request.keys);
  EXPECT_EQ(random.count, 15U);
  EXPECT_EQ(random.min, 1U);
  EXPECT_EQ(random.max, 20U);
  EXPECT_EQ(random.seed, std::nullopt);
  EXPECT_TRUE(request.verbose);
  EXPECT_FALSE(request.quiet);
  EXPECT_EQ(request.quantity, Quantity(FullDigits{}));
  EXPECT_EQ(request.format, Format::text);
  EXPECT_EQ(request.output, "-");
}

TEST(Options, NameKeysAndFiles) {
  const RunRequest request = run({"5", "-k", "a", "7..9", "--keys-file", "b", "-k-"});
  const auto& named = std::get<NamedRequest>(request.keys);
  EXPECT_THAT(named.ranges, ElementsAre(KeyRange(5, 5), KeyRange(7, 9)));
  EXPECT_THAT(named.files, ElementsAre("a", "b", "-"));
  EXPECT_FALSE(request.verbose);
}

TEST(Options, DescribeRandomKeys) {
  const RunRequest request =
      run({"-c", "3", "--min", "10", "--max=18446744073709551615", "-s", "0"});
  const auto& random = std::get<RandomRequest>(request.keys);
  EXPECT_EQ(random.count, 3U);
  EXPECT_EQ(random.min, 10U);
  EXPECT_EQ(random.max, 18446744073709551615U);
  EXPECT_EQ(random.seed, 0U);
}

TEST(Options, ChooseTheQuantity) {
  EXPECT_EQ(run({"--digits", "all", "5"}).quantity, Quantity(FullDigits{}));
  EXPECT_EQ(run({"--digits", "12", "5"}).quantity, Quantity(EndDigits{12}));
  EXPECT_EQ(run({"--mod", "18446744073709551615", "5"}).quantity,
            Quantity(Residue{18446744073709551615U}));
}

TEST(Options, AskForADoctor) {
  EXPECT_EQ(std::get<DoctorRequest>(parse({"--doctor", "--store", "here.db"})).store, "here.db");
  EXPECT_EQ(std::get<DoctorRequest>(parse({"--doctor"})).store, "fibo.db");
  EXPECT_THAT(error_of({"--doctor", "7"}), HasSubstr("--doctor: nothing is computed"));
  EXPECT_THAT(error_of({"--doctor", "--count", "7"}), HasSubstr("leave out the keys"));
}

TEST(Options, ChooseTheOutput) {
  const RunRequest request = run({"--format", "jsonl", "-o", "file", "-q", "5"});
  EXPECT_EQ(request.format, Format::jsonl);
  EXPECT_EQ(request.output, "file");
  EXPECT_TRUE(request.quiet);
  EXPECT_EQ(run({"--format", "csv", "5"}).format, Format::csv);
}

TEST(Options, MayHaveValuesThatLookLikeOptions) {
  EXPECT_EQ(run({"5", "-o", "-output"}).output, "-output");
  EXPECT_EQ(run({"--output", "-seed", "5"}).output, "-seed");
  EXPECT_EQ(run({"-ofile", "5"}).output, "file");
  EXPECT_THAT(error_of({"--", "-output"}), HasSubstr("KEYS: '-output' is not a key"));
}

TEST(Options, PrintHelpAndVersion) {
  for (const char* option : {"-h", "--help"}) {
    const auto request = parse({option});
    EXPECT_THAT(std::get<PrintRequest>(request).text,
                testing::AllOf(HasSubstr("--keys-file FILE"), HasSubstr("Exit status")));
  }
  EXPECT_THAT(std::get<PrintRequest>(parse({"--version"})).text,
              testing::AllOf(HasSubstr("fibo_mpi "), HasSubstr("MPI: ")));
}

struct BadRequest {
  std::vector<const char*> arguments;
  const char* message;
};

class BadOptions : public testing::TestWithParam<BadRequest> {};

TEST_P(BadOptions, SayWhatIsWrongAndWhatToDo) {
  EXPECT_EQ(error_of(GetParam().arguments), GetParam().message);
}

constexpr const char* key_form =
    "a key is an integer from 0 to 18446744073709551615 or a range A..B or A..B..STEP";

INSTANTIATE_TEST_SUITE_P(
    Table, BadOptions,
    testing::Values(
        BadRequest{{"--digit", "5"},
                   "--digit: unknown option; did you mean --digits? --help lists them all"},
        BadRequest{{"--cuont=5"},
                   "--cuont=5: unknown option; did you mean --count? --help lists them all"},
        BadRequest{{"--form", "csv"},
                   "--form: unknown option; did you mean --format? --help lists them all"},
        BadRequest{{"--json", "5"},
                   "--json: unknown option; did you mean --format jsonl? --help lists them all"},
        BadRequest{{"--no-color"},
                   "--no-color: unknown option; did you mean --color never? --help lists them all"},
        BadRequest{{"--file=keys"},
                   "--file=keys: unknown option; did you mean --keys-file? --help lists them all"},
        BadRequest{{"-digit", "5"},
                   "-digit: unknown option; did you mean --digits? --help lists them all"},
        BadRequest{{"-output", "5"},
                   "-output: a long option has two dashes; did you mean --output?"},
        BadRequest{{"-version"}, "-version: a long option has two dashes; did you mean --version?"},
        BadRequest{{"5", "-q", "-store=x.db"},
                   "-store: a long option has two dashes; did you mean --store?"},
        BadRequest{{"-o", "a", "-mod", "7"},
                   "-mod: a long option has two dashes; did you mean --mod?"},
        BadRequest{{"--resume"}, "--resume: unknown option; --help lists them all"},
        BadRequest{{"-y"}, "-y: unknown option; --help lists them all"},
        BadRequest{
            {"5", "--hostfile", "hosts"},
            "--hostfile: is mpirun's, not this program's; give it before the program's name: "
            "mpirun --hostfile ... fibo_mpi"},
        BadRequest{{"-np", "4"},
                   "-np: is mpirun's, not this program's; give it before the program's name: "
                   "mpirun -np RANKS fibo_mpi"},
        BadRequest{{"--output=", "10", "20"},
                   "--output: its value is empty; give one, or leave out the option"},
        BadRequest{{"5", "-o", "a", "-o", "b"}, "--output: given more than once; give it once"},
        BadRequest{{"5", "-k"},
                   "--keys-file: its value is missing; --help shows how options are given"},
        BadRequest{{"--store", "s", "--verify-store", "-o", "a"},
                   "--verify-store: nothing is computed; leave out --output"},
        BadRequest{{"--store", "s", "--merge-store", "t", "--stats", "a"},
                   "--merge-store: nothing is computed; leave out --stats"},
        BadRequest{
            {"5", "--stats", "/dev/stdout"},
            "--stats: '/dev/stdout' is not possible; give the name of a file, as stdout holds "
            "nothing but results"},
        BadRequest{{"5", "--store", "-"},
                   "--store: '-' is not possible; give the name of a file, which a database needs"},
        BadRequest{{"5", "--memory", "1.5G"},
                   "--memory: '1.5G' is no size; give a whole number of bytes, or of K, M, G or T, "
                   "as in 512M or 8G"},
        BadRequest{{"5", "--memory", "99999999999G"},
                   "--memory: '99999999999G' is larger than 18,446,744,073,709,551,615 bytes; give "
                   "a whole number of bytes, or of K, M, G or T, as in 512M or 8G"},
        BadRequest{{"--max", "3", "--min", "9"},
                   "--min: 9 is above --max 3; give a --min of at most 3, or a larger --max"},
        BadRequest{{"--min", "21"},
                   "--min: 21 is above --max 20; give a --min of at most 20, or a larger --max"},
        BadRequest{{"--count", "3", "7"},
                   "--count: random keys and named keys exclude each other; leave out --count or "
                   "the KEYS"},
        BadRequest{{"--seed", "3", "-k", "f"},
                   "--seed: random keys and named keys exclude each other; leave out --seed or "
                   "--keys-file"},
        BadRequest{
            {"--count", "many"},
            "--count: 'many' is not possible; give an integer from 0 to 18446744073709551615"},
        BadRequest{{"--count", "-3"},
                   "--count: '-3' is not possible; give an integer from 0 to 18446744073709551615"},
        BadRequest{{"--seed", "1.5"},
                   "--seed: '1.5' is not possible; give an integer from 0 to 18446744073709551615"},
        BadRequest{{"--digits", "0", "5"},
                   "--digits: '0' is not possible; give an integer from 1 to 1000000000, or 'all'"},
        BadRequest{{"--mod", "0", "5"},
                   "--mod: '0' is not possible; give an integer from 1 to 18446744073709551615"},
        BadRequest{{"--mod", "18446744073709551616", "5"},
                   "--mod: '18446744073709551616' is not possible; give an integer from 1 to "
                   "18446744073709551615"},
        BadRequest{{"--mod", "7", "--digits", "3", "5"},
                   "--mod: excludes --digits; leave out one of them"},
        BadRequest{{"-v", "-q", "5"}, "--verbose: excludes --quiet; leave out one of them"},
        BadRequest{{"--format", "xml", "5"},
                   "--format: 'xml' is unknown; give text, csv or jsonl"}));

TEST(Options, RefuseBadKeys) {
  EXPECT_EQ(error_of({"-5"}), std::string("KEYS: '-5' is not a key; ") + key_form);
  EXPECT_EQ(error_of({"3", "-5..2"}), std::string("KEYS: '-5..2' is not a key; ") + key_form);
  EXPECT_EQ(error_of({"0x10"}), std::string("KEYS: '0x10' is not a key; ") + key_form);
  EXPECT_EQ(error_of({"18446744073709551616"}),
            std::string("KEYS: '18446744073709551616' is too large; ") + key_form);
}

TEST(Options, GiveTheMemoryWithUnits) {
  EXPECT_EQ(run({"5"}).memory_bytes, std::nullopt);
  EXPECT_EQ(run({"5", "--memory", "1000"}).memory_bytes, 1000U);
  EXPECT_EQ(run({"5", "--memory", "512M"}).memory_bytes, 512U << 20);
  EXPECT_EQ(run({"5", "--memory", "3GiB"}).memory_bytes, std::uint64_t{3} << 30);
  for (const char* size : {"3gib", "3gb", "3g", "3GB", "3Gi"})
    EXPECT_EQ(run({"5", "--memory", size}).memory_bytes, std::uint64_t{3} << 30) << size;
  EXPECT_EQ(run({"5", "--memory", "7b"}).memory_bytes, 7U);
  for (const char* size : {"0", "", "M", "-1", "1.5G", "3X", "3GG", "3 G", "99999999999T"})
    EXPECT_THAT(error_of({"5", "--memory", size}), HasSubstr("--memory: '")) << size;
}

TEST(Options, NeedTheirArguments) {
  EXPECT_THAT(error_of({"--count"}), HasSubstr("--count"));
  EXPECT_THAT(error_of({"5", "-o"}), HasSubstr("--output"));
}

}  // namespace
}  // namespace fibo
