#include "verbs/dumps.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "unit/verbs/core_fixture.h"
#include "verbs/keys.h"

namespace kontor {
namespace {

class DumpsTest : public CoreTest {
 protected:
  Status Restore(Bytes key, const RdbValue& value, int64_t deadline_unix_ms) {
    return Run([&](Operation& operation) {
      return verbs::KeyRestore(operation, key, value, deadline_unix_ms);
    });
  }
};

TEST_F(DumpsTest, ARestoredKeyIsWhatWasThereNoMore) {
  SetString("k", "v");
  auto list = std::make_unique<List>();
  list->PushBack("a");
  list->PushBack("1");
  EXPECT_TRUE(Restore("k", RdbValue(std::move(list)), 0).ok());
  EXPECT_EQ(Run([](Operation& operation) { return *verbs::KeyType(operation, "k"); }),
            ValueType::kList);
  EXPECT_EQ(DeadlineOf("k"), 0);
}

TEST_F(DumpsTest, ADeadlineThatHasPassedLeavesNothing) {
  EXPECT_TRUE(Restore("new", RdbValue(std::string("v")), clock_.UnixMs()).ok());
  EXPECT_EQ(effects(), 0u);
  SetString("k", "old");
  EXPECT_TRUE(Restore("k", RdbValue(std::string("v")), clock_.UnixMs()).ok());
  EXPECT_FALSE(Exists("k"));
  EXPECT_TRUE(Restore("k", RdbValue(std::string("v")), clock_.UnixMs() + 1).ok());
  EXPECT_EQ(DeadlineOf("k"), clock_.UnixMs() + 1);
}

TEST_F(DumpsTest, NothingIsNoDump) {
  EXPECT_EQ(Run([](Operation& operation) { return verbs::KeyDump(operation, "k"); }), std::nullopt);
}

}  // namespace
}  // namespace kontor
