// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/arithmetic/instruction_set.hpp"

#include <array>
#include <ostream>
#include <string>

#include <gtest/gtest.h>

namespace fibo {

inline void PrintTo(InstructionSet set, std::ostream* stream) {
  *stream << name_of(set);
}

}  // namespace fibo

namespace fibo::test {

/// Tests of those that the machine lacks are skipped by name.
inline constexpr std::array every_instruction_set{InstructionSet::portable, InstructionSet::avx2,
                                                  InstructionSet::avx512};

/// The name of an instance of a test that runs once for each instruction set.
inline std::string set_name(const testing::TestParamInfo<InstructionSet>& instance) {
  return testing::PrintToString(instance.param);
}

}  // namespace fibo::test
