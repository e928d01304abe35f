// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <system_error>

namespace fibo {

/// Where a chain of symbolic links leads, whether there is anything or not.
/// @param error  is set where that cannot be found out, as of a loop; the result is how far it went
std::filesystem::path behind_links(std::filesystem::path path, std::error_code& error);

/// The absolute name that a file has, or will have once it is made, behind symbolic links and dots;
/// where that cannot be found out, its absolute name.
std::filesystem::path real_name(const std::filesystem::path& file);

}  // namespace fibo
