// SPDX-License-Identifier: MIT
//
// The machine makes a mistake in a limb, in a transform or in the text: no wrong value may go out.
#include "fibo/fibonacci/engine.hpp"
#include "fibo/fibonacci/residue_check.hpp"

#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace fibo::test {
namespace {

/// Flips one random bit of what an engine works on at one stage, when it is armed.
class Fault {
 public:
  explicit Fault(EngineStage stage) : stage_{stage} {}

  /// The fault strikes when the stage has been passed `passes` times.
  void arm(std::uint64_t passes) {
    passes_ = passes;
    armed_ = true;
  }
  void disarm() { armed_ = false; }

  /// Whether it has struck since it was armed.
  [[nodiscard]] bool has_struck() const { return !armed_; }

  void strike(EngineStage stage, std::span<std::byte> data) {
    if (stage != stage_ || !armed_ || data.empty() || passes_-- > 0) return;
    armed_ = false;
    data[random_() % data.size()] ^= static_cast<std::byte>(1U << random_() % 8);
  }

 private:
  EngineStage stage_;
  bool armed_ = false;
  std::uint64_t passes_ = 0;
  std::mt19937_64 random_{1};
};

Engine spoiled_engine(Fault& fault) {
  return Engine{{.check_seed = 1, .probe = [&fault](EngineStage stage, std::span<std::byte> data) {
                   fault.strike(stage, data);
                 }}};
}

/// Computes the key while the fault may strike. A wrong value must not come out, and the engine
/// must be right again afterwards.
/// @return whether the fault was caught
bool is_caught(Engine& engine, Fault& fault, std::uint64_t n) {
  bool caught = false;
  try {
    engine.digits(n);
  } catch (const CheckFailed& failure) {
    caught = true;
    EXPECT_EQ(failure.n(), n);
  }
  EXPECT_TRUE(fault.has_struck());
  return caught;
}

TEST(EngineFault, InALimbIsCaughtEveryTimeIn10000) {
  Fault fault{EngineStage::limbs};
  Engine engine = spoiled_engine(fault);
  std::mt19937_64 random{2};
  for (int i = 0; i < 10'000; ++i) {
    fault.arm(0);
    const std::uint64_t n = 187 + random() % 12'000;
    ASSERT_TRUE(is_caught(engine, fault, n)) << n;
  }
}

TEST(EngineFault, InTheTextIsCaughtEveryTimeIn10000) {
  Fault fault{EngineStage::text};
  Engine engine = spoiled_engine(fault);
  std::mt19937_64 random{3};
  for (int i = 0; i < 10'000; ++i) {
    fault.arm(0);
    const std::uint64_t n = 187 + random() % 12'000;
    ASSERT_TRUE(is_caught(engine, fault, n)) << n;
  }
}

class EngineTransformFault : public testing::TestWithParam<EngineStage> {};

// Some bits do not matter, as those of a transform's padding or the sign of a zero: then the digits
// must be right.
TEST_P(EngineTransformFault, IsCaughtEveryTimeIn10000ThatChangeTheNumber) {
  Fault fault{GetParam()};
  Engine engine = spoiled_engine(fault);
  Engine sound;
  std::mt19937_64 random{4};
  int caught = 0;
  for (int keys = 0; caught < 10'000; ++keys) {
    ASSERT_LT(keys, 1'000) << "most faults change nothing";
    const std::uint64_t n = 21'000 + random() % 10'000;
    const std::string truth{sound.digits(n)};
    for (int i = 0; i < 25; ++i) {
      fault.arm(random() % 3);
      try {
        ASSERT_EQ(engine.digits(n), truth) << n;
      } catch (const CheckFailed& failure) {
        ++caught;
        EXPECT_EQ(failure.n(), n);
      }
      ASSERT_TRUE(fault.has_struck());
    }
    ASSERT_EQ(engine.digits(n), truth) << n;
  }
}

INSTANTIATE_TEST_SUITE_P(EveryStage, EngineTransformFault,
                         testing::Values(EngineStage::factor, EngineStage::residue,
                                         EngineStage::product),
                         [](const auto& test) -> std::string {
                           switch (test.param) {
                             case EngineStage::factor:
                               return "factor";
                             case EngineStage::residue:
                               return "residue";
                             default:
                               return "product";
                           }
                         });

TEST(EngineFault, InARunIsCaughtAndTheNextRunIsRight) {
  for (const EngineStage stage : {EngineStage::limbs, EngineStage::text}) {
    Fault fault{stage};
    Engine engine = spoiled_engine(fault);
    Engine sound;
    std::mt19937_64 random{5};
    for (int i = 0; i < 300; ++i) {
      std::vector<std::uint64_t> keys{187 + random() % 6'000};
      while (keys.size() < 20) keys.push_back(keys.back() + random() % (i % 2 == 0 ? 3 : 150));
      fault.arm(stage == EngineStage::text ? random() % keys.size() : 0);
      const auto sink = [&](std::uint64_t n, std::string_view digits) {
        ASSERT_EQ(digits, sound.digits(n)) << n;
      };
      EXPECT_THROW(engine.run(keys, sink), CheckFailed);
      EXPECT_TRUE(fault.has_struck());
      engine.run(keys, sink);
    }
  }
}

TEST(EngineFault, GoesUnseenWithoutTheCheck) {
  Fault fault{EngineStage::text};
  Engine engine{{.check = false, .probe = [&fault](EngineStage stage, std::span<std::byte> data) {
                   fault.strike(stage, data);
                 }}};
  Engine sound;
  fault.arm(0);
  EXPECT_NE(std::string{engine.digits(1000)}, sound.digits(1000));
}

}  // namespace
}  // namespace fibo::test
