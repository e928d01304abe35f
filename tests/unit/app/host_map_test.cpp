// SPDX-License-Identifier: MIT
#include "fibo/app/host_map.hpp"

#include "support/placements.hpp"

#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fibo {
namespace {

using test::cpus;
using test::joined;
using test::one_each;
using test::placed;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Optional;

TEST(HostMap, ListsNumbersAsTheKernelDoes) {
  EXPECT_EQ(list_of(std::vector<std::size_t>{}), "");
  EXPECT_EQ(list_of(std::vector<std::size_t>{5}), "5");
  EXPECT_EQ(list_of(std::vector<std::size_t>{0, 1, 2, 3, 8, 10, 11}), "0-3,8,10-11");
  EXPECT_EQ(list_of(cpus(1020, 1023)), "1020-1023");
}

TEST(HostMap, SaysWhichRanksAreWhere) {
  EXPECT_THAT(host_map(joined({one_each("a", 4, 8), {placed("b", cpus(0, 7), 8)}})),
              ElementsAre("a: 4 ranks, 0-3, on CPUs 0-3, one each", "b: 1 rank, 4, on CPUs 0-7"));
}

TEST(HostMap, GathersTheRanksOfAHostThatAreApart) {
  const std::vector<Placement> round_robin{placed("a", cpus(0, 1), 2), placed("b", cpus(0, 1), 2),
                                           placed("a", cpus(0, 1), 2), placed("b", cpus(0, 1), 2)};
  EXPECT_THAT(host_map(round_robin),
              ElementsAre("a: 2 ranks, 0,2, on CPUs 0-1", "b: 2 ranks, 1,3, on CPUs 0-1"));
}

TEST(HostMap, SaysRankByRankWhereTheyDiffer) {
  const std::vector<Placement> ranks{placed("a", cpus(0, 0), 8), placed("a", cpus(0, 0), 8),
                                     placed("a", cpus(4, 7), 8)};
  EXPECT_THAT(
      host_map(ranks),
      ElementsAre("a: 3 ranks, 0-2, on 0-1 on CPU 0, 2 on CPUs 4-7; no long values go to 1"));
}

TEST(HostMap, HasNoSurplusRanksWhereEachHasACpu) {
  EXPECT_THAT(surplus_ranks(joined({one_each("a", 4, 8), {placed("b", cpus(0, 7), 8)}})),
              IsEmpty());
  EXPECT_THAT(surplus_ranks(std::vector<Placement>(8, placed("a", cpus(0, 7), 8))), IsEmpty());
  EXPECT_THAT(surplus_ranks({placed("a", cpus(0, 1), 2), placed("a", cpus(0, 0), 2)}), IsEmpty())
      << "rank 0 may run on CPU 1";
}

TEST(HostMap, FindsSurplusRanksOfEachHost) {
  EXPECT_THAT(surplus_ranks(joined({std::vector<Placement>(3, placed("a", cpus(0, 1), 2)),
                                    std::vector<Placement>(3, placed("b", cpus(0, 1), 2))})),
              ElementsAre(Rank{2}, Rank{5}));
  EXPECT_THAT(surplus_ranks({placed("a", cpus(0, 0), 8), placed("a", cpus(0, 0), 8),
                             placed("a", cpus(4, 4), 8), placed("a", cpus(4, 4), 8)}),
              ElementsAre(Rank{1}, Rank{3}));
}

TEST(HostMap, SaysWhichRanksGetNoLongValues) {
  EXPECT_THAT(host_map(std::vector<Placement>(5, placed("a", cpus(0, 1), 2))),
              ElementsAre("a: 5 ranks, 0-4, on CPUs 0-1; no long values go to 2-4"));
}

TEST(HostMap, CallsNoRankSurplusWhoseCpusAreNotKnown) {
  EXPECT_THAT(surplus_ranks(std::vector<Placement>(3, placed("a", CpuSet{}, 2))), IsEmpty());
}

TEST(HostMap, WarnsOfRanksThatShareACoreWhileOthersAreFree) {
  const std::vector<Placement> ranks(4, placed("a", cpus(3, 3), 8));
  EXPECT_THAT(
      shared_core_warning(ranks),
      Optional(AllOf(HasSubstr("the 4 ranks on a share CPU 3 by a wrong binding, of 8 CPUs"),
                     HasSubstr("--bind-to core"), HasSubstr("--cpu-bind=cores"))));
}

TEST(HostMap, WarnsOfAFewThatShareACoreToo) {
  const std::vector<Placement> ranks{placed("a", cpus(0, 0), 8), placed("a", cpus(0, 0), 8),
                                     placed("a", cpus(4, 7), 8)};
  EXPECT_NE(shared_core_warning(ranks), std::nullopt);
}

TEST(HostMap, WarnsOnceForAllHosts) {
  const std::vector<Placement> a(2, placed("a", cpus(0, 0), 8));
  const std::vector<Placement> b(2, placed("b", cpus(0, 0), 8));
  const std::vector<Placement> c(2, placed("c", cpus(0, 0), 8));
  EXPECT_THAT(shared_core_warning(joined({a, b, c})),
              Optional(AllOf(HasSubstr("ranks on a"), HasSubstr("2 more hosts"))));
}

TEST(HostMap, DoesNotWarnWhereRanksAreApart) {
  EXPECT_EQ(shared_core_warning({}), std::nullopt);
  EXPECT_EQ(shared_core_warning(one_each("a", 4, 8)), std::nullopt);
  EXPECT_EQ(shared_core_warning(std::vector(4, placed("a", cpus(0, 7), 8))), std::nullopt);
  EXPECT_EQ(shared_core_warning({placed("a", cpus(0, 0), 8), placed("b", cpus(0, 0), 8)}),
            std::nullopt);
}

TEST(HostMap, DoesNotWarnWhereNoBindingWouldHelp) {
  EXPECT_EQ(shared_core_warning(std::vector(2, placed("a", cpus(0, 0), 1))), std::nullopt);
  EXPECT_EQ(shared_core_warning(std::vector(3, placed("a", cpus(0, 1), 2))), std::nullopt);
}

}  // namespace
}  // namespace fibo
