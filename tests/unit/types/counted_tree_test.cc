#include "types/counted_tree.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"
#include "unit/test_seed.h"
#include "unit/types/memory.h"
#include "unit/types/tree_inspector.h"

namespace kontor {
namespace {

using testing_memory::live_bytes;
using testing_memory::UntilItSucceeds;
using testing_memory::WithoutMemory;

// As large as what streams put in; what sorted sets do is smaller. Only the number is compared.
struct Numbered {
  uint64_t number;
  uint64_t negated;
  uint64_t squared;
};
struct ByNumber {
  bool operator()(const Numbered& one, const Numbered& other) const {
    return one.number < other.number;
  }
};
using Tree = CountedTree<Numbered, ByNumber>;
using Inspector = TreeInspector<Tree>;
using Model = std::vector<uint64_t>;  // in order

Numbered Of(uint64_t number) { return {number, ~number, number * number}; }

Model EntriesOf(const Tree& tree) {
  Model entries;
  tree.ForEach([&](const Numbered& each) {
    EXPECT_EQ(each.negated, ~each.number);
    EXPECT_EQ(each.squared, each.number * each.number);
    entries.push_back(each.number);
  });
  return entries;
}

Model EntriesBackwards(const Tree& tree) {
  Model entries;
  if (tree.size() == 0) return entries;
  for (Tree::Iterator each = tree.From(tree.size() - 1); each.valid(); each.Previous()) {
    entries.push_back(each.entry().number);
  }
  std::reverse(entries.begin(), entries.end());
  return entries;
}

// The numbers below `count`, in some order.
Model Shuffled(uint64_t count, Random* random) {
  Model numbers(count);
  std::iota(numbers.begin(), numbers.end(), 0);
  for (size_t i = numbers.size(); i > 1; --i) std::swap(numbers[i - 1], numbers[random->Below(i)]);
  return numbers;
}

void ExpectSame(const Tree& tree, const Model& model) {
  Inspector::Check(tree);
  ASSERT_EQ(tree.size(), model.size());
  ASSERT_TRUE(EntriesOf(tree) == model);
  ASSERT_TRUE(EntriesBackwards(tree) == model);
}

// Everything that can be asked about one number and one rank.
void ExpectSameAt(const Tree& tree, const Model& model, uint64_t number, size_t rank) {
  const auto at = std::lower_bound(model.begin(), model.end(), number);
  const auto below = static_cast<size_t>(at - model.begin());
  const auto is_below = [&](const Numbered& each) { return each.number < number; };
  ASSERT_EQ(tree.RankOf(Of(number)), below);
  ASSERT_EQ(tree.CountWhile(is_below), below);
  const Tree::Iterator first = tree.SkipWhile(is_below);
  ASSERT_EQ(first.valid(), at != model.end());
  if (first.valid()) {
    ASSERT_EQ(first.entry().number, *at);
  }
  const Tree::Iterator ranked = tree.From(rank);
  ASSERT_EQ(ranked.valid(), rank < model.size());
  if (ranked.valid()) {
    ASSERT_EQ(ranked.entry().number, model[rank]);
  }
}

void ChangeOften(Random* random, Tree* tree, Model* model) {
  constexpr uint64_t kNumbers = 8000;
  for (const uint64_t inserts_in_ten : {9u, 5u, 1u, 7u, 3u, 0u}) {
    for (int step = 0; step < 6000; ++step) {
      const uint64_t number = random->Below(kNumbers);
      const auto at = std::lower_bound(model->begin(), model->end(), number);
      const bool there = at != model->end() && *at == number;
      if (random->Below(10) < inserts_in_ten) {
        ASSERT_EQ(tree->Insert(Of(number)), !there);
        if (!there) model->insert(at, number);
      } else {
        ASSERT_EQ(tree->Erase(Of(number)), there);
        if (there) model->erase(at);
      }
      ASSERT_NO_FATAL_FAILURE(
          ExpectSameAt(*tree, *model, random->Below(kNumbers), random->Below(model->size() + 2)));
      if (step % 200 == 0) {
        ASSERT_NO_FATAL_FAILURE(ExpectSame(*tree, *model));
      }
    }
  }
}

TEST(CountedTreeTest, AgreesWithASortedVectorUnderRandomChanges) {
  const uint64_t seed = TestSeed();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  Tree tree;
  Model model;
  ChangeOften(&random, &tree, &model);
}

TEST(CountedTreeTest, AnEmptyOneTakesNothingAndHasNothing) {
  Tree tree;
  EXPECT_EQ(tree.memory_bytes(), 0u);
  EXPECT_FALSE(tree.From(0).valid());
  EXPECT_FALSE(tree.SkipWhile([](const Numbered&) { return true; }).valid());
  EXPECT_EQ(tree.RankOf(Of(7)), 0u);
  EXPECT_FALSE(tree.Erase(Of(7)));
  tree.Insert(Of(7));
  EXPECT_TRUE(tree.Erase(Of(7)));
  EXPECT_EQ(tree.memory_bytes(), 0u);
}

TEST(CountedTreeTest, MemoryIsCounted) {
  Random random(3);
  const Model numbers = Shuffled(50000, &random);
  const size_t live_before = live_bytes;
  Tree tree;
  for (size_t count = 0; count < numbers.size(); ++count) {
    ASSERT_EQ(tree.memory_bytes(), live_bytes - live_before);
    tree.Insert(Of(numbers[count]));
  }
  for (const uint64_t number : numbers) {
    ASSERT_EQ(tree.memory_bytes(), live_bytes - live_before);
    tree.Erase(Of(number));
  }
  EXPECT_EQ(live_bytes, live_before);
  for (const uint64_t number : numbers) tree.Insert(Of(number));
  tree = Tree();
  EXPECT_EQ(live_bytes, live_before);
}

TEST(CountedTreeTest, LargeOnesGrowAndShrinkInAnyOrder) {
  constexpr uint64_t kCount = 200000;
  Random random(3);
  Model numbers = Shuffled(kCount, &random);
  Tree tree;
  for (const uint64_t number : numbers) ASSERT_TRUE(tree.Insert(Of(number)));
  EXPECT_GE(Inspector::height(tree), 3u);
  Model all(kCount);
  std::iota(all.begin(), all.end(), 0);
  ASSERT_NO_FATAL_FAILURE(ExpectSame(tree, all));
  for (uint64_t number = 0; number < kCount; ++number) {
    ASSERT_EQ(tree.RankOf(Of(number)), number);
    ASSERT_EQ(tree.From(number).entry().number, number);
  }
  const size_t full_bytes = tree.memory_bytes();
  while (numbers.size() > kCount / 10) {
    ASSERT_TRUE(tree.Erase(Of(numbers.back())));
    numbers.pop_back();
  }
  Model left = numbers;
  std::sort(left.begin(), left.end());
  ASSERT_NO_FATAL_FAILURE(ExpectSame(tree, left));
  EXPECT_LE(tree.memory_bytes(), full_bytes / 4);
  for (const uint64_t number : numbers) ASSERT_TRUE(tree.Erase(Of(number)));
  EXPECT_EQ(tree.memory_bytes(), 0u);
}

TEST(CountedTreeTest, WhatComesInOrderFillsItsNodes) {
  constexpr uint64_t kCount = 100000;
  Tree tree;
  for (uint64_t number = 0; number < kCount; ++number) tree.Insert(Of(number));
  EXPECT_LE(tree.memory_bytes(), kCount * sizeof(Numbered) * 6 / 5);
  Inspector::Check(tree);
  // A queue: it comes at one end and goes at the other.
  const size_t most = tree.memory_bytes() + 8192;
  for (uint64_t number = 0; number < kCount; ++number) {
    tree.Insert(Of(kCount + number));
    ASSERT_TRUE(tree.Erase(Of(number)));
    ASSERT_LE(tree.memory_bytes(), most);
  }
  Inspector::Check(tree);
  EXPECT_EQ(tree.From(0).entry().number, kCount);
}

TEST(CountedTreeTest, WhatComesInAnotherOrderFillsMostOfThem) {
  constexpr uint64_t kCount = 100000;
  Random random(5);
  Tree reverse;
  Tree shuffled;
  for (uint64_t number = kCount; number > 0; --number) reverse.Insert(Of(number));
  for (const uint64_t number : Shuffled(kCount, &random)) shuffled.Insert(Of(number));
  EXPECT_LE(reverse.memory_bytes(), kCount * sizeof(Numbered) * 17 / 10);
  EXPECT_LE(shuffled.memory_bytes(), kCount * sizeof(Numbered) * 8 / 5);
  Inspector::Check(reverse);
}

// A hole that grows from any place: nodes run empty between others that stay full.
TEST(CountedTreeTest, RangesAreErasedFromEitherSide) {
  constexpr uint64_t kCount = 20000;
  for (const uint64_t from : {uint64_t{0}, uint64_t{1}, kCount / 2, kCount - 1}) {
    Tree tree;
    Model model(kCount);
    std::iota(model.begin(), model.end(), 0);
    for (const uint64_t number : model) tree.Insert(Of(number));
    uint64_t low = from;
    uint64_t high = from;
    while (low > 0 || high < kCount) {
      if (low > 0) {
        ASSERT_TRUE(tree.Erase(Of(--low)));
      }
      if (high < kCount) {
        ASSERT_TRUE(tree.Erase(Of(high++)));
      }
      if (high % 500 == 0) Inspector::Check(tree);
    }
    EXPECT_EQ(tree.memory_bytes(), 0u);
  }
}

TEST(CountedTreeTest, IteratorsGoBothWaysFromAnywhere) {
  constexpr size_t kCount = 2000;
  Tree tree;
  for (uint64_t number = 0; number < kCount; ++number) tree.Insert(Of(number));
  for (size_t rank = 0; rank < kCount; ++rank) {
    Tree::Iterator each = tree.From(rank);
    each.Next();
    ASSERT_EQ(each.valid(), rank + 1 < kCount);
    if (each.valid()) {
      ASSERT_EQ(each.entry().number, rank + 1);
    }
    each = tree.From(rank);
    each.Previous();
    ASSERT_EQ(each.valid(), rank > 0);
    if (each.valid()) {
      ASSERT_EQ(each.entry().number, rank - 1);
    }
  }
  EXPECT_FALSE(tree.From(kCount).valid());
  EXPECT_FALSE(tree.From(SIZE_MAX).valid());
}

TEST(CountedTreeTest, ARuleThatIsNoneIsSurvived) {
  Random random(11);
  Tree tree;
  for (uint64_t number = 0; number < 5000; ++number) tree.Insert(Of(number));
  for (int i = 0; i < 1000; ++i) {
    const auto holds = [&](const Numbered&) { return random.OneIn(2); };
    ASSERT_LE(tree.CountWhile(holds), tree.size());
    const Tree::Iterator at = tree.SkipWhile(holds);
    if (at.valid()) {
      ASSERT_LT(at.entry().number, 5000u);
    }
  }
}

TEST(CountedTreeTest, AMoveKeepsTheOrder) {
  Random random(7);
  Tree tree;
  Model model;
  for (const uint64_t number : Shuffled(5000, &random)) tree.Insert(Of(4 * number));
  for (uint64_t number = 0; number < 5000; ++number) model.push_back(4 * number);
  for (int step = 0; step < 6000; ++step) {
    const size_t from = random.Below(model.size());
    // Near, far, and to where it is.
    const uint64_t distance = random.OneIn(3) ? 20000 : random.OneIn(2) ? 40 : 1;
    const uint64_t to = model[from] + random.Below(2 * distance) - std::min(distance, model[from]);
    if (to != model[from] && std::binary_search(model.begin(), model.end(), to)) continue;
    const uint64_t old = model[from];
    model.erase(model.begin() + static_cast<ptrdiff_t>(from));
    model.insert(std::lower_bound(model.begin(), model.end(), to), to);
    if (step % 3 == 0) {
      WithoutMemory([&] { tree.Move(Of(old), Of(to)); });
    } else {
      tree.Move(Of(old), Of(to));
    }
    ASSERT_TRUE(EntriesOf(tree) == model) << "step " << step;
    if (step % 20 == 0) {
      ASSERT_NO_FATAL_FAILURE(ExpectSame(tree, model));
    }
  }
}

// Every leaf is full, so an entry that goes to another one finds no room.
TEST(CountedTreeTest, AMoveNeedsNoMemory) {
  constexpr uint64_t kCount = 20000;
  Tree tree;
  Model model;
  for (uint64_t number = 1; number <= kCount; ++number) {
    tree.Insert(Of(2 * number));
    model.push_back(2 * number);
  }
  const size_t bytes = tree.memory_bytes();
  const std::pair<size_t, uint64_t> moves[] = {
      {0, 2 * kCount + 1}, {kCount - 1, 1}, {100, 20001}, {15000, 301}, {5000, 5001}};
  for (const auto& [rank, to] : moves) {
    const uint64_t old = model[rank];
    WithoutMemory([&, to = to] { tree.Move(Of(old), Of(to)); });
    Model moved = model;
    moved.erase(moved.begin() + static_cast<ptrdiff_t>(rank));
    moved.insert(std::lower_bound(moved.begin(), moved.end(), to), to);
    ASSERT_NO_FATAL_FAILURE(ExpectSame(tree, moved));
    WithoutMemory([&, to = to] { tree.Move(Of(to), Of(old)); });
    ASSERT_NO_FATAL_FAILURE(ExpectSame(tree, model));
  }
  EXPECT_EQ(tree.memory_bytes(), bytes);
}

TEST(CountedTreeTest, WithoutMemoryNothingChanges) {
  for (const bool in_order : {false, true}) {
    Random random(13);
    Tree tree;
    int failures = 0;
    int most_at_once = 0;
    Model model;
    for (const uint64_t number : Shuffled(12000, &random)) {
      const uint64_t entry = in_order ? model.size() : number;
      const size_t bytes = tree.memory_bytes();
      const int failed = UntilItSucceeds([&] { ASSERT_TRUE(tree.Insert(Of(entry))); },
                                         [&] {
                                           ASSERT_EQ(tree.size(), model.size());
                                           ASSERT_EQ(tree.memory_bytes(), bytes);
                                           if (model.size() < 2000) Inspector::Check(tree);
                                         });
      failures += failed;
      most_at_once = std::max(most_at_once, failed);
      model.push_back(entry);
    }
    EXPECT_GT(failures, 200);
    EXPECT_GE(most_at_once, 3) << "splits of a leaf, of its parent, and of the root";
    std::sort(model.begin(), model.end());
    ASSERT_NO_FATAL_FAILURE(ExpectSame(tree, model));
  }
}

TEST(CountedTreeTest, ErasingNeedsNoMemory) {
  Random random(17);
  const Model numbers = Shuffled(12000, &random);
  Tree tree;
  for (uint64_t number = 0; number < 12000; ++number) tree.Insert(Of(number));
  WithoutMemory([&] {
    for (const uint64_t number : numbers) ASSERT_TRUE(tree.Erase(Of(number)));
  });
  EXPECT_EQ(tree.memory_bytes(), 0u);
}

TEST(CountedTreeTest, WhatIsMovedFromIsEmpty) {
  Tree tree;
  for (uint64_t number = 0; number < 100; ++number) tree.Insert(Of(number));
  Tree other(std::move(tree));
  EXPECT_EQ(other.size(), 100u);
  tree = Tree();
  EXPECT_EQ(tree.size(), 0u);
  EXPECT_EQ(tree.memory_bytes(), 0u);
  tree = std::move(other);
  EXPECT_EQ(tree.size(), 100u);
  Inspector::Check(tree);
}

}  // namespace
}  // namespace kontor
