#include "broker/linked_table.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/random.h"
#include "gtest/gtest.h"
#include "unit/test_seed.h"

namespace kontor {
namespace {

struct Node {
  uint64_t hash = 0;
  int twin = 0;  // tells those of one hash apart
  Node* next_in_bucket = nullptr;
};

template <size_t kKeptBuckets>
void ExpectToAgreeWithAMap() {
  const uint64_t seed = TestSeed();
  SCOPED_TRACE("KONTOR_SEED=" + std::to_string(seed));
  Random random(seed);
  LinkedTable<Node, kKeptBuckets> table;
  std::map<std::pair<uint64_t, int>, std::unique_ptr<Node>> map;
  for (int step = 0; step < 40'000; ++step) {
    const bool grows = step / 10'000 % 2 == 0;
    const std::pair<uint64_t, int> key(random.Below(3000) << (random.OneIn(2) ? 40 : 0),
                                       static_cast<int>(random.Below(2)));
    Node* const found =
        table.Find(key.first, [&](const Node& node) { return node.twin == key.second; });
    const auto place = map.find(key);
    ASSERT_EQ(found, place == map.end() ? nullptr : place->second.get());
    if (found != nullptr && (!grows || random.OneIn(4))) {
      table.Remove(found);
      map.erase(place);
    } else if (found == nullptr && (grows || random.OneIn(4))) {
      auto node = std::make_unique<Node>();
      node->hash = key.first;
      node->twin = key.second;
      table.Insert(node.get());
      map.emplace(key, std::move(node));
    }
    ASSERT_EQ(table.size(), map.size());
  }
  size_t seen = 0;
  table.ForEach([&](const Node* node) {
    ++seen;
    EXPECT_TRUE(map.contains({node->hash, node->twin}));
  });
  EXPECT_EQ(seen, map.size());
  table.Clear([&](const Node* node) { map.erase({node->hash, node->twin}); });
  EXPECT_TRUE(map.empty());
  EXPECT_EQ(table.size(), 0u);
  EXPECT_EQ(table.Find(0), nullptr);
  // It is as good as new.
  std::vector<Node> nodes(100);
  for (size_t i = 0; i < nodes.size(); ++i) {
    nodes[i].hash = i;
    table.Insert(&nodes[i]);
  }
  for (Node& node : nodes) ASSERT_EQ(table.Find(node.hash), &node);
}

TEST(LinkedTable, AgreesWithAMap) {
  ExpectToAgreeWithAMap<1>();
  ExpectToAgreeWithAMap<128>();
}

TEST(LinkedTable, IdsThatAreCountedUpMeetNobodyInTheirBucket) {
  LinkedTable<Node> table;
  std::vector<Node> nodes(1 << 14);
  for (size_t i = 0; i < nodes.size(); ++i) {
    nodes[i].hash = 1'000'000 + i;
    table.Insert(&nodes[i]);
  }
  size_t chained = 0;
  table.ForEach([&](const Node* node) { chained += node->next_in_bucket != nullptr; });
  EXPECT_EQ(chained, 0u);
}

}  // namespace
}  // namespace kontor
