#ifndef KONTOR_KEYSPACE_LARGE_STRING_H_
#define KONTOR_KEYSPACE_LARGE_STRING_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "base/bytes.h"
#include "base/heap_bytes.h"

namespace kontor {

// The bytes of a string that is too large for its record, shared by the record and by whoever
// pinned it. The last owner frees them, on any thread; as long as there are several, nobody may
// change them.
class LargeString {
 public:
  LargeString() = default;
  // A copy with room for `capacity` bytes, at least those. Throws std::bad_alloc.
  explicit LargeString(Bytes bytes, size_t capacity = 0);
  ~LargeString() { Release(); }
  LargeString(const LargeString& other) : block_(other.block_) { Acquire(); }
  LargeString(LargeString&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
  LargeString& operator=(LargeString other) noexcept {
    std::swap(block_, other.block_);
    return *this;
  }

  explicit operator bool() const { return block_ != nullptr; }
  Bytes bytes() const { return Bytes(block_->bytes(), block_->size); }
  // Overwrites from `offset`, zero-filled up to there; in place where nobody shares it and it has
  // room, else as a copy with room to grow. Throws std::bad_alloc, and then nothing was changed.
  void Write(size_t offset, Bytes bytes);
  // Gives up the bytes from `size` on, which is no more than there are, and keeps their room. There
  // must be no other owner.
  void Cut(size_t size);

  // A record keeps the bare pointer; one of the two must be undone by the other.
  void* ReleaseToRecord() { return std::exchange(block_, nullptr); }
  static LargeString OfRecord(void* block) {
    LargeString owner;
    owner.block_ = static_cast<Block*>(block);
    return owner;
  }
  // Without becoming an owner.
  static Bytes Peek(const void* block) {
    const auto* of = static_cast<const Block*>(block);
    return Bytes(of->bytes(), of->size);
  }
  // What it takes of memory.
  static size_t AllocatedBytes(const void* block) {
    return HeapBytes(sizeof(Block) + static_cast<const Block*>(block)->capacity);
  }
  // One more owner of what a record keeps.
  static LargeString Share(void* block) {
    LargeString owner = OfRecord(block);
    owner.Acquire();
    return owner;
  }

 private:
  struct Block {
    std::atomic<uint32_t> owners{1};
    size_t size = 0;
    size_t capacity = 0;
    char* bytes() { return reinterpret_cast<char*>(this + 1); }
    const char* bytes() const { return reinterpret_cast<const char*>(this + 1); }
  };

  static Block* NewBlock(size_t size, size_t capacity);
  void Acquire() {
    if (block_ != nullptr) block_->owners.fetch_add(1, std::memory_order_relaxed);
  }
  void Release();

  Block* block_ = nullptr;
};

}  // namespace kontor

#endif  // KONTOR_KEYSPACE_LARGE_STRING_H_
