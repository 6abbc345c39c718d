#ifndef KONTOR_TYPES_LIST_H_
#define KONTOR_TYPES_LIST_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <utility>

#include "base/bytes.h"
#include "base/heap_bytes.h"
#include "types/packed.h"

namespace kontor {

// The list type. A small list is one packed sequence, a large one a row of them, nodes, so that
// what changes moves the elements of one node at most. Indexes are in [0, size()).
//
// A change that finds no memory throws std::bad_alloc and changes nothing; a removal needs none,
// nor does setting back an element that a Set replaced. Bytes given must not lie in the list. Not
// thread-safe. What is returned lasts until the next change.
class List {
 public:
  // A node holds so many bytes of elements, or one larger element.
  static constexpr size_t kNodeBytes = Packed::kFullBytes;

  List() = default;
  List(const List& other);
  List& operator=(const List&) = delete;
  ~List() = default;

  size_t size() const { return large_ == nullptr ? small_.size() : large_->size; }
  // Passes over whole nodes. Whoever looks at several in a row takes an iterator.
  Element at(size_t index) const { return From(index).element(); }

  // A walk towards either end.
  class Iterator {
   public:
    // False once it has gone past an end; the others need it to be true.
    bool valid() const { return packed_ != nullptr; }
    Element element() const { return packed_->At(place_); }
    bool Is(const PackedValue& value) const { return packed_->Is(place_, value); }
    void Next();
    void Previous();

   private:
    friend class List;
    const List* list_ = nullptr;
    size_t node_ = 0;
    const Packed* packed_ = nullptr;
    Packed::Place place_ = 0;
  };
  // At an index; not valid if it is not in range.
  Iterator From(size_t index) const;

  void PushFront(Bytes value);
  void PushBack(Bytes value);
  // `count` must not exceed the size.
  void PopFront(size_t count = 1);
  void PopBack(size_t count = 1);
  void Set(size_t index, Bytes value);
  // The element gets this index (at most size()).
  void Insert(size_t index, Bytes value);
  // Erases elements equal to `value`: the first `count`, the last -count if it is negative, or all
  // for 0. How many it erased.
  size_t Remove(Bytes value, int64_t count);
  void Erase(size_t index);

  bool is_packed() const { return large_ == nullptr; }
  // What its allocations take of the heap, this object not included; of the row of nodes what its
  // elements take.
  size_t memory_bytes() const {
    if (large_ == nullptr) return small_.memory_bytes();
    return HeapBytes(sizeof(*large_)) + large_->nodes.size() * sizeof(Packed) + large_->node_bytes;
  }

 private:
  struct Large {
    std::deque<Packed> nodes;  // none is empty
    size_t size = 0;           // elements in all nodes
    size_t node_bytes = 0;     // memory of all nodes
  };
  struct Spot {
    size_t node;
    size_t index;  // in the node
    Packed::Place place;
  };

  size_t nodes() const { return large_ == nullptr ? 1 : large_->nodes.size(); }
  const Packed& node(size_t number) const {
    return large_ == nullptr ? small_ : large_->nodes[number];
  }
  Packed& node(size_t number) { return const_cast<Packed&>(std::as_const(*this).node(number)); }
  bool Fits(size_t number, const PackedValue& value) const;
  Spot Locate(size_t index) const;

  // Calls change(Packed*) on a node, which may throw if it has changed nothing.
  template <typename Change>
  void ChangeNode(size_t number, Change change);
  // A new node of one element, before the one with this number.
  void AddNode(size_t number, const PackedValue& value);
  void AddNode(size_t number, Packed packed);
  void DropNode(size_t number);
  // What lies from the spot on becomes the next node. The list stays the same.
  void Split(const Spot& spot);
  // Appends the elements of a later node, with none in between, to this one, if both are not larger
  // than `most_bytes` together. False if they are, or for want of memory.
  bool Join(size_t number, size_t later, size_t most_bytes);
  // After a removal: a large list that has become small is small again.
  void Settle();

  Packed small_;                  // empty while the list is large
  std::unique_ptr<Large> large_;  // null while it is small
};

}  // namespace kontor

#endif  // KONTOR_TYPES_LIST_H_
