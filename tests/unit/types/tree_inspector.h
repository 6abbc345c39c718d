#ifndef KONTOR_TESTS_UNIT_TYPES_TREE_INSPECTOR_H_
#define KONTOR_TESTS_UNIT_TYPES_TREE_INSPECTOR_H_

#include <gtest/gtest.h>

#include <cstddef>
#include <cstring>

#include "types/counted_tree.h"

namespace kontor {

// Looks at every node of a CountedTree and says what is not as it must be.
template <typename Tree>
class TreeInspector;

template <typename Entry, typename Less>
class TreeInspector<CountedTree<Entry, Less>> {
 public:
  using Tree = CountedTree<Entry, Less>;

  static void Check(const Tree& tree) {
    TreeInspector inspector;
    if (tree.root_ == nullptr) {
      EXPECT_EQ(tree.height_, 0u);
    } else {
      if (tree.height_ > 0) {
        EXPECT_GE(tree.root_->size, 2u);
      }
      inspector.CheckNode(tree.root_, tree.height_);
      EXPECT_EQ(inspector.last_leaf_->next, nullptr);
      EXPECT_LE((tree.leaves_ - 1) * kLeafEntries, 6 * tree.size_) << "leaves are nearly empty";
    }
    EXPECT_EQ(inspector.entries_, tree.size_);
    EXPECT_EQ(inspector.leaves_, tree.leaves_);
    EXPECT_EQ(inspector.inners_, tree.inners_);
  }

  static size_t height(const Tree& tree) { return tree.height_; }
  static constexpr size_t kLeafEntries = std::tuple_size_v<decltype(Tree::Leaf::items)>;

 private:
  using Node = typename Tree::Node;
  using Leaf = typename Tree::Leaf;
  using Inner = typename Tree::Inner;
  using Branch = typename Tree::Branch;

  // How many entries lie below.
  size_t CheckNode(Node* node, size_t level) {
    EXPECT_GT(node->size, 0u);
    return level == 0 ? CheckLeaf(Tree::Nodes::AsLeaf(node))
                      : CheckInner(Tree::Nodes::AsInner(node), level);
  }

  size_t CheckLeaf(Leaf* leaf) {
    ++leaves_;
    EXPECT_LE(leaf->size, leaf->items.size());
    EXPECT_EQ(leaf->previous, last_leaf_);
    if (last_leaf_ != nullptr) {
      EXPECT_EQ(last_leaf_->next, leaf);
    }
    last_leaf_ = leaf;
    for (size_t index = 0; index < leaf->size; ++index, ++entries_) {
      if (last_ != nullptr) {
        EXPECT_TRUE(Less()(*last_, leaf->items[index])) << "at " << entries_;
      }
      last_ = &leaf->items[index];
    }
    return leaf->size;
  }

  size_t CheckInner(Inner* inner, size_t level) {
    ++inners_;
    EXPECT_LE(inner->size, inner->items.size());
    size_t count = 0;
    for (size_t index = 0; index < inner->size; ++index) {
      const Branch& branch = inner->items[index];
      const Entry& first = Tree::Nodes::FirstOf(branch.child, level - 1);
      EXPECT_EQ(std::memcmp(&branch.first, &first, sizeof(Entry)), 0);
      EXPECT_EQ(branch.count, CheckNode(branch.child, level - 1));
      count += branch.count;
    }
    return count;
  }

  const Entry* last_ = nullptr;
  Leaf* last_leaf_ = nullptr;
  size_t entries_ = 0;
  size_t leaves_ = 0;
  size_t inners_ = 0;
};

}  // namespace kontor

#endif  // KONTOR_TESTS_UNIT_TYPES_TREE_INSPECTOR_H_
