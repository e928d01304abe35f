// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace fibo {

/// What somebody probably meant who gave `text` for a key that it is not: "1..9" for "1-9",
/// "1000000" for "1e6". "" if nothing comes to mind.
std::string meant_for_key(std::string_view text);

}  // namespace fibo
