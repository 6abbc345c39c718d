#ifndef KONTOR_BROKER_LINKED_TABLE_H_
#define KONTOR_BROKER_LINKED_TABLE_H_

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>

#include "base/bytes.h"
#include "base/heap_bytes.h"
#include "types/chunked_array.h"

namespace kontor {

// By what a node is found in its table; another one where it has no hash of its own.
template <typename Node>
auto TableHash(const Node& node) {
  return node.hash;
}

// A hash table of nodes that bring their own links, `next_in_bucket`, and belong to
// whoever made them (TableHash tells their hash). So entering and leaving need no memory and cannot
// fail. It grows by linear hashing, a bucket at a time, as types/dense_table.h does; where it finds
// no memory to grow, the chains get a little longer. It shrinks in the same way, but not below
// kKeptBuckets: for tables that are filled and emptied over and over. Not thread-safe.
template <typename Node, size_t kKeptBuckets = 1>
class LinkedTable {
 public:
  using Hash = decltype(TableHash(std::declval<const Node&>()));

  size_t size() const { return size_; }

  // The node with this hash for which matches(node) is true; null if there is none.
  template <typename Matches>
  Node* Find(Hash hash, Matches matches) const {
    Node* node = HeadOf(BucketOf(hash));
    while (node != nullptr && !(TableHash(*node) == hash && matches(*node)))
      node = node->next_in_bucket;
    return node;
  }

  // The same where no two nodes have one hash.
  Node* Find(Hash hash) const {
    return Find(hash, [](const Node&) { return true; });
  }

  void Insert(Node* node) {
    Node*& head = HeadOf(BucketOf(TableHash(*node)));
    node->next_in_bucket = head;
    head = node;
    ++size_;
    // Two, in case there was no memory for one before.
    for (int splits = 0; splits < 2 && buckets() < size_; ++splits) SplitBucket();
  }

  // It must be in the table.
  void Remove(Node* node) {
    Node** link = &HeadOf(BucketOf(TableHash(*node)));
    while (*link != node) link = &(*link)->next_in_bucket;
    *link = node->next_in_bucket;
    --size_;
    for (int joins = 0; joins < 2 && buckets() > kKeptBuckets && buckets() / 2 > size_; ++joins) {
      JoinBucket();
    }
  }

  // visit(node) may free the node, but must not change the table.
  template <typename Visit>
  void ForEach(Visit visit) const {
    for (size_t bucket = 0; bucket < buckets(); ++bucket) {
      for (Node* node = HeadOf(bucket); node != nullptr;) {
        visit(std::exchange(node, node->next_in_bucket));
      }
    }
  }

  // Visits the nodes of a bucket, and answers where to go on; 0 to begin with, and after the last.
  // Who is in the table all the time is visited at least once however it grows and shrinks, and
  // exactly once while it only grows: places are counted with their bits reversed, so that a bucket
  // that is split later was either visited whole or is still ahead (as Redis' SCAN, by P.
  // Noordhuis).
  template <typename Visit>
  uint64_t Scan(uint64_t cursor, Visit visit) const {
    const uint64_t mask = std::bit_ceil(buckets()) - 1;
    cursor &= mask;
    const Node* node = HeadOf(BucketOf(static_cast<Hash>(cursor)));
    for (; node != nullptr; node = node->next_in_bucket) {
      if ((TableHash(*node) & mask) == cursor) visit(*node);
    }
    uint64_t bit = (mask + 1) >> 1;  // the highest one counts least
    while (bit != 0 && (cursor & bit) != 0) {
      cursor ^= bit;
      bit >>= 1;
    }
    return bit == 0 ? 0 : cursor | bit;
  }

  // Lets go of all nodes; visit(node) may free each.
  template <typename Visit>
  void Clear(Visit visit) {
    ForEach(visit);
    while (more_heads_.size() != 0) more_heads_.PopBack();
    memory_bytes_ = more_heads_.memory_bytes();
    first_head_ = nullptr;
    size_ = 0;
  }

  // What its own allocation takes of the heap; the nodes are counted by their owner.
  size_t memory_bytes() const { return memory_bytes_; }

 private:
  size_t buckets() const { return 1 + more_heads_.size(); }
  Node*& HeadOf(size_t bucket) { return bucket == 0 ? first_head_ : more_heads_[bucket - 1]; }
  Node* HeadOf(size_t bucket) const { return bucket == 0 ? first_head_ : more_heads_[bucket - 1]; }

  // Of 2^n + m buckets the first m and the last m were split already and go by one bit more.
  size_t BucketOf(Hash hash) const {
    const size_t mask = std::bit_ceil(buckets()) - 1;
    const size_t bucket = hash & mask;
    return bucket < buckets() ? bucket : hash & (mask >> 1);
  }

  // The next bucket takes its part of the one whose number lacks its highest bit.
  void SplitBucket() {
    try {
      more_heads_.PushBack(nullptr);
    } catch (const std::bad_alloc&) {
      return;
    }
    memory_bytes_ = more_heads_.memory_bytes();
    const size_t added = buckets() - 1;
    Node** link = &HeadOf(added - std::bit_floor(added));
    while (*link != nullptr) {
      Node* const node = *link;
      if (BucketOf(TableHash(*node)) == added) {
        *link = node->next_in_bucket;
        node->next_in_bucket = HeadOf(added);
        HeadOf(added) = node;
      } else {
        link = &node->next_in_bucket;
      }
    }
  }

  void JoinBucket() {
    const size_t last = buckets() - 1;
    Node** link = &HeadOf(last - std::bit_floor(last));
    while (*link != nullptr) link = &(*link)->next_in_bucket;
    *link = HeadOf(last);
    more_heads_.PopBack();
    memory_bytes_ = more_heads_.memory_bytes();
  }

  Node* first_head_ = nullptr;  // a table of one bucket needs no memory
  ChunkedArray<Node*> more_heads_;
  size_t size_ = 0;
  size_t memory_bytes_ = 0;
};

// What a node of a LinkedTable is made of that has a name: node and name are one allocation.
template <typename Node>
struct NamedNode {
  Node* next_in_bucket = nullptr;
  uint32_t hash = 0;
  uint16_t name_bytes = 0;

  // Of at most limits::kNameBytes. Throws std::bad_alloc.
  template <typename... Arguments>
  static Node* Make(Bytes name, uint32_t hash, Arguments&&... arguments) {
    void* const memory = ::operator new(sizeof(Node) + name.size());
    Node* const node = new (memory) Node(std::forward<Arguments>(arguments)...);
    node->hash = hash;
    node->name_bytes = static_cast<uint16_t>(name.size());
    std::copy(name.begin(), name.end(), reinterpret_cast<char*>(node + 1));
    return node;
  }
  static void Free(Node* node) {
    node->~Node();
    ::operator delete(node);
  }

  Bytes name() const {
    return Bytes(reinterpret_cast<const char*>(static_cast<const Node*>(this) + 1), name_bytes);
  }
  size_t heap_bytes() const { return HeapBytes(sizeof(Node) + name_bytes); }
};

}  // namespace kontor

#endif  // KONTOR_BROKER_LINKED_TABLE_H_
