// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace fibo {

extern const char* const program_version;  ///< as in "1.0.0"
extern const char* const program_commit;   ///< the commit it was built from, or "unknown"

/// The text of --version: program, commit, compiler and MPI library, a line each.
std::string version_text();

}  // namespace fibo
