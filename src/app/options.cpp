// SPDX-License-Identifier: MIT
#include "fibo/app/options.hpp"

#include "fibo/app/meant_key.hpp"
#include "fibo/app/version.hpp"
#include "fibo/farm/shown_text.hpp"
#include "fibo/results/text.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <limits>
#include <memory>
#include <string_view>
#include <system_error>
#include <utility>

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
  std::optional<std::string> store, memory;
  std::vector<std::string> merge_stores;
  bool verify_store = false;
  bool repair_store = false;
  RecordFiles records;
  bool verbose = false;
  bool quiet = false;
  bool doctor = false;
  std::string progress = "auto";
  std::string color = "auto";
  bool version = false;
};

// The help in GNU's form, which help2man makes the manual page from: "-c, --count N  ...".
class HelpFormatter : public CLI::Formatter {
 public:
  std::string make_help(const CLI::App* app, std::string name,
                        CLI::AppFormatMode /*mode*/) const override {
    std::string text = fmt::format(
        "Usage: mpirun -np RANKS {0} [OPTIONS] [KEYS...]\n"
        "   or: {0} [OPTIONS] [KEYS...]\n\n"
        "{1}\n",
        name, app->get_description());
    for (const std::string& group : app->get_groups()) {
      text += fmt::format("\n{}:\n", group);
      for (const CLI::Option* option : app->get_options()) {
        if (option->get_group() == group) text += make_option(option, option->get_positional());
      }
    }
    return fmt::format("{}\n{}\n", text, app->get_footer());
  }

  std::string make_option_name(const CLI::Option* option, bool is_positional) const override {
    if (is_positional) return option->get_name(true);
    const auto& shorts = option->get_snames();
    return (shorts.empty() ? "    " : "-" + shorts.front() + ", ") + "--" +
           option->get_lnames().front();
  }

  std::string make_option_opts(const CLI::Option* option) const override {
    const std::string type = option->get_type_name();
    return option->get_type_size() == 0 || type.empty() ? "" : " " + type;
  }
};

void declare(CLI::App& app, CommandLine& line) {
  const char* const keys = "Keys, by name or drawn at random";
  app.add_option("KEYS", line.keys, "integers >= 0, or ranges A..B and A..B..STEP")
      ->type_name("")
      ->group(keys);
  const auto option = [&app](const char* names, auto& text, const char* type, const char* says,
                             const char* group) {
    return app.add_option(names, text, says)->type_name(type)->group(group);
  };
  const auto flag = [&app](const char* names, bool& set, const char* says, const char* group) {
    app.add_flag(names, set, says)->group(group);
  };

  option("-k,--keys-file", line.keys_files, "FILE",
         "read keys from FILE, a key or a range a line, # for comments; - is stdin", keys)
      ->allow_extra_args(false)
      ->take_all();
  option("-c,--count", line.count, "N", "draw N random keys (default 15)", keys);
  option("--min", line.min, "N", "the smallest random key (default 1)", keys);
  option("--max", line.max, "N", "the largest random key (default 20)", keys);
  option("-s,--seed", line.seed, "N",
         "repeat the random keys of a run, whose seed is on its stderr", keys);

  const char* const values = "What is computed for each key";
  option("--digits", line.digits, "K",
         "the number of digits of F(n), its first K and its last K; 'all' (the default) is F(n) in "
         "full",
         values);
  option("--mod", line.modulus, "M", "F(n) mod M, 1 <= M < 2^64", values);

  const char* const results = "Results";
  option("-o,--output", line.output, "FILE",
         "write results to FILE, complete or not at all; - is stdout, the default", results);
  option("--format", line.format, "FORMAT", "text (the default), csv or jsonl", results);
  option(
      "--store", line.store, "FILE",
      "keep results in the SQLite database FILE as they come, and compute only what is not there",
      results);
  option("--merge-store", line.merge_stores, "FILE",
         "take over into the store what it lacks of the store FILE; without keys do nothing else",
         results)
      ->allow_extra_args(false)
      ->take_all();
  flag("--verify-store", line.verify_store, "check every value in the store, and compute nothing",
       results);
  flag("--repair-store", line.repair_store,
       "the same, and remove wrong values, to be computed again", results);
  option("--memory", line.memory, "SIZE",
         "let rank 0 hold no more than SIZE, as in 512M or 8G (default: half of the memory)",
         results);

  const char* const records = "Records of the run, each complete or not at all";
  option("--stats", line.records.stats, "FILE", "what every rank did and when, in JSON", records);
  option("--timeline", line.records.timeline, "FILE", "a picture of the ranks by time, in SVG",
         records);
  option("--trace", line.records.trace, "FILE",
         "the same for Perfetto and chrome://tracing, in JSON", records);
  option("--report", line.records.report, "FILE", "all of it on one page, in HTML", records);

  const char* const diagnostics = "Diagnostics";
  flag("-v,--verbose", line.verbose, "say who puts and who gets each key, on stderr", diagnostics);
  flag("-q,--quiet", line.quiet, "say nothing but errors", diagnostics);
  flag("--doctor", line.doctor,
       "examine this machine and this launch, and say how to mend what is wrong", diagnostics);
  option("--progress", line.progress, "WHEN",
         "a line with a bar and the time left: auto (the default, on a terminal), always or never",
         diagnostics);
  option(
      "--color", line.color, "WHEN",
      "colour messages and help: auto (the default, on a terminal; not if NO_COLOR is set), always "
      "or never",
      diagnostics);
  flag("--version", line.version, "print the version of program, compiler and MPI", diagnostics);
}

std::uint64_t read_number(std::string_view option, const std::string& text, std::uint64_t least,
                          std::uint64_t most = std::numeric_limits<std::uint64_t>::max()) {
  const auto* const end = text.data() + text.size();
  std::uint64_t number = 0;
  const auto [parsed_to, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || parsed_to != end || number < least || number > most)
    throw UsageError(fmt::format("{}: '{}' is not possible; give an integer from {} to {}", option,
                                 shown(text), least, most));
  return number;
}

// By how many bits a unit of 1024, 1024^2, ... shifts a number: 10 for "K", "KB", "kib".
std::optional<unsigned> shift_of_unit(std::string_view unit) {
  constexpr std::string_view units = "kmgtp";
  std::string rest(unit);
  std::ranges::transform(rest, rest.begin(), [](unsigned char c) { return std::tolower(c); });
  unsigned shift = 0;
  if (const std::size_t at = units.find(rest.substr(0, 1));
      !rest.empty() && at != std::string_view::npos) {
    shift = 10 * (static_cast<unsigned>(at) + 1);
    rest.erase(0, 1);
    if (rest.starts_with('i')) rest.erase(0, 1);
  }
  if (rest == "b") rest.clear();
  return rest.empty() ? std::optional(shift) : std::nullopt;
}

// A number of bytes, or of a unit: "512M", "8G", "8GiB", "8gb".
std::uint64_t read_size(std::string_view option, const std::string& text) {
  constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  constexpr std::string_view form =
      "give a whole number of bytes, or of K, M, G or T, as in 512M or 8G";
  const auto* const end = text.data() + text.size();
  std::uint64_t size = 0;
  const auto [parsed_to, error] = std::from_chars(text.data(), end, size);
  const std::optional<unsigned> shift = shift_of_unit({parsed_to, end});
  const bool is_large = error == std::errc::result_out_of_range;
  if (shift && (is_large || size > most >> *shift))
    throw UsageError(fmt::format("{}: '{}' is larger than {} bytes; {}", option, shown(text),
                                 grouped(most), form));
  if (error != std::errc{} || !shift || size == 0)
    throw UsageError(fmt::format("{}: '{}' is no size; {}", option, shown(text), form));
  return size << *shift;
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
      throw UsageError(fmt::format("KEYS: {}{}", error.what(), hint_for_word(text)));
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
  throw UsageError(fmt::format("--format: '{}' is unknown; give text, csv or jsonl", shown(name)));
}

std::optional<When> when_named(std::string_view name) {
  if (name == "auto") return When::automatic;
  if (name == "always") return When::always;
  if (name == "never") return When::never;
  return std::nullopt;
}

When read_when(std::string_view option, const std::string& name) {
  if (const auto when = when_named(name)) return *when;
  throw UsageError(
      fmt::format("{}: '{}' is unknown; give auto, always or never", option, shown(name)));
}

bool is_stdout(std::string_view file) {
  return file == "-" || file == "/dev/stdout" || file == "/dev/fd/1";
}

std::optional<std::string> read_store(const CommandLine& line) {
  if (line.store && line.store->empty())
    throw UsageError("--store: the name is empty; give a file");
  if (line.store && is_stdout(*line.store))
    throw UsageError(fmt::format(
        "--store: '{}' is not possible; give the name of a file, which a database needs",
        *line.store));
  return line.store;
}

bool names_keys(const CommandLine& line) {
  return !line.keys.empty() || !line.keys_files.empty() || line.count || line.min || line.max ||
         line.seed;
}

DoctorRequest read_doctor(const CommandLine& line) {
  if (names_keys(line)) throw UsageError("--doctor: nothing is computed; leave out the keys");
  return {.store = read_store(line).value_or("fibo.db")};
}

// What is asked of the store alone, if anything.
std::optional<StoreRequest> read_upkeep(const CommandLine& line) {
  const bool verify = line.verify_store || line.repair_store;
  if (!verify && line.merge_stores.empty()) return std::nullopt;
  const char* const option = line.repair_store   ? "--repair-store"
                             : line.verify_store ? "--verify-store"
                                                 : "--merge-store";
  const std::optional<std::string> store = read_store(line);
  if (!store) throw UsageError(fmt::format("{}: of which store? Give --store FILE too", option));
  const bool keys = names_keys(line);
  if (keys && verify)
    throw UsageError(fmt::format("{}: nothing is computed; leave out the keys", option));
  if (keys) return std::nullopt;
  const auto records = line.records.named();
  if (line.output != "-" || !records.empty())
    throw UsageError(fmt::format("{}: nothing is computed; leave out {}", option,
                                 line.output != "-" ? "--output" : records.front().first));
  using Verify = StoreRequest::Verify;
  return StoreRequest{.store = *store,
                      .merge = line.merge_stores,
                      .verify = line.repair_store ? Verify::and_repair
                                : verify          ? Verify::yes
                                                  : Verify::no,
                      .quiet = line.quiet};
}

RecordFiles read_records(const CommandLine& line) {
  for (const auto& [option, file] : line.records.named())
    if (file.empty() || is_stdout(file))
      throw UsageError(
          fmt::format("{}: '{}' is not possible; give the name of a file, as stdout "
                      "holds nothing but results",
                      option, file));
  return line.records;
}

RunRequest read(const CommandLine& line, bool demonstration) {
  if (line.verbose && line.quiet)
    throw UsageError("--verbose: excludes --quiet; leave out one of them");
  const When progress = read_when("--progress", line.progress);
  if (line.verbose && progress == When::always)
    throw UsageError("--progress: always excludes --verbose; leave out one of them");
  return {.keys = read_keys(line),
          .quantity = read_quantity(line),
          .format = read_format(line.format),
          .output = line.output,
          .store = read_store(line),
          .merge = line.merge_stores,
          .memory_bytes =
              line.memory ? std::optional(read_size("--memory", *line.memory)) : std::nullopt,
          .records = read_records(line),
          .verbose = line.verbose || demonstration,
          .quiet = line.quiet,
          .progress = progress,
          .color = read_when("--color", line.color)};
}

// How many characters must be inserted, deleted, replaced or swapped with their neighbour to turn
// one text into the other (optimal string alignment; Damerau 1964).
std::size_t typing_errors(std::string_view from, std::string_view to) {
  std::vector<std::vector<std::size_t>> errors(from.size() + 1,
                                               std::vector<std::size_t>(to.size() + 1));
  for (std::size_t i = 0; i <= from.size(); ++i) {
    for (std::size_t j = 0; j <= to.size(); ++j) {
      if (i == 0 || j == 0) {
        errors[i][j] = i + j;
        continue;
      }
      const bool same = from[i - 1] == to[j - 1];
      errors[i][j] = std::min(
          {errors[i - 1][j] + 1, errors[i][j - 1] + 1, errors[i - 1][j - 1] + (same ? 0 : 1)});
      const bool swapped = i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1];
      if (swapped) errors[i][j] = std::min(errors[i][j], errors[i - 2][j - 2] + 1);
    }
  }
  return errors[from.size()][to.size()];
}

// What other programs call it, and too far from this program's name to be a typing error.
constexpr std::array<std::pair<std::string_view, std::string_view>, 8> options_elsewhere{
    {{"--csv", "--format csv"},
     {"--json", "--format jsonl"},
     {"--jsonl", "--format jsonl"},
     {"--file", "--keys-file"},
     {"--input", "--keys-file"},
     {"--no-color", "--color never"},
     {"--no-colour", "--color never"},
     {"--no-progress", "--progress never"}}};

// The option that was probably meant: up to two typing errors away, or begun like this. "" if none.
std::string nearest_option(const CLI::App& app, const std::string& typed) {
  if (!typed.starts_with("--") || typed.size() < 4) return "";
  for (const auto& [elsewhere, here] : options_elsewhere)
    if (typed == elsewhere) return std::string(here);
  std::string nearest;
  std::size_t least = 3;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) {
      const std::string full = "--" + name;
      const std::size_t errors = full.starts_with(typed) ? 1 : typing_errors(typed, full);
      if (errors < least) {
        least = errors;
        nearest = full;
      }
    }
  }
  return nearest;
}

// What is likely to be given to this program instead of mpirun: of ranks, and others.
constexpr std::array<std::string_view, 3> counts_of_mpirun{"-np", "-n", "--np"};
constexpr std::array<std::string_view, 21> options_of_mpirun{"--allow-run-as-root",
                                                             "--bind-to",
                                                             "--display-map",
                                                             "--host",
                                                             "--hostfile",
                                                             "-H",
                                                             "--map-by",
                                                             "--mca",
                                                             "-mca",
                                                             "--machinefile",
                                                             "-machinefile",
                                                             "-N",
                                                             "--npernode",
                                                             "--oversubscribe",
                                                             "-oversubscribe",
                                                             "--prtemca",
                                                             "--rank-by",
                                                             "--report-bindings",
                                                             "--use-hwthread-cpus",
                                                             "--with-ft",
                                                             "-x"};

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
  const bool is_count = std::ranges::count(counts_of_mpirun, first) > 0;
  if (is_count || std::ranges::count(options_of_mpirun, first) > 0)
    return fmt::format(
        "{}: is mpirun's, not this program's; give it before the program's name: mpirun {} {} "
        "fibo_mpi",
        first, first, is_count ? "RANKS" : "...");
  const std::string name = first.substr(0, first.find('='));
  const std::string near_miss = nearest_option(app, name.starts_with("--") ? name : '-' + name);
  return fmt::format("{}: unknown option; {}--help lists them all", shown(first),
                     near_miss.empty() ? "" : fmt::format("did you mean {}? ", near_miss));
}

// An option that was given too often, or without its value.
std::string explain_mismatch(const std::string& what) {
  const std::string option = what.substr(0, what.find(':'));
  if (what.find("received") != std::string::npos)
    return fmt::format("{}: given more than once; give it once", option);
  return fmt::format("{}: its value is missing; --help shows how options are given", option);
}

// "--output=$UNSET" is no way to say that the next word is the value.
void refuse_empty_values(int argc, const char* const* argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word.starts_with("--") && word.find('=') + 1 == word.size())
      throw UsageError(fmt::format("{}: its value is empty; give one, or leave out the option",
                                   word.substr(0, word.size() - 1)));
  }
}

// "-output", where "--output" is an option.
bool lacks_a_dash(const CLI::App& app, std::string_view name) {
  constexpr std::size_t dash_and_letter = 2;
  return name.size() > dash_and_letter && name[0] == '-' && name[1] != '-' &&
         app.get_option_no_throw(fmt::format("-{}", name)) != nullptr;
}

bool takes_next_word(const CLI::App& app, const std::string& word) {
  const CLI::Option* const option = word.starts_with('-') ? app.get_option_no_throw(word) : nullptr;
  return option != nullptr && option->get_items_expected_min() > 0;
}

// "-output" would be "-o utput" to the parser, and "-version" the flag "-v" and nonsense.
void refuse_single_dashes(const CLI::App& app, int argc, const char* const* argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--") return;
    if (takes_next_word(app, word)) ++i;
    if (const std::string name = word.substr(0, word.find('=')); lacks_a_dash(app, name))
      throw UsageError(
          fmt::format("{}: a long option has two dashes; did you mean -{}?", name, name));
  }
}

}  // namespace

When asked_color(int argc, const char* const* argv) {
  When asked = When::automatic;
  const auto note = [&asked](std::string_view name) { asked = when_named(name).value_or(asked); };
  constexpr std::string_view option = "--color";
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == option && i + 1 < argc) note(argv[i + 1]);
    if (word.starts_with(option) && word.substr(option.size()).starts_with('='))
      note(word.substr(option.size() + 1));
  }
  return asked;
}

Request parse_options(int argc, const char* const* argv) {
  CLI::App app("Exact Fibonacci numbers for many keys, computed by all the ranks of an MPI job.",
               "fibo_mpi");
  app.footer(
      "Without arguments: the demonstration, 15 random keys in 1..20.\n"
      "Exit status: 0 all done, 1 the run failed, 2 the request is wrong, 3 stopped with keys "
      "left,\n"
      "4 a value failed its check again, or a kept one is wrong.");
  app.formatter(std::make_shared<HelpFormatter>());
  app.get_formatter()->column_width(26);
  CommandLine line;
  declare(app, line);
  app.set_help_flag("-h,--help", "print this text")->group("Diagnostics");
  refuse_empty_values(argc, argv);
  refuse_single_dashes(app, argc, argv);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return PrintRequest{app.help()};
  } catch (const CLI::ExtrasError&) {
    throw UsageError(explain_unknown(app));
  } catch (const CLI::ArgumentMismatch& error) {
    throw UsageError(explain_mismatch(error.what()));
  } catch (const CLI::ParseError& error) {
    throw UsageError(fmt::format("{}; --help shows how options are given", error.what()));
  }
  if (line.version) return PrintRequest{version_text()};
  if (line.doctor) return read_doctor(line);
  if (const auto upkeep = read_upkeep(line)) return *upkeep;
  const bool demonstration = argc <= 1;
  return read(line, demonstration);
}

}  // namespace fibo
