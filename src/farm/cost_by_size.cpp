// SPDX-License-Identifier: MIT
#include "fibo/farm/cost_by_size.hpp"

#include "fibo/farm/key_size.hpp"

#include <algorithm>
#include <cstddef>

namespace fibo {

CostBySize cost_by_size(const std::vector<KeyRange>& ranges,
                        const std::function<double(Key)>& cost_s) {
  CostBySize sums{};
  for (const KeyRange& range : ranges) {
    for (Key first = range.first();;) {
      const std::size_t size = key_size(first);
      const Key reach = std::min(range.last(), largest_key_of_size(size)) - first;
      const Key steps = reach / range.step();
      // Simpson's rule: costs bend within a size.
      const Key last = first + steps * range.step();
      const double mean_s =
          (cost_s(first) + 4 * cost_s(first + (last - first) / 2) + cost_s(last)) / 6;
      sums[size] += (static_cast<double>(steps) + 1) * mean_s;
      if (range.last() - last < range.step()) break;
      first = last + range.step();
    }
  }
  return sums;
}

}  // namespace fibo
