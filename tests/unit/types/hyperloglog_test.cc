#include "types/hyperloglog.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>
#include <string>

#include "base/random.h"
#include "unit/test_seed.h"

namespace kontor {
namespace {

using Raised = HyperLogLog::Raised;

std::string ElementNumber(int i) { return "element:" + std::to_string(i); }

HyperLogLog DenseOne() {
  HyperLogLog sketch;
  EXPECT_TRUE(sketch.MakeDense());
  return sketch;
}

HyperLogLog::Registers RegistersOf(Bytes sketch) {
  HyperLogLog::Registers registers{};
  EXPECT_TRUE(HyperLogLog::Merge(sketch, &registers));
  return registers;
}

// A sparse sketch of these codes.
std::string Sparse(const std::string& codes) {
  return std::string("HYLL\1\0\0\0\0\0\0\0\0\0\0\x80", 16) + codes;
}
const std::string kAllZeros = "\x7f\xff";

uint64_t Fnv1a(Bytes bytes) {
  uint64_t hash = 0xcbf29ce484222325u;
  for (const char byte : bytes) hash = (hash ^ static_cast<uint8_t>(byte)) * 0x100000001b3u;
  return hash;
}

// The strings and the estimates of redis-server 7.0.15.
TEST(HyperLogLogTest, IsTheStringThatRedisMakes) {
  HyperLogLog abc;
  for (const Bytes element : {"a", "b", "c"}) EXPECT_EQ(abc.Add(element), Raised::kYes);
  abc.ForgetEstimate();
  EXPECT_EQ(abc.bytes(), Sparse("`\xf3\x80P\xb1\x84K\xfb\x80"
                                "BZ"));

  struct Golden {
    int elements;
    uint64_t estimate;
    size_t bytes;
    uint64_t hash;  // of the string, the estimate within
  };
  constexpr Golden kGolden[] = {
      {1, 1, 21, 0xee0dc2daee4050acu},
      {10, 10, 48, 0x911d310964ebaba7u},
      {100, 99, 285, 0x033e4e4e6be9ec79u},
      {1000, 997, 1897, 0xb2a2cc508fc5ee31u},
      {1500, 1500, 2722, 0xac1c3b14462300f7u},
      {10000, 10017, 12304, 0x3feb9deff73f099fu},
      {100000, 100039, 12304, 0xf9c01647cea59fddu},
  };
  HyperLogLog sketch;
  int added = 0;
  for (const Golden& golden : kGolden) {
    for (; added < golden.elements; ++added) sketch.Add(ElementNumber(added));
    EXPECT_EQ(HyperLogLog::Estimate(sketch.bytes()), golden.estimate);
    EXPECT_EQ(HyperLogLog::Estimate(RegistersOf(sketch.bytes())), golden.estimate);
    std::string counted(sketch.bytes());
    const auto estimate = HyperLogLog::EncodeEstimate(golden.estimate);
    std::memcpy(counted.data() + HyperLogLog::kEstimateOffset, estimate.data(), estimate.size());
    EXPECT_EQ(HyperLogLog::LastEstimate(counted), golden.estimate);
    EXPECT_EQ(counted.size(), golden.bytes);
    EXPECT_EQ(Fnv1a(counted), golden.hash) << golden.elements;
  }
}

TEST(HyperLogLogTest, AnElementOfAnyLengthHasItsPlace) {
  // Lengths around the eight bytes that the hash takes at once; equal elements are equal.
  HyperLogLog sketch;
  std::string element;
  for (int length = 0; length < 40; ++length, element += 'x') {
    EXPECT_EQ(sketch.Add(element), Raised::kYes) << length;
    EXPECT_EQ(sketch.Add(element), Raised::kNo) << length;
  }
  EXPECT_EQ(HyperLogLog::Estimate(sketch.bytes()), 40u);
}

TEST(HyperLogLogTest, DenseRegistersAreSixBitsEach) {
  const uint64_t seed = TestSeed();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  HyperLogLog sketch = DenseOne();
  HyperLogLog::Registers model{};
  for (int i = 0; i < 100000; ++i) {
    const size_t index = i < 4 ? HyperLogLog::kRegisters - 1 - static_cast<size_t>(i)
                               : random.Below(HyperLogLog::kRegisters);
    const auto value = static_cast<uint8_t>(1 + random.Below(63));
    ASSERT_EQ(sketch.Raise(index, value), value > model[index] ? Raised::kYes : Raised::kNo);
    model[index] = std::max(model[index], value);
  }
  EXPECT_EQ(RegistersOf(sketch.bytes()), model);
  EXPECT_EQ(sketch.bytes().size(), HyperLogLog::kDenseBytes);
}

TEST(HyperLogLogTest, SparseRegistersAreTheSame) {
  const uint64_t seed = TestSeed();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  for (int round = 0; round < 200; ++round) {
    HyperLogLog sketch;
    HyperLogLog::Registers model{};
    const uint64_t span = random.OneIn(2) ? HyperLogLog::kRegisters : 300;
    const uint64_t largest = random.OneIn(2) ? 3 : 32;
    for (uint64_t i = random.Below(400); i > 0; --i) {
      const size_t index = random.Below(span);
      const auto value = static_cast<uint8_t>(1 + random.Below(largest));
      ASSERT_EQ(sketch.Raise(index, value), value > model[index] ? Raised::kYes : Raised::kNo);
      model[index] = std::max(model[index], value);
    }
    ASSERT_FALSE(HyperLogLog::IsDense(sketch.bytes()));
    ASSERT_EQ(RegistersOf(sketch.bytes()), model);
    const std::string sparse(sketch.bytes());
    ASSERT_TRUE(sketch.MakeDense());
    ASSERT_TRUE(HyperLogLog::IsDense(sketch.bytes()));
    ASSERT_TRUE(HyperLogLog::IsSketch(sketch.bytes()));
    ASSERT_EQ(RegistersOf(sketch.bytes()), model);
    ASSERT_EQ(HyperLogLog::Estimate(sketch.bytes()), HyperLogLog::Estimate(sparse));
  }
}

TEST(HyperLogLogTest, RunsAreSplitAndJoined) {
  HyperLogLog sketch;
  const auto raise = [&](size_t index, uint8_t value) {
    EXPECT_EQ(sketch.Raise(index, value), Raised::kYes);
    return HyperLogLog::Describe(sketch.bytes());
  };
  EXPECT_EQ(HyperLogLog::Describe(sketch.bytes()), "Z:16384");
  EXPECT_EQ(raise(1000, 2), "Z:1000 v:2,1 Z:15383");
  EXPECT_EQ(raise(1001, 2), "Z:1000 v:2,2 Z:15382");
  EXPECT_EQ(raise(1003, 2), "Z:1000 v:2,2 z:1 v:2,1 Z:15380");
  EXPECT_EQ(raise(1002, 2), "Z:1000 v:2,4 Z:15380");
  EXPECT_EQ(raise(1004, 2), "Z:1000 v:2,4 v:2,1 Z:15379");
  EXPECT_EQ(raise(1002, 5), "Z:1000 v:2,2 v:5,1 v:2,2 Z:15379");
  EXPECT_EQ(raise(0, 1), "v:1,1 Z:999 v:2,2 v:5,1 v:2,2 Z:15379");
  EXPECT_EQ(raise(16383, 32), "v:1,1 Z:999 v:2,2 v:5,1 v:2,2 Z:15378 v:32,1");
  EXPECT_EQ(raise(64, 1), "v:1,1 z:63 v:1,1 Z:935 v:2,2 v:5,1 v:2,2 Z:15378 v:32,1");
}

TEST(HyperLogLogTest, BecomesDenseBeyond3000Bytes) {
  // "v:1,1 z:2 v:1,1 z:2 ... Z:n", and the same behind "z:1": the one comes to 2999 bytes, the
  // other to 3000, and both would have 3001 or more with the next register.
  for (const size_t first : {0u, 1u}) {
    HyperLogLog sketch;
    size_t raised = 0;
    while (!HyperLogLog::IsDense(sketch.bytes())) {
      ASSERT_LE(sketch.bytes().size(), HyperLogLog::kMostSparseBytes);
      ASSERT_EQ(sketch.Raise(first + 3 * raised, 1), Raised::kYes);
      ++raised;
    }
    EXPECT_EQ(raised, 1492u);
    EXPECT_EQ(RegistersOf(sketch.bytes())[first + 3 * 1491], 1);
  }
}

TEST(HyperLogLogTest, BecomesDenseForALargeValue) {
  HyperLogLog sketch;
  EXPECT_EQ(sketch.Raise(7, 32), Raised::kYes);
  EXPECT_FALSE(HyperLogLog::IsDense(sketch.bytes()));
  EXPECT_EQ(sketch.Raise(7, 33), Raised::kYes);
  EXPECT_TRUE(HyperLogLog::IsDense(sketch.bytes()));
  EXPECT_EQ(RegistersOf(sketch.bytes())[7], 33);
}

TEST(HyperLogLogTest, OfADenseOneItIsKnownWhatChangesNothing) {
  HyperLogLog sketch = DenseOne();
  for (int i = 0; i < 3000; ++i) {
    const std::string element = ElementNumber(i);
    const bool covered = HyperLogLog::DenseCovers(sketch.bytes(), element);
    ASSERT_EQ(sketch.Add(element), covered ? Raised::kNo : Raised::kYes);
    ASSERT_TRUE(HyperLogLog::DenseCovers(sketch.bytes(), element));
  }
}

TEST(HyperLogLogTest, TheEstimateIsForgotten) {
  std::string bytes(HyperLogLog().bytes());
  EXPECT_EQ(HyperLogLog::LastEstimate(bytes), 0u);
  bytes.replace(8, 8, "\x01\x02\x03\x04\x05\x06\x07\x08");
  EXPECT_EQ(HyperLogLog::LastEstimate(bytes), 0x0807060504030201u);
  HyperLogLog sketch(bytes);
  sketch.ForgetEstimate();
  EXPECT_EQ(HyperLogLog::LastEstimate(sketch.bytes()), std::nullopt);
  EXPECT_EQ(sketch.bytes().substr(8, 8), "\x01\x02\x03\x04\x05\x06\x07\x88");
}

TEST(HyperLogLogTest, MergingTakesTheLargerRegisters) {
  HyperLogLog even;
  HyperLogLog odd = DenseOne();
  HyperLogLog all;
  for (int i = 0; i < 1000; ++i) {
    (i % 2 == 0 ? even : odd).Add(ElementNumber(i));
    all.Add(ElementNumber(i));
  }
  HyperLogLog::Registers merged = RegistersOf(even.bytes());
  EXPECT_TRUE(HyperLogLog::Merge(odd.bytes(), &merged));
  EXPECT_EQ(merged, RegistersOf(all.bytes()));
}

TEST(HyperLogLogTest, RegistersThatNoElementMakesAreInfinitelyMany) {
  HyperLogLog::Registers registers;
  registers.fill(63);
  EXPECT_EQ(HyperLogLog::Estimate(registers), uint64_t{1} << 63);
  registers.fill(0);
  EXPECT_EQ(HyperLogLog::Estimate(registers), 0u);
}

TEST(HyperLogLogTest, WhatIsNoSketch) {
  const std::string sparse(HyperLogLog().bytes());
  const std::string dense(DenseOne().bytes());
  EXPECT_TRUE(HyperLogLog::IsSketch(sparse));
  EXPECT_TRUE(HyperLogLog::IsSketch(sparse.substr(0, 16)));
  EXPECT_TRUE(HyperLogLog::IsSketch(dense));
  EXPECT_FALSE(HyperLogLog::IsSketch(""));
  EXPECT_FALSE(HyperLogLog::IsSketch(sparse.substr(0, 15)));
  EXPECT_FALSE(HyperLogLog::IsSketch("HYLK" + sparse.substr(4)));
  EXPECT_FALSE(HyperLogLog::IsSketch("HYLL\2" + sparse.substr(5)));
  EXPECT_FALSE(HyperLogLog::IsSketch(dense.substr(1)));
  EXPECT_FALSE(HyperLogLog::IsSketch(dense.substr(0, dense.size() - 1)));
  EXPECT_FALSE(HyperLogLog::IsSketch(dense + "x"));
}

TEST(HyperLogLogTest, TooManyRegistersOrTooFewAreCorrupt) {
  EXPECT_EQ(HyperLogLog::Estimate(Sparse(kAllZeros)), 0u);
  // A code that breaks off goes on with a zero.
  EXPECT_EQ(HyperLogLog::Estimate(Sparse(std::string(255, '\0') + "\x7f")), 0u);
  EXPECT_EQ(HyperLogLog::Estimate(Sparse(std::string(254, '\0') + "\x7f")), std::nullopt);
  for (const std::string& codes :
       {std::string(), std::string("\x7f\xfe"), kAllZeros + std::string(1, '\0'),
        kAllZeros + "\x80", kAllZeros + kAllZeros, "\x80" + kAllZeros,
        std::string("\x7f\xfe\x81")}) {
    const std::string sketch = Sparse(codes);
    HyperLogLog::Registers registers{};
    HyperLogLog copy(sketch);
    EXPECT_EQ(HyperLogLog::Estimate(sketch), std::nullopt);
    EXPECT_FALSE(HyperLogLog::Merge(sketch, &registers));
    EXPECT_FALSE(copy.MakeDense());
    EXPECT_EQ(copy.bytes(), sketch);
    EXPECT_EQ(copy.Raise(3, 33), Raised::kCorrupt);
    EXPECT_EQ(copy.bytes(), sketch);
  }
  HyperLogLog short_one(Sparse("\x3f"));
  EXPECT_EQ(short_one.Raise(64, 1), Raised::kCorrupt);
  EXPECT_EQ(short_one.Raise(63, 1), Raised::kYes);
  HyperLogLog broken(Sparse("\x40"));
  EXPECT_EQ(broken.Raise(0, 1), Raised::kCorrupt);
}

TEST(HyperLogLogTest, AnyBytesAreBorne) {
  const uint64_t seed = TestSeed();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  for (int round = 0; round < 1000; ++round) {
    const bool dense = random.OneIn(10);
    std::string made = dense ? std::string(DenseOne().bytes()) : Sparse("");
    if (!dense) made.resize(16 + random.Below(random.OneIn(10) ? 4000 : 60));
    for (size_t i = 5; i < made.size(); ++i) made[i] = static_cast<char>(random.Next());
    // Exactly so large on the heap, so that a sanitizer sees every byte beyond.
    const auto exact = std::make_unique<char[]>(made.size());
    std::memcpy(exact.get(), made.data(), made.size());
    const Bytes sketch(exact.get(), made.size());
    ASSERT_TRUE(HyperLogLog::IsSketch(sketch));
    HyperLogLog::Registers registers{};
    const bool whole = HyperLogLog::Merge(sketch, &registers);
    EXPECT_EQ(HyperLogLog::Estimate(sketch).has_value(), whole);
    if (!dense) static_cast<void>(HyperLogLog::Describe(sketch));
    if (dense) static_cast<void>(HyperLogLog::DenseCovers(sketch, "element"));
    HyperLogLog copy(sketch);
    for (int i = 0; i < 20; ++i) {
      const Raised raised = copy.Add(ElementNumber(i));
      EXPECT_TRUE(!whole || raised != Raised::kCorrupt);
    }
    EXPECT_EQ(HyperLogLog(sketch).MakeDense(), whole);
  }
}

TEST(HyperLogLogTest, AnEndlessDescriptionIsRefused) {
  const std::string runs(HyperLogLog::kRegisters, '\0');
  EXPECT_TRUE(HyperLogLog::Describe(Sparse(runs)).has_value());
  EXPECT_FALSE(HyperLogLog::Describe(Sparse(runs + std::string(1, '\0'))).has_value());
}

}  // namespace
}  // namespace kontor
