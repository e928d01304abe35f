// SPDX-License-Identifier: MIT
//
// The store reader: any bytes of a database file are a store whose every value can be read and
// checked, or an error; of a file that is taken for a store, wrong values are found.
#include "store_schema.hpp"
#include "store_verify.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fibo::store;
  static const ValueCheck check(1);
  try {
    Database database(std::as_bytes(std::span(data, size)));
    check_schema(database);
    check_values(database, check, false, [](const std::string&, const std::string&) {});
  } catch (const DatabaseError&) {
    return 0;
  } catch (const MalformedRow&) {
    return 0;
  } catch (const UnknownSchema&) {
    return 0;
  }
  return 0;
}
