// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/app/records.hpp"
#include "fibo/farm/key.hpp"
#include "fibo/farm/key_range.hpp"
#include "fibo/fibonacci/quantity.hpp"
#include "fibo/results/format.hpp"

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

namespace fibo {

/// The request is wrong. what() is one line: the argument or the file and line, what is wrong with
/// it, and what to do instead.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Keys by name: on the command line, and in files that are yet to be read.
struct NamedRequest {
  std::vector<KeyRange> ranges;
  std::vector<std::string> files;  ///< "-" is the standard input
};

/// Keys drawn at random, uniformly in [min, max].
struct RandomRequest {
  std::uint64_t count = 15;
  Key min = 1;
  Key max = 20;
  std::optional<std::uint64_t> seed;  ///< drawn at random if not given
};

/// When something is shown: where it makes sense, always, never.
enum class When : std::uint8_t { automatic, always, never };

/// What to compute, where to write it, what to say meanwhile.
struct RunRequest {
  std::variant<NamedRequest, RandomRequest> keys;
  Quantity quantity;
  Format format = Format::text;
  std::string output = "-";                   ///< "-" is the standard output
  std::optional<std::string> store;           ///< the file that keeps results
  std::vector<std::string> merge;             ///< stores to take over into that one first
  std::optional<std::uint64_t> memory_bytes;  ///< what rank 0 may hold
  RecordFiles records;
  bool verbose = false;  ///< a producer line and a consumer line for every key
  bool quiet = false;    ///< errors only
  When progress = When::automatic;
  When color = When::automatic;
};

/// Nothing is to be computed: other stores are taken over into this one, then it is verified.
struct StoreRequest {
  enum class Verify : std::uint8_t { no, yes, and_repair };
  std::string store;
  std::vector<std::string> merge;
  Verify verify = Verify::no;
  bool quiet = false;
};

/// The machine and the launch are to be examined, and the folder that this store is in.
struct DoctorRequest {
  std::string store;
};

/// Only a text is asked for: --help or --version.
struct PrintRequest {
  std::string text;
};

using Request = std::variant<RunRequest, StoreRequest, DoctorRequest, PrintRequest>;

/// What the command line says of colour, also if it says nonsense beside it: for messages about
/// that.
When asked_color(int argc, const char* const* argv);

/// Reads the command line. Looks at nothing else: no file is opened.
/// @throws UsageError
Request parse_options(int argc, const char* const* argv);

}  // namespace fibo
