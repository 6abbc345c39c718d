#include "verbs/keys.h"

#include <limits>
#include <set>
#include <string>
#include <vector>

#include "base/limits.h"
#include "unit/verbs/core_fixture.h"
#include "verbs/expiry.h"

namespace kontor::verbs {
namespace {

constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
constexpr int64_t kLeast = std::numeric_limits<int64_t>::min();

class KeysTest : public CoreTest {
 protected:
  bool Expire(Bytes key, int64_t deadline_unix_ms, const ExpireConditions& conditions = {}) {
    return Run([&](Operation& operation) {
      return KeyExpire(operation, key, deadline_unix_ms, conditions);
    });
  }
  KeyLifetime Lifetime(Bytes key) {
    return Run([&](Operation& operation) { return KeyLifetimeOf(operation, key); });
  }
  Result<bool> Rename(Bytes key, Bytes target, bool only_if_absent = false) {
    return Run(
        [&](Operation& operation) { return KeyRename(operation, key, target, only_if_absent); });
  }
  Result<bool> Copy(Bytes key, uint32_t database, Bytes target, bool replace = false) {
    return Run(
        [&](Operation& operation) { return KeyCopy(operation, key, database, target, replace); });
  }
  Result<bool> Move(Bytes key, uint32_t database) {
    return Run([&](Operation& operation) { return KeyMove(operation, key, database); });
  }
  // "(absent)" if there is no such string.
  std::string Get(uint32_t database, Bytes key) {
    return Run([&](Operation& operation) -> std::string {
      const Record* const record = operation.Find(database, key);
      return record == nullptr ? "(absent)" : std::string(record->text());
    });
  }
  int64_t now() { return clock_.UnixMs(); }
};

TEST_F(KeysTest, DeleteExistsAndType) {
  SetString("k", "v");
  const auto type = [](Operation& operation) { return KeyType(operation, "k"); };
  EXPECT_EQ(Run(type), ValueType::kString);
  EXPECT_TRUE(Run([](Operation& operation) { return KeyExists(operation, "k"); }));
  EXPECT_TRUE(Run([](Operation& operation) { return KeyDelete(operation, "k"); }));
  EXPECT_FALSE(Run([](Operation& operation) { return KeyDelete(operation, "k"); }));
  EXPECT_EQ(effects(), 0u);
  EXPECT_EQ(Run(type), std::nullopt);
}

TEST_F(KeysTest, Lifetimes) {
  EXPECT_FALSE(Lifetime("k").exists);
  SetString("k", "v");
  EXPECT_TRUE(Lifetime("k").exists);
  EXPECT_EQ(Lifetime("k").deadline_unix_ms, 0);
  EXPECT_TRUE(Expire("k", now() + 100));
  EXPECT_EQ(Lifetime("k").deadline_unix_ms, now() + 100);
  clock_.AdvanceMs(99);
  EXPECT_EQ(Lifetime("k").remaining_ms, 1);
  EXPECT_TRUE(Run([](Operation& operation) { return KeyPersist(operation, "k"); }));
  EXPECT_FALSE(Run([](Operation& operation) { return KeyPersist(operation, "k"); }));
  clock_.AdvanceMs(1);
  EXPECT_TRUE(Lifetime("k").exists);
  EXPECT_TRUE(Expire("k", kMost));
  EXPECT_EQ(Lifetime("k").remaining_ms, kMost - now());
  EXPECT_FALSE(Expire("nothing", kMost));
}

TEST_F(KeysTest, ADeadlineThatHasPassedDeletes) {
  for (const int64_t passed : {now(), now() - 1, int64_t{0}, int64_t{-1}, kLeast}) {
    SetString("k", "v");
    EXPECT_TRUE(Expire("k", passed)) << passed;
    EXPECT_FALSE(Exists("k")) << passed;
  }
}

TEST_F(KeysTest, ExpireConditions) {
  const int64_t at = now() + 1000;
  SetString("k", "v");
  EXPECT_FALSE(Expire("k", at, {.if_any = true}));
  EXPECT_FALSE(Expire("k", at, {.if_later = true}));
  EXPECT_FALSE(Expire("k", at, {.if_any = true, .if_earlier = true}));
  EXPECT_EQ(DeadlineOf("k"), 0);
  EXPECT_TRUE(Expire("k", at, {.if_earlier = true}));
  EXPECT_FALSE(Expire("k", at + 1, {.if_none = true}));
  EXPECT_FALSE(Expire("k", at, {.if_later = true}));
  EXPECT_FALSE(Expire("k", at, {.if_earlier = true}));
  EXPECT_EQ(DeadlineOf("k"), at);
  EXPECT_TRUE(Expire("k", at + 1, {.if_later = true}));
  EXPECT_TRUE(Expire("k", at, {.if_any = true, .if_earlier = true}));
  EXPECT_EQ(DeadlineOf("k"), at);
  EXPECT_FALSE(Expire("k", kLeast, {.if_later = true}));
  EXPECT_TRUE(Exists("k"));
}

TEST_F(KeysTest, ContradictingConditions) {
  EXPECT_TRUE(CheckExpireConditions({}).ok());
  EXPECT_TRUE(CheckExpireConditions({.if_any = true, .if_later = true}).ok());
  EXPECT_EQ(CheckExpireConditions({.if_none = true, .if_any = true}).code(), Code::kInvalid);
  EXPECT_EQ(CheckExpireConditions({.if_none = true, .if_earlier = true}).code(), Code::kInvalid);
  EXPECT_EQ(CheckExpireConditions({.if_later = true, .if_earlier = true}).code(), Code::kInvalid);
}

TEST_F(KeysTest, RenameTakesTheDeadlineAlong) {
  SetString("a", "1");
  SetString("b", "2");
  ExpireAt("a", now() + 10);
  EXPECT_FALSE(*Rename("a", "b", true));
  EXPECT_TRUE(*Rename("a", "b"));
  EXPECT_FALSE(Exists("a"));
  EXPECT_EQ(Get(0, "b"), "1");
  EXPECT_EQ(DeadlineOf("b"), now() + 10);
  EXPECT_TRUE(*Rename("b", "b"));
  EXPECT_FALSE(*Rename("b", "b", true));
  EXPECT_EQ(effects(), 0u);
  EXPECT_EQ(Rename("nothing", "c").code(), Code::kNotFound);
  EXPECT_EQ(Rename("nothing", "nothing").code(), Code::kNotFound);
}

TEST_F(KeysTest, CopyAndMoveReachOtherDatabases) {
  SetString("k", "1");
  ExpireAt("k", now() + 10);
  EXPECT_TRUE(*Copy("k", 3, "copy"));
  EXPECT_FALSE(*Copy("k", 3, "copy"));
  EXPECT_TRUE(*Copy("k", 3, "copy", true));
  EXPECT_EQ(Get(3, "copy"), "1");
  EXPECT_EQ(Get(0, "k"), "1");
  EXPECT_EQ(Copy("k", 0, "k", true).code(), Code::kInvalid);
  EXPECT_FALSE(*Copy("nothing", 3, "copy", true));
  EXPECT_EQ(Get(3, "copy"), "1");
  EXPECT_EQ(Move("k", 0).code(), Code::kInvalid);
  EXPECT_TRUE(*Move("k", 15));
  EXPECT_FALSE(Exists("k"));
  EXPECT_EQ(Get(15, "k"), "1");
  EXPECT_FALSE(*Move("k", 15));
  SetString("k", "2");
  EXPECT_FALSE(*Move("k", 15));
  clock_.AdvanceMs(10);
  EXPECT_TRUE(*Move("k", 15));  // the one in the way has expired
  EXPECT_EQ(Get(15, "k"), "2");
  EXPECT_EQ(Get(3, "copy"), "(absent)");
}

TEST_F(KeysTest, ACopyIsItsOwn) {
  SetString("k", "1");
  EXPECT_TRUE(*Copy("k", 0, "copy"));
  SetString("k", "2");
  EXPECT_EQ(Get(0, "copy"), "1");
}

TEST_F(KeysTest, ScanFilters) {
  SetString("one", "1");
  SetString("two", "2");
  SetString("gone", "3");
  ExpireAt("gone", now() + 1);
  clock_.AdvanceMs(1);
  Run([](Operation& operation) {
    operation.PushBack("list", "x");
    return 0;
  });
  const auto scan = [&](const KeyScanOptions& options) {
    return Run([&](Operation& operation) {
      const KeyScanResult result = KeyScan(operation, 0, options);
      EXPECT_EQ(result.cursor, 0u);
      return std::set<std::string>(result.keys.begin(), result.keys.end());
    });
  };
  EXPECT_EQ(scan({.count = 100}), (std::set<std::string>{"one", "two", "list"}));
  EXPECT_EQ(scan({.pattern = "*o*", .count = 100}), (std::set<std::string>{"one", "two"}));
  EXPECT_EQ(scan({.type_name = "LIST", .count = UINT64_MAX}), (std::set<std::string>{"list"}));
  EXPECT_EQ(scan({.type_name = "zset", .count = 100}), std::set<std::string>());
}

TEST_F(KeysTest, FlushAndSwap) {
  SetString("k", "0");
  EXPECT_TRUE(*Copy("k", 1, "k"));
  EXPECT_TRUE(*Copy("k", 2, "other"));
  Run([](Operation& operation) {
    FlushDatabase(operation, 7);
    return 0;
  });
  EXPECT_EQ(effects(), 0u);  // there was nothing in it
  Run([](Operation& operation) {
    SwapDatabases(operation, 1, 2);
    SwapDatabases(operation, 3, 3);
    return 0;
  });
  EXPECT_EQ(effects(), 1u);
  EXPECT_EQ(Get(1, "other"), "0");
  EXPECT_EQ(Get(2, "other"), "(absent)");
  Run([](Operation& operation) {
    FlushDatabase(operation, 1);
    return 0;
  });
  EXPECT_EQ(Get(1, "other"), "(absent)");
  EXPECT_EQ(Get(2, "k"), "0");
  Run([](Operation& operation) {
    FlushAllDatabases(operation);
    return 0;
  });
  EXPECT_EQ(Get(2, "k"), "(absent)");
  EXPECT_EQ(Run([](Operation& operation) { return KeyCount(operation); }), 0u);
}

TEST_F(KeysTest, Databases) {
  uint32_t database = 99;
  EXPECT_TRUE(CheckDatabase(0, &database).ok());
  EXPECT_EQ(database, 0u);
  EXPECT_TRUE(CheckDatabase(limits::kDatabases - 1, &database).ok());
  EXPECT_EQ(database, limits::kDatabases - 1);
  for (const int64_t index :
       {int64_t{-1}, int64_t{limits::kDatabases}, int64_t{1} << 32, kMost, kLeast}) {
    EXPECT_EQ(CheckDatabase(index, &database).code(), Code::kOutOfRange) << index;
  }
}

TEST(ExpiryTest, DeadlinesThatFit) {
  int64_t deadline = 7;
  EXPECT_TRUE(DeadlineAfter(1000, 2, TimeUnit::kSeconds, &deadline));
  EXPECT_EQ(deadline, 3000);
  EXPECT_TRUE(DeadlineAfter(1000, -2, TimeUnit::kMilliseconds, &deadline));
  EXPECT_EQ(deadline, 998);
  EXPECT_TRUE(DeadlineAfter(0, kMost, TimeUnit::kMilliseconds, &deadline));
  EXPECT_EQ(deadline, kMost);
  EXPECT_TRUE(DeadlineAfter(5, kLeast, TimeUnit::kMilliseconds, &deadline));
  EXPECT_EQ(deadline, kLeast + 5);
  deadline = 7;
  EXPECT_FALSE(DeadlineAfter(1, kMost, TimeUnit::kMilliseconds, &deadline));
  EXPECT_FALSE(DeadlineAfter(0, kMost, TimeUnit::kSeconds, &deadline));
  EXPECT_FALSE(DeadlineAfter(0, kLeast, TimeUnit::kSeconds, &deadline));
  EXPECT_FALSE(DeadlineAfter(0, kMost / 1000 + 1, TimeUnit::kSeconds, &deadline));
  EXPECT_EQ(deadline, 7);
}

}  // namespace
}  // namespace kontor::verbs
