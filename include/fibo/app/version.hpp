// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace fibo {

extern const char* const program_version;  ///< as in "1.0.0"
extern const char* const program_commit;   ///< the commit it was built from, or "unknown"

extern const char* const compiler_name;  ///< as in "GCC 12.2.0"

/// The text of --version: program, commit, compiler, MPI library and the
/// instruction set that the arithmetic uses here, a line each.
std::string version_text();

}  // namespace fibo
