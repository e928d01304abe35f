// SPDX-License-Identifier: MIT
#include "fibo/app/distinct_files.hpp"

#include "fibo/app/options.hpp"
#include "fibo/results/real_name.hpp"

#include <cstddef>
#include <filesystem>
#include <system_error>
#include <utility>
#include <variant>

#include <fmt/format.h>

namespace fibo {
namespace {

namespace fs = std::filesystem;

bool is_device(const fs::path& path) {
  std::error_code error;
  return fs::is_other(path, error);
}

// By one name, or by two of a file that is there: hard links.
bool are_one(const fs::path& first, const fs::path& second) {
  std::error_code error;
  return first == second || fs::equivalent(first, second, error);
}

// "-", the standard input or output, is no file.
void add_unless_standard(std::vector<NamedFile>& files, NamedFile file) {
  if (file.path != "-") files.push_back(std::move(file));
}

void add_merge(std::vector<NamedFile>& files, const std::vector<std::string>& merge) {
  for (const std::string& file : merge)
    files.push_back({.option = "--merge-store", .path = file, .is_written = false});
}

// Keys have been read when results take their place, as with `sort -o`.
bool may_be_one(const NamedFile& first, const NamedFile& second) {
  if (first.option == "--keys-file" && second.option == "--output") return true;
  return !first.is_written && !second.is_written;
}

}  // namespace

std::vector<NamedFile> files_of(const RunRequest& request) {
  std::vector<NamedFile> files;
  if (const auto* named = std::get_if<NamedRequest>(&request.keys))
    for (const std::string& file : named->files)
      add_unless_standard(files, {.option = "--keys-file", .path = file, .is_written = false});
  if (request.store) files.push_back({.option = "--store", .path = *request.store});
  add_merge(files, request.merge);
  add_unless_standard(files, {.option = "--output", .path = request.output});
  for (const auto& [option, path] : request.records.named())
    files.push_back({.option = option, .path = path});
  return files;
}

std::vector<NamedFile> files_of(const StoreRequest& request) {
  std::vector<NamedFile> files{{.option = "--store", .path = request.store}};
  add_merge(files, request.merge);
  return files;
}

void refuse_one_file_twice(const std::vector<NamedFile>& files) {
  std::vector<fs::path> real;
  for (const NamedFile& file : files) {
    real.push_back(real_name(file.path));
    if (is_device(real.back())) continue;
    for (std::size_t i = 0; i + 1 < real.size(); ++i) {
      const NamedFile& other = files[i];
      if (are_one(real[i], real.back()) && !may_be_one(other, file))
        throw UsageError(fmt::format("{}: {} is the file of {} already; give another", file.option,
                                     file.path, other.option));
    }
  }
}

}  // namespace fibo
