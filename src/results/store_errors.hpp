// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/results/store.hpp"

#include "store_database.hpp"

#include <filesystem>
#include <utility>

namespace fibo::store {

/// The row of a value is malformed, or holds another value.
class WrongValue : public MalformedRow {
 public:
  using MalformedRow::MalformedRow;
};

/// The exception that is being handled, as a StoreError about `file`.
[[noreturn]] void rethrow_as_store_error(const std::filesystem::path& file);

/// Calls `work`, and turns what the parts of a store throw into a StoreError about `file`.
template <class Work>
decltype(auto) explain_errors(const std::filesystem::path& file, Work&& work) {
  try {
    return std::forward<Work>(work)();
  } catch (...) {
    rethrow_as_store_error(file);
  }
}

/// The file's own path, without symbolic links, if it is a regular file of one name or none yet.
/// @throws StoreError
std::filesystem::path real_path(const std::filesystem::path& file);

/// For stores that are not made where there is none.
/// @throws StoreError
void refuse_missing(const std::filesystem::path& file);

}  // namespace fibo::store
