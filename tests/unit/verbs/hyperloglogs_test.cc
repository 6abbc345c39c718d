#include "verbs/hyperloglogs.h"

#include <string>
#include <vector>

#include "unit/verbs/core_fixture.h"

namespace kontor::verbs {
namespace {

class HyperLogLogsTest : public CoreTest {
 protected:
  Result<bool> Add(Bytes key, const std::vector<std::string>& elements) {
    const std::vector<Bytes> borrowed(elements.begin(), elements.end());
    return Run([&](Operation& operation) { return HyperLogLogAdd(operation, key, borrowed); });
  }
  Result<uint64_t> Count(Bytes key) {
    return Run([&](Operation& operation) { return HyperLogLogCount(operation, key); });
  }
  Result<uint64_t> CountUnion(const std::vector<Bytes>& keys) {
    return Run([&](Operation& operation) { return HyperLogLogCountUnion(operation, keys); });
  }
  Status Merge(Bytes target, const std::vector<Bytes>& sources) {
    return Run([&](Operation& operation) { return HyperLogLogMerge(operation, target, sources); });
  }
  bool IsDense(Bytes key) {
    return *Run([&](Operation& operation) { return HyperLogLogIsDense(operation, key); });
  }
  Result<bool> MakeDense(Bytes key) {
    return Run([&](Operation& operation) { return HyperLogLogMakeDense(operation, key); });
  }
  const char* BytesOf(Bytes key) {
    return Run([&](Operation& operation) { return operation.Find(key)->text().data(); });
  }
  int64_t later() { return clock_.UnixMs() + 1000; }
};

TEST_F(HyperLogLogsTest, WhatChangesNothingWritesNothing) {
  EXPECT_TRUE(*Add("h", {"a", "b"}));
  EXPECT_EQ(effects(), 1u);
  for (const bool dense : {false, true}) {
    if (dense) {
      EXPECT_TRUE(*MakeDense("h"));
      EXPECT_FALSE(*MakeDense("h"));
    }
    EXPECT_EQ(IsDense("h"), dense);
    EXPECT_FALSE(*Add("h", {"b", "a"}));
    EXPECT_EQ(effects(), 0u);
    EXPECT_FALSE(*Add("h", {}));
    EXPECT_EQ(effects(), 0u);
  }
}

TEST_F(HyperLogLogsTest, OnlyTheFirstCountWrites) {
  EXPECT_EQ(*Count("h"), 0u);
  EXPECT_EQ(effects(), 0u);
  EXPECT_TRUE(*Add("h", {"a", "b"}));
  EXPECT_EQ(*CountUnion({"h", "h"}), 2u);
  EXPECT_EQ(effects(), 0u);
  EXPECT_EQ(*Count("h"), 2u);
  EXPECT_EQ(effects(), 1u);
  EXPECT_EQ(*Count("h"), 2u);
  EXPECT_EQ(effects(), 0u);
}

TEST_F(HyperLogLogsTest, ADenseSketchIsWrittenInPlace) {
  EXPECT_TRUE(*Add("h", {"a"}));
  EXPECT_TRUE(*MakeDense("h"));
  ExpireAt("h", later());
  const char* const before = BytesOf("h");
  EXPECT_EQ(*Count("h"), 1u);
  // The note that the estimate is old, and the register.
  EXPECT_TRUE(*Add("h", {"b"}));
  EXPECT_EQ(effects(), 2u);
  EXPECT_TRUE(*Add("h", {"c"}));
  EXPECT_EQ(effects(), 1u);
  // Far apart, and still one write.
  EXPECT_TRUE(*Add("h", {"d", "e", "f", "g"}));
  EXPECT_EQ(effects(), 1u);
  EXPECT_EQ(*Count("h"), 7u);
  EXPECT_EQ(BytesOf("h"), before);
  EXPECT_EQ(DeadlineOf("h"), later());
}

TEST_F(HyperLogLogsTest, ASparseSketchKeepsItsDeadline) {
  EXPECT_TRUE(*Add("h", {"a"}));
  ExpireAt("h", later());
  EXPECT_TRUE(*Add("h", {"b"}));
  EXPECT_EQ(DeadlineOf("h"), later());
  EXPECT_TRUE(*Add("i", {"c"}));
  EXPECT_TRUE(Merge("h", {"i"}).ok());
  EXPECT_EQ(DeadlineOf("h"), later());
  EXPECT_EQ(*Count("h"), 3u);
  EXPECT_TRUE(*MakeDense("h"));
  EXPECT_EQ(DeadlineOf("h"), later());
}

TEST_F(HyperLogLogsTest, OneDenseSourceMakesTheTargetDense) {
  EXPECT_TRUE(*Add("a", {"1", "2"}));
  EXPECT_TRUE(*Add("b", {"2", "3"}));
  EXPECT_TRUE(Merge("sparse", {"a", "b", "nothing"}).ok());
  EXPECT_FALSE(IsDense("sparse"));
  EXPECT_TRUE(*MakeDense("b"));
  EXPECT_TRUE(Merge("dense", {"a", "b"}).ok());
  EXPECT_TRUE(IsDense("dense"));
  EXPECT_EQ(*Count("sparse"), 3u);
  EXPECT_EQ(*Count("dense"), 3u);
  EXPECT_EQ(*CountUnion({"a", "b"}), 3u);
}

TEST_F(HyperLogLogsTest, WhatIsNoSketchIsRefusedUnchanged) {
  SetString("text", "hello, this is no sketch");
  SetString("corrupt", Bytes("HYLL\1\0\0\0\0\0\0\0\0\0\0\x80\x3f", 17));
  EXPECT_TRUE(*Add("h", {"a"}));
  const auto expect_refused = [&](Bytes key, Code code) {
    EXPECT_EQ(Count(key).code(), code);
    EXPECT_EQ(effects(), 0u);
    EXPECT_EQ(CountUnion({"h", key}).code(), code);
    EXPECT_EQ(Merge("h", {key}).code(), code);
    EXPECT_EQ(effects(), 0u);
    EXPECT_EQ(Merge(key, {"h"}).code(), code);
    EXPECT_EQ(effects(), 0u);
    EXPECT_EQ(Add(key, {"a", "b", "c", "d", "e"}).code(), code);
    EXPECT_EQ(effects(), 0u);
    EXPECT_EQ(MakeDense(key).code(), code);
    EXPECT_EQ(effects(), 0u);
  };
  expect_refused("text", Code::kWrongType);
  expect_refused("corrupt", Code::kCorrupt);
  EXPECT_EQ(MakeDense("nothing").code(), Code::kNotFound);
}

TEST(HyperLogLogSelfTestTest, Passes) { EXPECT_TRUE(HyperLogLogSelfTest().ok()); }

}  // namespace
}  // namespace kontor::verbs
