// Where records live: the arena and the slab.

#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <new>
#include <vector>

#include "base/random.h"
#include "keyspace/arena.h"
#include "keyspace/slab.h"

namespace kontor {
namespace {

TEST(ArenaTest, GivesWholeRunsAndTakesThemBack) {
  Arena arena;
  std::vector<void*> runs;
  for (int i = 0; i < 200; ++i) {
    void* const run = arena.Allocate(1);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(run) % Arena::kRunBytes, 0u);
    std::memset(run, i, Arena::kRunBytes);
    runs.push_back(run);
  }
  EXPECT_EQ(arena.used_bytes(), 200 * Arena::kRunBytes);
  for (int i = 0; i < 200; ++i) {
    EXPECT_EQ(static_cast<unsigned char*>(runs[static_cast<size_t>(i)])[Arena::kRunBytes - 1], i);
    arena.Free(runs[static_cast<size_t>(i)], 1);
  }
  EXPECT_EQ(arena.used_bytes(), 0u);
}

TEST(ArenaTest, FreedMemoryStaysReadable) {
  Arena arena;
  auto* const chunk = static_cast<char*>(arena.Allocate(Arena::kRunsPerChunk));
  std::memset(chunk, 'x', Arena::kChunkBytes);
  arena.Free(chunk, Arena::kRunsPerChunk);
  // Its memory went back to the system, its addresses did not; not even those of a page beyond.
  EXPECT_EQ(chunk[0], 0);
  EXPECT_EQ(chunk[Arena::kChunkBytes + 4095], 0);
}

TEST(ArenaTest, RunsInARowNeverOverlap) {
  Arena arena;
  Random random(11);
  std::map<char*, size_t> taken;
  for (int i = 0; i < 2000; ++i) {
    if (random.OneIn(2) || taken.empty()) {
      const size_t runs = 1 + random.Below(random.OneIn(8) ? 64 : 4);
      auto* const at = static_cast<char*>(arena.Allocate(runs));
      const auto next = taken.lower_bound(at);
      if (next != taken.end()) {
        ASSERT_LE(at + runs * Arena::kRunBytes, next->first);
      }
      if (next != taken.begin()) {
        const auto before = std::prev(next);
        ASSERT_LE(before->first + before->second * Arena::kRunBytes, at);
      }
      taken.emplace(at, runs);
    } else {
      const auto chosen =
          std::next(taken.begin(), static_cast<ptrdiff_t>(random.Below(taken.size())));
      arena.Free(chosen->first, chosen->second);
      taken.erase(chosen);
    }
  }
  size_t runs = 0;
  for (const auto& [at, count] : taken) runs += count;
  EXPECT_EQ(arena.used_bytes(), runs * Arena::kRunBytes);
}

TEST(ArenaTest, ALimitIsKept) {
  Arena arena;
  arena.set_limit_bytes(2 * Arena::kRunBytes);
  void* const first = arena.Allocate(1);
  EXPECT_THROW(arena.Allocate(2), std::bad_alloc);
  arena.Free(first, 1);
  arena.Free(arena.Allocate(2), 2);
}

TEST(SlabTest, EverySizeIsAlignedAndItsOwn) {
  Arena arena;
  Slab slab(&arena);
  std::vector<std::pair<unsigned char*, size_t>> taken;
  for (size_t bytes = 1; bytes <= 6000; bytes += bytes < 300 ? 1 : 97) {
    for (int i = 0; i < 20; ++i) {
      auto* const memory = static_cast<unsigned char*>(slab.Allocate(bytes));
      EXPECT_EQ(reinterpret_cast<uintptr_t>(memory) % 8, 0u);
      if (bytes % 64 == 0) {
        EXPECT_EQ(reinterpret_cast<uintptr_t>(memory) % 64, 0u) << bytes;
      }
      EXPECT_GE(Slab::RoundUp(bytes), bytes);
      std::memset(memory, static_cast<int>(taken.size()), bytes);
      taken.emplace_back(memory, bytes);
    }
  }
  for (size_t i = 0; i < taken.size(); ++i) {
    const auto [memory, bytes] = taken[i];
    ASSERT_EQ(memory[0], static_cast<unsigned char>(i)) << bytes;
    ASSERT_EQ(memory[bytes - 1], static_cast<unsigned char>(i)) << bytes;
    slab.Free(memory, bytes);
  }
  EXPECT_EQ(slab.used_bytes(), 0u);
}

TEST(SlabTest, FreedMemoryIsUsedAgainAndEmptyRunsGoBack) {
  Arena arena;
  Slab slab(&arena);
  std::vector<void*> taken;
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 10000; ++i) taken.push_back(slab.Allocate(88));
    const size_t at_most = arena.used_bytes();
    EXPECT_LE(at_most, 10000 * 88 * 11 / 10);
    for (void* memory : taken) slab.Free(memory, 88);
    taken.clear();
    EXPECT_LE(arena.used_bytes(), Arena::kRunBytes) << "one is kept for the next";
  }
}

TEST(SlabTest, OneEmptyRunIsKeptForAllClassesTogether) {
  Arena arena;
  Slab slab(&arena);
  for (int round = 0; round < 2; ++round) {
    std::map<size_t, void*> taken;
    for (const size_t bytes : {8u, 64u, 88u, 512u, 1000u}) taken[bytes] = slab.Allocate(bytes);
    EXPECT_EQ(arena.used_bytes(), 5 * Arena::kRunBytes);
    for (const auto& [bytes, memory] : taken) slab.Free(memory, bytes);
    EXPECT_EQ(arena.used_bytes(), Arena::kRunBytes);
  }
  const auto moves_nothing = [](void*, void*, size_t) { return false; };
  EXPECT_TRUE(slab.Compact(moves_nothing));
  EXPECT_EQ(arena.used_bytes(), 0u);
  EXPECT_FALSE(slab.Compact(moves_nothing));
}

}  // namespace
}  // namespace kontor
