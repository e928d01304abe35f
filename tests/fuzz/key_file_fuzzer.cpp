// SPDX-License-Identifier: MIT
//
// The key file parser: any bytes are keys or a UsageError, and keys survive being written out.
#include "fibo/app/key_file.hpp"
#include "fibo/app/options.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <sstream>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fibo;
  std::istringstream in(std::string(data, data + size));
  std::vector<KeyRange> ranges;
  try {
    ranges = read_keys(in, "fuzzed");
  } catch (const UsageError&) {
    return 0;
  }
  std::ostringstream out;
  for (const KeyRange& range : ranges)
    out << range.first() << ".." << range.last() << ".." << range.step() << '\n';
  std::istringstream again(out.str());
  if (read_keys(again, "written") != ranges) std::abort();
  return 0;
}
