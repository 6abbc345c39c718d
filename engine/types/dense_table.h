#ifndef KONTOR_TYPES_DENSE_TABLE_H_
#define KONTOR_TYPES_DENSE_TABLE_H_

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "types/chunked_array.h"

namespace kontor {

// A hash table of keys with values, both bytes: what a large hash is. (A set is one with empty
// values.) Entries lie dense, in places 0 to size() - 1: an insert appends, an erase moves the last
// entry into the hole. So a random entry is one index, and a walk from the high end to the low end
// meets every entry that was there throughout, whatever comes and goes.
//
// It grows by linear hashing (W. Litwin, "Linear hashing: a new tool for file and table
// addressing", VLDB 1980): each insert splits one bucket at most, each erase joins two at most, and
// arrays grow by a chunk, so no change waits for the whole table. Buckets are chains through the
// places.
//
// A change that finds no memory throws std::bad_alloc and changes nothing; an erase needs none.
// Bytes given must not lie in the table. Not thread-safe. Bytes returned last until the next
// change.
class DenseTable {
 public:
  // A key with its value. It stays where it is, so that whoever keeps an order of his own may point
  // to it, until it is erased or its value becomes longer.
  struct Entry;
  struct Pair {
    Bytes key;
    Bytes value;
  };

  DenseTable() { heads_.PushBack(kNone); }
  DenseTable(const DenseTable& other);
  DenseTable& operator=(const DenseTable&) = delete;
  ~DenseTable();

  size_t size() const { return slots_.size(); }
  // False if there is no such key.
  bool Find(Bytes key, Bytes* value) const;
  // Null if there is no such key.
  const Entry* Lookup(Bytes key) const;
  const Entry* entry_at(size_t place) const { return slots_[place].entry; }
  static Pair PairOf(const Entry* entry);
  // True if the key is new. A value that gets shorter keeps its memory, so that the longer one can
  // always be put back.
  bool Set(Bytes key, Bytes value);
  // False if there was no such key, which may lie in the table here.
  bool Erase(Bytes key);
  Pair at(size_t place) const { return PairOf(entry_at(place)); }
  // For freeing a large table in steps: frees up to so many entries; false once none are left. Only
  // this, size(), memory_bytes() and the destructor may follow.
  bool FreeSome(size_t count);

  // What its allocations take of the heap, this object not included.
  size_t memory_bytes() const {
    return slots_.memory_bytes() + heads_.memory_bytes() + entry_bytes_;
  }

 private:
  struct Slot {
    Entry* entry;
    uint32_t hash;
    uint32_t next;  // the place of the next one in the same bucket
  };
  static constexpr uint32_t kNone = UINT32_MAX;

  static uint32_t HashOf(Bytes key);
  uint32_t BucketOf(uint32_t hash) const;
  // Whatever holds the place of the key: the head of its bucket or the slot before it; it holds
  // kNone if there is no such key.
  uint32_t* LinkTo(Bytes key, uint32_t hash);
  void Overwrite(Slot* slot, Bytes value);
  void SplitBucket();
  void JoinBucket();

  ChunkedArray<Slot> slots_;
  ChunkedArray<uint32_t> heads_;  // of each bucket the place of its first entry
  size_t entry_bytes_ = 0;
};

}  // namespace kontor

#endif  // KONTOR_TYPES_DENSE_TABLE_H_
