// SPDX-License-Identifier: MIT
#include "fibo/arithmetic/transform_kernels.hpp"

#include "fibo/arithmetic/prime_field.hpp"
#include "fibo/arithmetic/residue_bounds.hpp"

#include <cmath>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace fibo::detail {
namespace {

struct Free {
  void operator()(double* memory) const { std::free(memory); }
};
using Buffer = std::unique_ptr<double[], Free>;

Buffer buffer(std::size_t count) {
  auto* const memory = static_cast<double*>(std::aligned_alloc(64, (count * 8 + 63) / 64 * 64));
  std::fill(memory, memory + count, 0.0);
  return Buffer(memory);
}

std::uint64_t residue(double x, std::uint64_t p) {
  const auto value = static_cast<std::int64_t>(x) % static_cast<std::int64_t>(p);
  return static_cast<std::uint64_t>(value < 0 ? value + static_cast<std::int64_t>(p) : value);
}

class TransformKernelsTest : public testing::TestWithParam<InstructionSet> {
 protected:
  const TransformKernels& kernels_ = transform_kernels(GetParam());
};

INSTANTIATE_TEST_SUITE_P(EveryInstructionSet, TransformKernelsTest,
                         testing::ValuesIn(available_instruction_sets()),
                         [](const auto& test) { return std::string(name_of(test.param)); });

// The polynomial x (lowest first) modulo t^length - w.
std::vector<std::uint64_t> remainder(const std::vector<std::uint64_t>& x, std::size_t length,
                                     std::uint64_t w, std::uint64_t p) {
  std::vector<std::uint64_t> result(length, 0);
  std::uint64_t power = 1;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (i > 0 && i % length == 0) power = multiply_mod(power, w, p);
    result[i % length] = (result[i % length] + multiply_mod(x[i], power, p)) % p;
  }
  return result;
}

TEST_P(TransformKernelsTest, RowsAreRemaindersAndComeBack) {
  std::mt19937_64 random(7);
  constexpr std::size_t length = 64;
  for (const Prime& prime : primes) {
    RootTable table(prime);
    for (std::size_t rows = 1; rows <= max_rows; rows += rows < 40 ? 1 : 11) {
      for (const std::size_t inputs : {(rows + 1) / 2, rows}) {
        Buffer limbs = buffer(rows * length);
        std::vector<std::uint64_t> coefficients(rows * length, 0);
        for (std::size_t i = 0; i < inputs * length; ++i) {
          const auto half = static_cast<std::int64_t>(prime.value / 16);
          limbs[i] = i % 2 == 0 ? static_cast<double>(half)
                                : static_cast<double>(static_cast<std::int64_t>(random()) % half);
          coefficients[i] = residue(limbs[i], prime.value);
        }
        Buffer residues = buffer(rows * length);
        const RowProgram forward = forward_rows(prime, inputs, rows);
        kernels_.forward_rows(forward.view(), table.view(), limbs.get(), inputs,
                              {length, length, rows % 2 == 0}, residues.get(), 0, length);
        for (std::size_t row = 0; row < rows; ++row) {
          const std::uint64_t root = node_root(prime, row);
          const auto expected =
              remainder(coefficients, length, multiply_mod(root, root, prime.value), prime.value);
          for (std::size_t i = 0; i < length; ++i) {
            const double got = residues[row * length + i];
            ASSERT_LE(std::abs(got), forward_entry_bound * static_cast<double>(prime.value));
            ASSERT_EQ(residue(got, prime.value), expected[i])
                << rows << " rows, row " << row << " column " << i;
          }
        }
      }
    }
  }
}

// As large as they may be, with the signs that make sums and differences largest.
double far_representative(double residue, double p, bool positive) {
  if (positive) return residue + p <= inverse_exit_bound * p ? residue + p : residue;
  return residue - p >= -inverse_exit_bound * p ? residue - p : residue;
}

TEST_P(TransformKernelsTest, RowsComeBackWhicheverNumbersStandForTheirResidues) {
  std::mt19937_64 random(17);
  constexpr std::size_t length = 8192;  // the largest sums are rare
  std::uniform_int_distribution<std::int64_t> any_limb(-600'000'000'000, 600'000'000'000);
  for (const std::size_t rows : {3UL, 4UL, 16UL, 32UL, 61UL, 64UL}) {
    Buffer limbs = buffer(rows * length);
    for (std::size_t i = 0; i < rows * length; ++i)
      limbs[i] = static_cast<double>(any_limb(random));
    const RowLayout layout{length, length, false};
    std::vector<RootTable> tables(primes.begin(), primes.end());
    std::vector<Buffer> residues;
    std::vector<RowProgram> inverse;
    for (std::size_t q = 0; q < 2; ++q) {
      const std::uint64_t p = primes[q].value;
      residues.push_back(buffer(rows * length));
      const RowProgram forward = forward_rows(primes[q], rows, rows);
      kernels_.forward_rows(forward.view(), tables[q].view(), limbs.get(), rows, layout,
                            residues[q].get(), 0, length);
      for (std::size_t i = 0; i < rows * length; ++i)
        residues[q][i] =
            far_representative(balanced(residue(residues[q][i], p), p), static_cast<double>(p),
                               (i / length % 4 < 2) == (i % 2 == 0));
      inverse.push_back(inverse_rows(primes[q], rows));
    }
    // The scale is not taken out: it is even, which would mend a residue that is p/2 off.
    const RecombineConstants constants = recombine_constants(decimal_base(14), 0);
    const RecombineInput input[2] = {{inverse[0].view(), tables[0].view(), residues[0].get()},
                                     {inverse[1].view(), tables[1].view(), residues[1].get()}};
    Buffer back = buffer(rows * length);
    std::vector<Spill> spills(rows);
    kernels_.recombine(input, constants, layout, back.get(), 0, length, spills.data());
    for (std::size_t i = 0; i < rows * length; ++i)
      ASSERT_EQ(back[i], limbs[i] * static_cast<double>(inverse[0].space))
          << rows << " rows, row " << i / length << " column " << i % length;
  }
}

TEST_P(TransformKernelsTest, RowProductsAreProductsModuloTheirPolynomial) {
  std::mt19937_64 random(11);
  for (const Prime& prime : primes) {
    RootTable table(prime);
    table.reserve(128);
    const std::uint64_t p = prime.value;
    const auto extreme = forward_entry_bound * static_cast<double>(p);
    for (const std::size_t length : {64UL, 128UL, 256UL, 512UL, 1024UL, 2048UL}) {
      for (std::size_t row = length > 512 ? 3 : 0; row < 4; ++row) {
        for (const bool worst : {false, true}) {
          Buffer a = buffer(length);
          Buffer b = buffer(length);
          std::uniform_real_distribution<double> any(-extreme, extreme);
          for (std::size_t i = 0; i < length; ++i) {
            a[i] = std::trunc(worst ? (random() % 2 == 0 ? extreme : -extreme) : any(random));
            b[i] = std::trunc(worst ? extreme : any(random));
          }
          const std::uint64_t root = node_root(prime, row);
          const std::uint64_t w = multiply_mod(root, root, p);
          std::vector<std::uint64_t> square(2 * length, 0);
          std::vector<std::uint64_t> product(2 * length, 0);
          for (std::size_t i = 0; i < length; ++i) {
            for (std::size_t j = 0; j < length; ++j) {
              const std::uint64_t x = residue(a[i], p);
              square[i + j] = (square[i + j] + multiply_mod(x, residue(a[j], p), p)) % p;
              product[i + j] = (product[i + j] + multiply_mod(x, residue(b[j], p), p)) % p;
            }
          }
          square = remainder(square, length, w, p);
          product = remainder(product, length, w, p);
          Buffer a_copy = buffer(length);
          Buffer b_copy = buffer(length);
          std::copy(a.get(), a.get() + length, a_copy.get());
          std::copy(b.get(), b.get() + length, b_copy.get());
          kernels_.multiply_row(table.view(), a_copy.get(), b_copy.get(), length, row);
          kernels_.square_and_multiply_row(table.view(), a.get(), b.get(), length, row);
          const std::uint64_t scale = length / 2;
          for (std::size_t i = 0; i < length; ++i) {
            ASSERT_EQ(residue(a[i], p), multiply_mod(square[i], scale, p));
            ASSERT_EQ(residue(b[i], p), multiply_mod(product[i], scale, p));
            ASSERT_EQ(residue(a_copy[i], p), multiply_mod(product[i], scale, p));
            for (const Buffer* x : {&a, &b, &a_copy}) {
              ASSERT_LE(std::abs((*x)[i]), inverse_exit_bound * static_cast<double>(p));
            }
          }
        }
      }
    }
  }
}

// Long rows go through the memory in other ways than short ones; products with few terms are known
// for any length.
TEST_P(TransformKernelsTest, LongRowsWithSparseFactors) {
  std::mt19937_64 random(13);
  constexpr std::size_t row = 3;
  for (const Prime& prime : primes) {
    const std::uint64_t p = prime.value;
    for (const std::size_t length : {4096UL, 8192UL, 65536UL, 131072UL, 1048576UL}) {
      RootTable table(prime);
      table.reserve((row + 1) * length / block_size);
      const std::uint64_t root = node_root(prime, row);
      const std::uint64_t w = multiply_mod(root, root, p);
      const std::vector<std::size_t> places{0, 1, length / 3, length - 1};
      Buffer a = buffer(length);
      Buffer b = buffer(length);
      for (const std::size_t place : places) {
        a[place] = static_cast<double>(static_cast<std::int64_t>(random() % p));
      }
      for (std::size_t i = 0; i < length; ++i) {
        b[i] = -static_cast<double>(static_cast<std::int64_t>(random() % p));
      }
      const auto times_a = [&](const Buffer& x) {
        std::vector<std::uint64_t> product(2 * length, 0);
        for (const std::size_t place : places) {
          const std::uint64_t factor = residue(a[place], p);
          for (std::size_t i = 0; i < length; ++i) {
            if (x[i] == 0) continue;
            product[place + i] =
                (product[place + i] + multiply_mod(factor, residue(x[i], p), p)) % p;
          }
        }
        return remainder(product, length, w, p);
      };
      const auto square = times_a(a);
      const auto product = times_a(b);
      Buffer a_copy = buffer(length);
      Buffer b_copy = buffer(length);
      std::copy(a.get(), a.get() + length, a_copy.get());
      std::copy(b.get(), b.get() + length, b_copy.get());
      kernels_.multiply_row(table.view(), a_copy.get(), b_copy.get(), length, row);
      kernels_.square_and_multiply_row(table.view(), a.get(), b.get(), length, row);
      for (std::size_t i = 0; i < length; ++i) {
        ASSERT_EQ(residue(a[i], p), multiply_mod(square[i], length / 2, p));
        ASSERT_EQ(residue(b[i], p), multiply_mod(product[i], length / 2, p));
        ASSERT_EQ(residue(a_copy[i], p), residue(b[i], p));
      }
    }
  }
}

}  // namespace
}  // namespace fibo::detail
