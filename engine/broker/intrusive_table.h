#ifndef KONTOR_BROKER_INTRUSIVE_TABLE_H_
#define KONTOR_BROKER_INTRUSIVE_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <new>

#include "types/chunked_array.h"

namespace kontor {

// A hash table of nodes that others own: a Node has `uint64_t hash() const` and a member
// `Node* next_in_bucket`. Inserting cannot fail and no change waits for the whole table: it grows
// and shrinks by linear hashing, a bucket at a time (W. Litwin, "Linear hashing: a new tool for
// file and table addressing", VLDB 1980), and where there is no memory for another bucket the
// chains get longer. The low bits of a hash choose the bucket, so ids that are counted up lie
// evenly and in order. Not thread-safe.
template <typename Node>
class IntrusiveTable {
 public:
  IntrusiveTable() { heads_.PushBack(nullptr); }
  IntrusiveTable(const IntrusiveTable&) = delete;
  IntrusiveTable& operator=(const IntrusiveTable&) = delete;

  size_t size() const { return size_; }
  // The node of this hash for which `is_it` holds; null if there is none.
  template <typename IsIt>
  Node* Find(uint64_t hash, const IsIt& is_it) const {
    Node* node = heads_[BucketOf(hash)];
    while (node != nullptr && (node->hash() != hash || !is_it(*node))) node = node->next_in_bucket;
    return node;
  }
  Node* Find(uint64_t hash) const {
    return Find(hash, [](const Node&) { return true; });
  }
  void Insert(Node* node) {
    Push(node);
    ++size_;
    if (size_ > heads_.size()) SplitBucket();
  }
  // The node is in the table.
  void Erase(Node* node) {
    Node** link = &heads_[BucketOf(node->hash())];
    while (*link != node) link = &(*link)->next_in_bucket;
    *link = node->next_in_bucket;
    --size_;
    if (heads_.size() > 1 && 2 * size_ < heads_.size()) JoinBucket();
  }
  // Lets go of all nodes, each of which `dispose` gets.
  template <typename Dispose>
  void Clear(const Dispose& dispose) {
    while (true) {
      Node* node = heads_[heads_.size() - 1];
      while (node != nullptr) {
        Node* const next = node->next_in_bucket;
        dispose(node);
        node = next;
      }
      heads_[heads_.size() - 1] = nullptr;
      if (heads_.size() == 1) break;
      heads_.PopBack();
    }
    half_ = 1;
    size_ = 0;
  }
  // In no particular order; `visit` must not change the table.
  template <typename Visit>
  void ForEach(const Visit& visit) const {
    for (size_t bucket = 0; bucket < heads_.size(); ++bucket) {
      for (Node* node = heads_[bucket]; node != nullptr; node = node->next_in_bucket) visit(*node);
    }
  }

  // What its buckets take of the heap.
  size_t heap_bytes() const { return heads_.memory_bytes(); }

 private:
  size_t BucketOf(uint64_t hash) const {
    const size_t bucket = static_cast<size_t>(hash) & (2 * half_ - 1);
    return bucket < heads_.size() ? bucket : bucket & (half_ - 1);
  }
  void Push(Node* node) {
    Node*& head = heads_[BucketOf(node->hash())];
    node->next_in_bucket = head;
    head = node;
  }
  void Redistribute(Node* chain) {
    while (chain != nullptr) {
      Node* const node = chain;
      chain = node->next_in_bucket;
      Push(node);
    }
  }
  void SplitBucket() {
    const size_t buckets = heads_.size();
    try {
      heads_.PushBack(nullptr);
    } catch (const std::bad_alloc&) {
      return;
    }
    if (buckets == 2 * half_) half_ = buckets;
    Node*& split = heads_[buckets - half_];
    Node* const chain = split;
    split = nullptr;
    Redistribute(chain);
  }
  void JoinBucket() {
    Node* const chain = heads_[heads_.size() - 1];
    heads_.PopBack();
    if (heads_.size() == half_ && half_ > 1) half_ /= 2;
    Redistribute(chain);
  }

  ChunkedArray<Node*> heads_;
  size_t half_ = 1;  // a power of two, with half_ <= buckets <= 2 * half_
  size_t size_ = 0;
};

}  // namespace kontor

#endif  // KONTOR_BROKER_INTRUSIVE_TABLE_H_
