#ifndef KONTOR_TYPES_COUNTED_TREE_NODES_H_
#define KONTOR_TYPES_COUNTED_TREE_NODES_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace kontor {

// What a CountedTree is made of: nodes, and how items, entries in leaves and branches above them,
// go into them and from one to another. The order is the tree's business.
template <typename Entry>
struct CountedTreeNodes {
  static_assert(std::is_trivial_v<Entry>);

  // A node is filled up to 16 n + 8 bytes, which is what common allocators hand out.
  static constexpr size_t kLeafBytes = 504;
  static constexpr size_t kInnerBytes = 1000;

  struct Node {
    uint32_t size = 0;  // items in use; never 0 in the tree
  };
  struct Branch {
    Node* child;
    size_t count;  // of entries below
    Entry first;   // of them
  };
  struct Leaf : Node {
    Leaf* previous = nullptr;
    Leaf* next = nullptr;
    std::array<Entry, (kLeafBytes - 3 * sizeof(void*)) / sizeof(Entry)> items;
  };
  struct Inner : Node {
    std::array<Branch, (kInnerBytes - sizeof(void*)) / sizeof(Branch)> items;
  };
  static_assert(sizeof(Leaf) <= kLeafBytes && sizeof(Inner) <= kInnerBytes);

  static Leaf* AsLeaf(Node* node) { return static_cast<Leaf*>(node); }
  static Inner* AsInner(Node* node) { return static_cast<Inner*>(node); }

  template <typename N>
  static bool IsFull(const N& node) {
    return node.size == node.items.size();
  }

  // Leaves are at level 0.
  static const Entry& FirstOf(Node* node, size_t level) {
    return level == 0 ? AsLeaf(node)->items[0] : AsInner(node)->items[0].first;
  }

  static Branch BranchTo(Node* node, size_t level) {
    size_t count = node->size;
    if (level > 0) {
      const Branch* const branches = AsInner(node)->items.data();
      count = 0;
      for (size_t index = 0; index < node->size; ++index) count += branches[index].count;
    }
    return {node, count, FirstOf(node, level)};
  }

  // Puts the item in. If `fresh` is not null the node is full, and what comes last in it goes over
  // there; if the item comes `at_end` of everything, that is the item alone: what is put in in
  // order leaves full nodes behind.
  template <typename N, typename Item>
  static void Put(N* node, size_t index, const Item& item, N* fresh, bool at_end) {
    if (fresh != nullptr) {
      const size_t stay = at_end ? node->size : node->size / 2;
      MoveTail(node, stay, fresh);
      if (index >= stay) {
        node = fresh;
        index -= stay;
      }
    }
    const auto begin = node->items.begin();
    std::copy_backward(begin + index, begin + node->size, begin + node->size + 1);
    node->items[index] = item;
    ++node->size;
  }

  template <typename N>
  static void Remove(N* node, size_t index) {
    const auto begin = node->items.begin();
    std::copy(begin + index + 1, begin + node->size, begin + index);
    --node->size;
  }

  // Items from this index on go behind those of the other node.
  template <typename N>
  static void MoveTail(N* from, size_t index, N* to) {
    const auto begin = from->items.begin();
    std::copy(begin + index, begin + from->size, to->items.begin() + to->size);
    to->size += static_cast<uint32_t>(from->size - index);
    from->size = static_cast<uint32_t>(index);
  }

  // Two neighbours hold as much as each other then.
  static void Even(Leaf* left, Leaf* right) {
    const size_t half = (left->size + right->size) / 2;
    const auto begin = right->items.begin();
    if (left->size > half) {
      const size_t moved = left->size - half;
      std::copy_backward(begin, begin + right->size, begin + right->size + moved);
      std::copy_n(left->items.begin() + half, moved, begin);
      right->size += static_cast<uint32_t>(moved);
    } else {
      const size_t moved = half - left->size;
      std::copy_n(begin, moved, left->items.begin() + left->size);
      std::copy(begin + moved, begin + right->size, begin);
      right->size -= static_cast<uint32_t>(moved);
    }
    left->size = static_cast<uint32_t>(half);
  }
};

}  // namespace kontor

#endif  // KONTOR_TYPES_COUNTED_TREE_NODES_H_
