// SPDX-License-Identifier: MIT
#include "fibo/app/options.hpp"

#include "fibo/app/version.hpp"

#include <charconv>
#include <limits>
#include <string_view>
#include <system_error>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

// To add an option: its text in CommandLine, its line in declare(), what it means in read().
namespace fibo {
namespace {

// The options as they were typed; read() gives them meaning.
struct CommandLine {
  std::vector<std::string> keys;
  std::vector<std::string> keys_files;
  std::optional<std::string> count, min, max, seed;
  std::optional<std::string> digits, modulus;
  std::string format = "text";
  std::string output = "-";
  bool verbose = false;
  bool quiet = false;
  bool version = false;
};

void declare(CLI::App& app, CommandLine& line) {
  app.add_option("KEYS", line.keys, "Keys: integers >= 0, or ranges A..B and A..B..STEP")
      ->type_name("");
  app.add_option("-k,--keys-file", line.keys_files,
                 "Read keys from FILE, a key or a range a line, # for comments; - is stdin")
      ->type_name("FILE")
      ->allow_extra_args(false)
      ->take_all();

  app.add_option("-c,--count", line.count, "Draw N random keys (15)")->type_name("N");
  app.add_option("--min", line.min, "The smallest random key (1)")->type_name("N");
  app.add_option("--max", line.max, "The largest random key (20)")->type_name("N");
  app.add_option("-s,--seed", line.seed,
                 "Repeat the random keys of a run: its seed is on its stderr")
      ->type_name("N");

  app.add_option("--digits", line.digits,
                 "'all' (the default), or K: the number of digits, the first K and the last K")
      ->type_name("K");
  app.add_option("--mod", line.modulus, "F(n) mod M, 1 <= M < 2^64")->type_name("M");

  app.add_option("-o,--output", line.output, "Write results to FILE, complete or not at all")
      ->type_name("FILE");
  app.add_option("--format", line.format, "text (the default), csv or jsonl")->type_name("FORMAT");
  app.add_flag("-v,--verbose", line.verbose, "Say who puts and who gets each key, on stderr");
  app.add_flag("-q,--quiet", line.quiet, "Say nothing but errors");
  app.add_flag("--version", line.version, "Print the version of program, compiler and MPI");
}

std::uint64_t read_number(std::string_view option, const std::string& text, std::uint64_t least,
                          std::uint64_t most = std::numeric_limits<std::uint64_t>::max()) {
  const auto* const end = text.data() + text.size();
  std::uint64_t number = 0;
  const auto [parsed_to, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || parsed_to != end || number < least || number > most)
    throw UsageError(fmt::format("{}: '{}' is not possible; give an integer from {} to {}", option,
                                 text, least, most));
  return number;
}

std::uint64_t read_number_or(std::string_view option, const std::optional<std::string>& text,
                             std::uint64_t otherwise) {
  return text ? read_number(option, *text, 0) : otherwise;
}

NamedRequest read_named(const CommandLine& line) {
  NamedRequest named{.ranges = {}, .files = line.keys_files};
  for (const std::string& text : line.keys) {
    try {
      named.ranges.push_back(parse_key_range(text));
    } catch (const KeySyntaxError& error) {
      throw UsageError(fmt::format("KEYS: {}", error.what()));
    }
  }
  return named;
}

RandomRequest read_random(const CommandLine& line) {
  RandomRequest random;
  random.count = read_number_or("--count", line.count, random.count);
  random.min = read_number_or("--min", line.min, random.min);
  random.max = read_number_or("--max", line.max, random.max);
  if (line.seed) random.seed = read_number("--seed", *line.seed, 0);
  if (random.min > random.max)
    throw UsageError(
        fmt::format("--min: {} is above --max {}; give a --min of at most {}, or a larger --max",
                    random.min, random.max, random.max));
  return random;
}

std::variant<NamedRequest, RandomRequest> read_keys(const CommandLine& line) {
  const bool named = !line.keys.empty() || !line.keys_files.empty();
  if (!named) return read_random(line);
  for (const auto& [option, text] :
       {std::pair("--count", &line.count), std::pair("--min", &line.min),
        std::pair("--max", &line.max), std::pair("--seed", &line.seed)}) {
    if (*text)
      throw UsageError(
          fmt::format("{}: random keys and named keys exclude each other; leave out {} or {}",
                      option, option, line.keys.empty() ? "--keys-file" : "the KEYS"));
  }
  return read_named(line);
}

Quantity read_quantity(const CommandLine& line) {
  if (line.digits && line.modulus)
    throw UsageError("--mod: excludes --digits; leave out one of them");
  if (line.modulus) return Residue{read_number("--mod", *line.modulus, 1)};
  if (!line.digits || *line.digits == "all") return FullDigits{};
  // Both ends of a value travel in one message of less than 2^31 bytes.
  constexpr std::uint64_t most_digits = 1'000'000'000;
  try {
    return EndDigits{read_number("--digits", *line.digits, 1, most_digits)};
  } catch (const UsageError& error) {
    throw UsageError(fmt::format("{}, or 'all'", error.what()));
  }
}

Format read_format(const std::string& name) {
  if (name == "text") return Format::text;
  if (name == "csv") return Format::csv;
  if (name == "jsonl") return Format::jsonl;
  throw UsageError(fmt::format("--format: '{}' is unknown; give text, csv or jsonl", name));
}

RunRequest read(const CommandLine& line, bool demonstration) {
  if (line.verbose && line.quiet)
    throw UsageError("--verbose: excludes --quiet; leave out one of them");
  return {.keys = read_keys(line),
          .quantity = read_quantity(line),
          .format = read_format(line.format),
          .output = line.output,
          .verbose = line.verbose || demonstration,
          .quiet = line.quiet};
}

// CLI11's exceptions as this program's messages.
std::string explain_unknown(const CLI::App& app) {
  const std::string first = app.remaining().front();
  // "-5" looks like an option to the parser, and like a key to its user.
  if (first.size() > 1 && first[0] == '-' && first[1] >= '0' && first[1] <= '9') {
    try {
      parse_key_range(first);
    } catch (const KeySyntaxError& error) {
      return fmt::format("KEYS: {}", error.what());
    }
  }
  return fmt::format("{}: unknown option; --help lists them all", first);
}

}  // namespace

Request parse_options(int argc, const char* const* argv) {
  CLI::App app("Exact Fibonacci numbers for many keys, computed by all the ranks of an MPI job.",
               "fibo_mpi");
  app.footer(
      "Without arguments: the demonstration, 15 random keys in 1..20.\n"
      "Exit status: 0 all done, 1 the run failed, 2 the request is wrong.");
  app.set_help_flag("-h,--help", "Print this text");
  CommandLine line;
  declare(app, line);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return PrintRequest{app.help()};
  } catch (const CLI::ExtrasError&) {
    throw UsageError(explain_unknown(app));
  } catch (const CLI::ParseError& error) {
    throw UsageError(fmt::format("{}; --help shows how options are given", error.what()));
  }
  if (line.version) return PrintRequest{version_text()};
  const bool demonstration = argc <= 1;
  return read(line, demonstration);
}

}  // namespace fibo
