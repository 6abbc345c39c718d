#include "keyspace/lease_table.h"

#include <gtest/gtest.h>

#include <string>

#include "base/memory_budget.h"

namespace kontor {
namespace {

TEST(LeaseTableTest, IsCountedWhileALeaseIsHeldOrWaitedFor) {
  MemoryBudget budget;
  LeaseTable leases;
  leases.set_budget(&budget);
  const std::string key(1000, 'k');
  leases.Hold(leases.FindOrMake(0, key), /*until_ns=*/1);
  const int64_t one_bytes = budget.used_bytes(MemoryPurpose::kKeys);
  EXPECT_GT(one_bytes, 1000);
  leases.Hold(leases.FindOrMake(0, key), 2);
  EXPECT_EQ(budget.used_bytes(), one_bytes) << "it is the same one";
  leases.Hold(leases.FindOrMake(1, key), 3);
  EXPECT_EQ(budget.used_bytes(), 2 * one_bytes);
  leases.GiveUp(leases.Find(0, key));
  EXPECT_EQ(budget.used_bytes(), one_bytes);
  leases.RevokeAll(1);
  EXPECT_EQ(budget.used_bytes(), 0);
  EXPECT_TRUE(leases.empty());
}

}  // namespace
}  // namespace kontor
