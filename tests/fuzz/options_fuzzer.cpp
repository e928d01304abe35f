// SPDX-License-Identifier: MIT
//
// The option parser: any command line is a request or a UsageError of one line. Arguments are the
// lines of the input.
#include "fibo/app/options.hpp"
#include "fibo/app/version.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

// Without the program's own, which asks MPI.
namespace fibo {
std::string version_text() {
  return "fibo_mpi\n";
}
}  // namespace fibo

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fibo;
  std::vector<std::string> arguments{"fibo_mpi", ""};
  for (const std::uint8_t* byte = data; byte != data + size; ++byte) {
    if (*byte == '\n')
      arguments.emplace_back();
    else if (*byte != 0)
      arguments.back() += static_cast<char>(*byte);
  }
  std::vector<const char*> argv;
  for (const std::string& argument : arguments) argv.push_back(argument.c_str());
  try {
    parse_options(static_cast<int>(argv.size()), argv.data());
  } catch (const UsageError& error) {
    if (std::string_view(error.what()).empty()) std::abort();
  }
  return 0;
}
