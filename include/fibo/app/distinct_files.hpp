// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

namespace fibo {

struct RunRequest;
struct StoreRequest;

/// A file that a request names.
struct NamedFile {
  std::string option;
  std::string path;
  bool is_written = true;
};

/// The files of a request, in the order in which they are opened.
std::vector<NamedFile> files_of(const RunRequest& request);
std::vector<NamedFile> files_of(const StoreRequest& request);

/// Refuses files that are one, by whatever names, if it is to be written: the last to be written
/// would take the place of a store, of keys or of other results. Devices may be named twice, and
/// results may take the place of keys that they were asked by.
/// @throws UsageError
void refuse_one_file_twice(const std::vector<NamedFile>& files);

}  // namespace fibo
