// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace fibo {

/// What somebody probably meant who gave `text` for a key that it is not: "1..9" for "1-9",
/// "1000000" for "1e6". "" if nothing comes to mind.
std::string meant_for_key(std::string_view text);

/// What a message about `text`, a word of the command line that is no key, ends with:
/// ", here perhaps 1..9", or "".
std::string hint_for_word(std::string_view text);

/// The same for a line of a key file.
std::string hint_for_line(std::string_view text);

}  // namespace fibo
