#ifndef KONTOR_TYPES_COUNTED_TREE_H_
#define KONTOR_TYPES_COUNTED_TREE_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

#include "base/check.h"
#include "base/heap_bytes.h"
#include "types/counted_tree_nodes.h"

namespace kontor {

// Entries in the order of Less (a strict weak order; no two of them are equal in it), of which the
// n-th is found, and the number of those before one, in a single descent. It is a B+-tree (R. Bayer
// and E. McCreight, "Organization and maintenance of large ordered indexes", Acta Informatica 1,
// 1972; D. Comer, "The ubiquitous B-tree", ACM Computing Surveys 11, 1979) in which every branch
// knows how many entries lie below it. All takes O(log n) where nothing else is said.
//
// An insert that finds no memory throws std::bad_alloc and changes nothing; the other changes need
// none. Entries are copied as bytes, and Less must be able to compare those that are there as long
// as they are. Not thread-safe. Iterators and references last until the next change.
template <typename Entry, typename Less>
class CountedTree {
  using Nodes = CountedTreeNodes<Entry>;
  using Node = typename Nodes::Node;
  using Branch = typename Nodes::Branch;
  using Leaf = typename Nodes::Leaf;
  using Inner = typename Nodes::Inner;

 public:
  CountedTree() = default;
  CountedTree(CountedTree&& other) noexcept { Swap(other); }
  CountedTree& operator=(CountedTree other) noexcept {
    Swap(other);
    return *this;
  }
  ~CountedTree() {
    if (root_ != nullptr) Free(root_, height_);
  }

  size_t size() const { return size_; }

  // A walk towards either end.
  class Iterator {
   public:
    Iterator() = default;
    // False once it has gone past an end; the others need it to be true.
    bool valid() const { return leaf_ != nullptr; }
    const Entry& entry() const { return leaf_->items[index_]; }
    void Next() {
      if (++index_ == leaf_->size) *this = Iterator(leaf_->next, 0);
    }
    void Previous() {
      if (index_-- > 0) return;
      Leaf* const previous = leaf_->previous;
      *this = Iterator(previous, previous == nullptr ? 0 : previous->size - 1);
    }

   private:
    friend class CountedTree;
    Iterator(Leaf* leaf, size_t index) : leaf_(leaf), index_(index) {}
    Leaf* leaf_ = nullptr;
    size_t index_ = 0;
  };
  // At the entry with so many before it; not valid if there are no more than those.
  Iterator From(size_t rank) const;

  // Here `holds` says of an entry whether it lies before some point of the order: true for all up
  // to there and false from there on. (If it says anything else, so do these.)
  template <typename Holds>
  size_t CountWhile(Holds holds) const;
  // At the first entry for which it does not hold; not valid if there is none.
  template <typename Holds>
  Iterator SkipWhile(Holds holds) const;
  // How many come before this entry, which need not be there.
  size_t RankOf(const Entry& entry) const {
    return CountWhile([&](const Entry& each) { return Less()(each, entry); });
  }
  // Visits every entry, in order.
  template <typename Visitor>
  void ForEach(Visitor visit) const {
    for (Iterator each = From(0); each.valid(); each.Next()) visit(each.entry());
  }

  // False, and nothing is changed, if it is there already.
  bool Insert(const Entry& entry);
  // False if it was not there.
  bool Erase(const Entry& entry) noexcept;
  // `to`, which must not be there unless it is equal to `from`, instead of `from`, which must.
  // Where that needs memory and finds none, the entries between the two shift by one, which takes
  // as long as there are many.
  void Move(const Entry& from, const Entry& to) noexcept;

  // What its allocations take of the heap, this object not included.
  size_t memory_bytes() const {
    return leaves_ * HeapBytes(sizeof(Leaf)) + inners_ * HeapBytes(sizeof(Inner));
  }

 private:
  template <typename Tree>
  friend class TreeInspector;  // of the tests

  // Enough for more entries than there are addresses: a root has all its branches when it is split.
  static constexpr size_t kMostHeight = 32;

  // From the root to where the entries end that do not come after a given one. Level 0 is the leaf.
  struct Path {
    std::array<Inner*, kMostHeight + 1> inners;  // from level 1
    std::array<size_t, kMostHeight + 1> index;  // of the branch that was taken; in the leaf, of the
                                                // first entry after the given one
    Leaf* leaf;
    bool at_end;  // nothing comes after the given one
  };

  void Swap(CountedTree& other) noexcept {
    std::swap(root_, other.root_);
    std::swap(height_, other.height_);
    std::swap(size_, other.size_);
    std::swap(leaves_, other.leaves_);
    std::swap(inners_, other.inners_);
  }

  void Free(Node* node, size_t level);
  void FreeLeaf(Leaf* leaf);

  // Of the branch below which `holds` ends to be true.
  template <typename Holds>
  static size_t BranchWhile(const Inner& inner, Holds holds);
  template <typename Holds>
  static size_t ItemsWhile(const Leaf& leaf, Holds holds);
  Path PathTo(const Entry& entry) const;
  // What the branches of the path say from this level on is set right, after the leaf got so many
  // entries more.
  void Update(const Path& path, size_t level, size_t more) noexcept;

  // Makes room in a full leaf if a neighbour below the same node has a quarter free.
  static bool ShareWithNeighbour(Inner* parent, size_t index) noexcept;
  // Where the leaf is full.
  void InsertAndSplit(const Path& path, const Entry& entry);
  // After an erase below this branch: its child goes if it is empty, and becomes one with a
  // neighbour if it is a third full at most, and both are two thirds of one node together. So of
  // two neighbours one is more than a third full, but where two nodes above them have become one.
  void Settle(Inner* inner, size_t index, size_t level) noexcept;
  template <typename N>
  void JoinWithNeighbour(Inner* inner, size_t index) noexcept;
  // The entry here becomes `to`, which may be before or after others.
  static void Shift(Iterator hole, const Entry& to) noexcept;
  // What all branches say comes first is set right; answers what does.
  static const Entry& RefreshFirsts(Node* node, size_t level) noexcept;

  Node* root_ = nullptr;
  size_t height_ = 0;  // the level of the root
  size_t size_ = 0;
  size_t leaves_ = 0;
  size_t inners_ = 0;
};

// ---- Looking ----

template <typename Entry, typename Less>
auto CountedTree<Entry, Less>::From(size_t rank) const -> Iterator {
  if (rank >= size_) return {};
  Node* node = root_;
  for (size_t level = height_; level > 0; --level) {
    const Branch* branch = Nodes::AsInner(node)->items.data();
    for (; rank >= branch->count; ++branch) rank -= branch->count;
    node = branch->child;
  }
  return Iterator(Nodes::AsLeaf(node), rank);
}

template <typename Entry, typename Less>
template <typename Holds>
size_t CountedTree<Entry, Less>::BranchWhile(const Inner& inner, Holds holds) {
  const auto begin = inner.items.begin();
  const auto end = std::partition_point(begin + 1, begin + inner.size,
                                        [&](const Branch& each) { return holds(each.first); });
  return static_cast<size_t>(end - begin) - 1;
}

template <typename Entry, typename Less>
template <typename Holds>
size_t CountedTree<Entry, Less>::ItemsWhile(const Leaf& leaf, Holds holds) {
  const auto begin = leaf.items.begin();
  return static_cast<size_t>(std::partition_point(begin, begin + leaf.size, holds) - begin);
}

template <typename Entry, typename Less>
template <typename Holds>
size_t CountedTree<Entry, Less>::CountWhile(Holds holds) const {
  if (root_ == nullptr) return 0;
  size_t count = 0;
  Node* node = root_;
  for (size_t level = height_; level > 0; --level) {
    const Inner& inner = *Nodes::AsInner(node);
    const size_t index = BranchWhile(inner, holds);
    for (size_t before = 0; before < index; ++before) count += inner.items[before].count;
    node = inner.items[index].child;
  }
  return count + ItemsWhile(*Nodes::AsLeaf(node), holds);
}

template <typename Entry, typename Less>
template <typename Holds>
auto CountedTree<Entry, Less>::SkipWhile(Holds holds) const -> Iterator {
  if (root_ == nullptr) return {};
  Node* node = root_;
  for (size_t level = height_; level > 0; --level) {
    const Inner& inner = *Nodes::AsInner(node);
    node = inner.items[BranchWhile(inner, holds)].child;
  }
  Leaf* const leaf = Nodes::AsLeaf(node);
  const size_t index = ItemsWhile(*leaf, holds);
  return index < leaf->size ? Iterator(leaf, index) : Iterator(leaf->next, 0);
}

template <typename Entry, typename Less>
auto CountedTree<Entry, Less>::PathTo(const Entry& entry) const -> Path {
  const auto not_after = [&](const Entry& each) { return !Less()(entry, each); };
  Path path;
  path.at_end = true;
  Node* node = root_;
  for (size_t level = height_; level > 0; --level) {
    Inner* const inner = Nodes::AsInner(node);
    path.inners[level] = inner;
    path.index[level] = BranchWhile(*inner, not_after);
    path.at_end = path.at_end && path.index[level] + 1 == inner->size;
    node = inner->items[path.index[level]].child;
  }
  path.leaf = Nodes::AsLeaf(node);
  path.index[0] = ItemsWhile(*path.leaf, not_after);
  path.at_end = path.at_end && path.index[0] == path.leaf->size;
  return path;
}

// ---- Nodes ----

template <typename Entry, typename Less>
void CountedTree<Entry, Less>::Free(Node* node, size_t level) {
  if (level == 0) return FreeLeaf(Nodes::AsLeaf(node));
  Inner* const inner = Nodes::AsInner(node);
  for (size_t index = 0; index < inner->size; ++index) Free(inner->items[index].child, level - 1);
  delete inner;
  --inners_;
}

template <typename Entry, typename Less>
void CountedTree<Entry, Less>::FreeLeaf(Leaf* leaf) {
  if (leaf->previous != nullptr) leaf->previous->next = leaf->next;
  if (leaf->next != nullptr) leaf->next->previous = leaf->previous;
  delete leaf;
  --leaves_;
}

// ---- Inserting ----

template <typename Entry, typename Less>
bool CountedTree<Entry, Less>::Insert(const Entry& entry) {
  if (root_ == nullptr) {
    root_ = std::make_unique_for_overwrite<Leaf>().release();
    ++leaves_;
  }
  const Path path = PathTo(entry);
  const size_t index = path.index[0];
  if (index > 0 && !Less()(path.leaf->items[index - 1], entry)) return false;
  if (Nodes::IsFull(*path.leaf)) {
    const bool may_share = height_ > 0 && !path.at_end;
    if (may_share && ShareWithNeighbour(path.inners[1], path.index[1])) return Insert(entry);
    InsertAndSplit(path, entry);
  } else {
    Nodes::template Put<Leaf>(path.leaf, index, entry, nullptr, false);
    Update(path, 1, 1);
  }
  ++size_;
  return true;
}

template <typename Entry, typename Less>
void CountedTree<Entry, Less>::Update(const Path& path, size_t level, size_t more) noexcept {
  for (; level <= height_; ++level) {
    Branch& branch = path.inners[level]->items[path.index[level]];
    branch.count += more;
    branch.first = Nodes::FirstOf(branch.child, level - 1);
  }
}

template <typename Entry, typename Less>
bool CountedTree<Entry, Less>::ShareWithNeighbour(Inner* parent, size_t index) noexcept {
  Branch* const branches = parent->items.data();
  const size_t most = Nodes::AsLeaf(branches[index].child)->items.size() * 3 / 4;
  size_t left = index;
  if (index > 0 && branches[index - 1].count <= most) {
    --left;
  } else if (index + 1 == parent->size || branches[index + 1].count > most) {
    return false;
  }
  Nodes::Even(Nodes::AsLeaf(branches[left].child), Nodes::AsLeaf(branches[left + 1].child));
  branches[left] = Nodes::BranchTo(branches[left].child, 0);
  branches[left + 1] = Nodes::BranchTo(branches[left + 1].child, 0);
  return true;
}

template <typename Entry, typename Less>
void CountedTree<Entry, Less>::InsertAndSplit(const Path& path, const Entry& entry) {
  // First all memory, up to the lowest node that is not full, or a new root. Then nothing can fail.
  auto leaf = std::make_unique_for_overwrite<Leaf>();
  std::array<std::unique_ptr<Inner>, kMostHeight + 1> fresh;
  size_t top = 1;
  for (; top <= height_ && Nodes::IsFull(*path.inners[top]); ++top) {
    fresh[top] = std::make_unique_for_overwrite<Inner>();
  }
  std::unique_ptr<Inner> root;
  if (top > height_) {
    KONTOR_CHECK(height_ < kMostHeight);
    root = std::make_unique_for_overwrite<Inner>();
  }

  leaf->previous = path.leaf;
  leaf->next = path.leaf->next;
  if (leaf->next != nullptr) leaf->next->previous = leaf.get();
  path.leaf->next = leaf.get();
  Nodes::template Put<Leaf>(path.leaf, path.index[0], entry, leaf.get(), path.at_end);
  ++leaves_;
  Node* added = leaf.release();
  for (size_t level = 1; level <= std::min(top, height_); ++level) {
    Inner* const inner = path.inners[level];
    const size_t index = path.index[level];
    inner->items[index] = Nodes::BranchTo(inner->items[index].child, level - 1);
    Nodes::Put(inner, index + 1, Nodes::BranchTo(added, level - 1), fresh[level].get(),
               path.at_end);
    added = fresh[level].release();
    inners_ += added != nullptr ? 1 : 0;
  }
  if (root != nullptr) {
    root->items[0] = Nodes::BranchTo(root_, height_);
    root->items[1] = Nodes::BranchTo(added, height_);
    root->size = 2;
    root_ = root.release();
    ++height_;
    ++inners_;
  } else {
    Update(path, top + 1, 1);
  }
}

// ---- Erasing and moving ----

template <typename Entry, typename Less>
bool CountedTree<Entry, Less>::Erase(const Entry& entry) noexcept {
  if (root_ == nullptr) return false;
  const Path path = PathTo(entry);
  const size_t index = path.index[0];
  if (index == 0 || Less()(path.leaf->items[index - 1], entry)) return false;
  Nodes::Remove(path.leaf, index - 1);
  --size_;
  for (size_t level = 1; level <= height_; ++level) {
    --path.inners[level]->items[path.index[level]].count;
    Settle(path.inners[level], path.index[level], level);
  }
  for (; height_ > 0 && root_->size == 1; --height_, --inners_) {
    std::unique_ptr<Inner> const old(Nodes::AsInner(root_));
    root_ = old->items[0].child;
  }
  if (size_ == 0) FreeLeaf(Nodes::AsLeaf(std::exchange(root_, nullptr)));
  return true;
}

template <typename Entry, typename Less>
void CountedTree<Entry, Less>::Settle(Inner* inner, size_t index, size_t level) noexcept {
  Node* const child = inner->items[index].child;
  if (child->size == 0) {
    Free(child, level - 1);
    Nodes::Remove(inner, index);
    return;
  }
  inner->items[index].first = Nodes::FirstOf(child, level - 1);
  if (level == 1) {
    JoinWithNeighbour<Leaf>(inner, index);
  } else {
    JoinWithNeighbour<Inner>(inner, index);
  }
}

template <typename Entry, typename Less>
template <typename N>
void CountedTree<Entry, Less>::JoinWithNeighbour(Inner* inner, size_t index) noexcept {
  const auto child = [&](size_t at) { return static_cast<N*>(inner->items[at].child); };
  const size_t third = child(index)->items.size() / 3;
  if (child(index)->size > third) return;
  const auto fit = [&](size_t left) {
    return left + 1 < inner->size && child(left)->size + child(left + 1)->size <= 2 * third;
  };
  if (index > 0 && fit(index - 1)) {
    --index;
  } else if (!fit(index)) {
    return;
  }
  Nodes::MoveTail(child(index + 1), 0, child(index));
  inner->items[index].count += inner->items[index + 1].count;
  Free(child(index + 1), std::is_same_v<N, Leaf> ? 0 : 1);
  Nodes::Remove(inner, index + 1);
}

template <typename Entry, typename Less>
void CountedTree<Entry, Less>::Move(const Entry& from, const Entry& to) noexcept {
  const Path path = PathTo(from);
  Leaf* const leaf = path.leaf;
  const Iterator hole(leaf, path.index[0] - 1);
  const bool stays = (leaf->previous == nullptr || !Less()(to, leaf->items[0])) &&
                     (leaf->next == nullptr || !Less()(leaf->items[leaf->size - 1], to));
  if (stays) {
    Shift(hole, to);
    Update(path, 1, 0);
    return;
  }
  try {
    Insert(to);
  } catch (const std::bad_alloc&) {
    // It has not even shared, or there had been room: the hole is where it was.
    Shift(hole, to);
    RefreshFirsts(root_, height_);
    return;
  }
  Erase(from);
}

template <typename Entry, typename Less>
void CountedTree<Entry, Less>::Shift(Iterator hole, const Entry& to) noexcept {
  const auto fill = [&](const Iterator& from) {
    hole.leaf_->items[hole.index_] = from.entry();
    hole = from;
  };
  Iterator next = hole;
  for (next.Next(); next.valid() && Less()(next.entry(), to); next.Next()) fill(next);
  Iterator previous = hole;
  for (previous.Previous(); previous.valid() && Less()(to, previous.entry()); previous.Previous()) {
    fill(previous);
  }
  hole.leaf_->items[hole.index_] = to;
}

template <typename Entry, typename Less>
const Entry& CountedTree<Entry, Less>::RefreshFirsts(Node* node, size_t level) noexcept {
  if (level == 0) return Nodes::AsLeaf(node)->items[0];
  Inner* const inner = Nodes::AsInner(node);
  for (size_t index = 0; index < inner->size; ++index) {
    Branch& branch = inner->items[index];
    branch.first = RefreshFirsts(branch.child, level - 1);
  }
  return inner->items[0].first;
}

}  // namespace kontor

#endif  // KONTOR_TYPES_COUNTED_TREE_H_
