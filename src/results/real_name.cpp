// SPDX-License-Identifier: MIT
#include "fibo/results/real_name.hpp"

namespace fibo {

namespace fs = std::filesystem;

fs::path behind_links(fs::path path, std::error_code& error) {
  constexpr int most_links = 40;  // as the system allows
  error.clear();
  for (int links = 0; fs::is_symlink(path, error); ++links) {
    if (links == most_links) {
      error = std::make_error_code(std::errc::too_many_symbolic_link_levels);
      break;
    }
    const fs::path target = fs::read_symlink(path, error);
    if (error) break;
    path = path.parent_path() / target;
  }
  if (error == std::errc::no_such_file_or_directory) error.clear();
  return path;
}

fs::path real_name(const fs::path& file) {
  std::error_code error;
  const fs::path whole = fs::absolute(file, error);
  if (error) return file;
  const fs::path behind = behind_links(whole, error);
  if (error) return whole;
  const fs::path real = fs::weakly_canonical(behind, error);
  return error ? whole : real;
}

}  // namespace fibo
