#ifndef KONTOR_BROKER_MEMBER_ARRAY_H_
#define KONTOR_BROKER_MEMBER_ARRAY_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace kontor {

// The tags of one subscription, dense, so that telling them to a reader is a copy; and beside each
// the number of its membership (broker/tag_registry.h). One member, which most subscriptions have,
// lies in the object itself; more lie in chunks of 1024, of which the first one grows up to that
// size, so that neither growing nor shrinking copies all. Not thread-safe.
class MemberArray {
 public:
  static constexpr uint32_t kNone = UINT32_MAX;

  MemberArray() : one_{0, kNone} {}
  MemberArray(const MemberArray&) = delete;
  MemberArray& operator=(const MemberArray&) = delete;
  ~MemberArray();

  uint32_t size() const { return size_; }
  // Throws std::bad_alloc with nothing changed.
  void PushBack(uint64_t tag, uint32_t membership);
  // The last member moves to this place: whose membership it is, kNone if it was the last one
  // itself. Needs no memory.
  uint32_t Erase(uint32_t place);
  // visit(tags, memberships, count) for each run of members that lie behind each other.
  template <typename Visit>
  void ForEachRun(Visit visit) const {
    if (is_inline()) {
      visit(&one_.tag, &one_.membership, size_t{size_});
      return;
    }
    for (uint32_t done = 0; done < size_; done += kChunk) {
      const Chunk chunk = ChunkOf(done);
      visit(chunk.tags, chunk.memberships, size_t{size_ - done < kChunk ? size_ - done : kChunk});
    }
  }
  // What its allocations take of the heap.
  size_t heap_bytes() const;

 private:
  static constexpr uint32_t kChunk = 1024;
  static constexpr uint32_t kFirstCapacity = 4;

  // The halves of one allocation.
  struct Chunk {
    uint64_t* tags;
    uint32_t* memberships;
  };
  struct One {
    uint64_t tag;
    uint32_t membership;
  };
  struct Many {
    void* first;
    std::vector<void*>* more;  // null while there is one chunk
  };

  bool is_inline() const { return first_capacity_ == 0; }
  uint32_t capacity() const;
  static void* Allocate(uint32_t capacity);
  static Chunk ChunkAt(void* memory, uint32_t capacity);
  Chunk ChunkOf(uint32_t place) const {
    return place < kChunk ? ChunkAt(many_.first, first_capacity_)
                          : ChunkAt((*many_.more)[place / kChunk - 1], kChunk);
  }
  void GrowFirst();
  void AddChunk();

  uint32_t size_ = 0;
  uint32_t first_capacity_ = 0;  // 0: the member, if any, is in one_
  union {
    One one_;
    Many many_;
  };
};

}  // namespace kontor

#endif  // KONTOR_BROKER_MEMBER_ARRAY_H_
