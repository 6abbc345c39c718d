#include "broker/member_array.h"

#include <algorithm>
#include <memory>
#include <new>

#include "base/heap_bytes.h"

namespace kontor {

MemberArray::~MemberArray() {
  if (is_inline()) return;
  ::operator delete(many_.first);
  if (many_.more == nullptr) return;
  for (void* chunk : *many_.more) ::operator delete(chunk);
  delete many_.more;
}

void* MemberArray::Allocate(uint32_t capacity) {
  return ::operator new(capacity*(sizeof(uint64_t) + sizeof(uint32_t)));
}

MemberArray::Chunk MemberArray::ChunkAt(void* memory, uint32_t capacity) {
  auto* const tags = static_cast<uint64_t*>(memory);
  return {tags, reinterpret_cast<uint32_t*>(tags + capacity)};
}

uint32_t MemberArray::capacity() const {
  if (is_inline()) return 1;
  if (many_.more == nullptr) return first_capacity_;
  return kChunk * static_cast<uint32_t>(1 + many_.more->size());
}

size_t MemberArray::heap_bytes() const {
  if (is_inline()) return 0;
  constexpr size_t kMemberBytes = sizeof(uint64_t) + sizeof(uint32_t);
  const size_t first_bytes = HeapBytes(first_capacity_ * kMemberBytes);
  if (many_.more == nullptr) return first_bytes;
  return first_bytes + many_.more->size() * HeapBytes(kChunk * kMemberBytes) +
         HeapBytes(sizeof(std::vector<void*>)) + HeapBytes(many_.more->capacity() * sizeof(void*));
}

void MemberArray::GrowFirst() {
  const uint32_t capacity =
      is_inline() ? kFirstCapacity : std::min(kChunk, first_capacity_ + first_capacity_ / 2);
  void* const memory = Allocate(capacity);
  const Chunk to = ChunkAt(memory, capacity);
  ForEachRun([&](const uint64_t* tags, const uint32_t* memberships, size_t count) {
    std::copy_n(tags, count, to.tags);
    std::copy_n(memberships, count, to.memberships);
  });
  if (!is_inline()) ::operator delete(many_.first);
  many_ = {memory, nullptr};
  first_capacity_ = capacity;
}

void MemberArray::AddChunk() {
  if (many_.more == nullptr) many_.more = new std::vector<void*>;
  std::vector<void*>& more = *many_.more;
  if (more.size() == more.capacity()) more.reserve(2 * more.size() + 1);
  more.push_back(Allocate(kChunk));
}

void MemberArray::PushBack(uint64_t tag, uint32_t membership) {
  if (size_ == capacity()) {
    if (first_capacity_ < kChunk) {
      GrowFirst();
    } else {
      AddChunk();
    }
  }
  if (is_inline()) {
    one_ = {tag, membership};
  } else {
    const Chunk chunk = ChunkOf(size_);
    chunk.tags[size_ % kChunk] = tag;
    chunk.memberships[size_ % kChunk] = membership;
  }
  ++size_;
}

uint32_t MemberArray::Erase(uint32_t place) {
  const uint32_t last = --size_;
  if (is_inline()) return kNone;
  const Chunk from = ChunkOf(last);
  const Chunk to = ChunkOf(place);
  const One moved{from.tags[last % kChunk], from.memberships[last % kChunk]};
  to.tags[place % kChunk] = moved.tag;
  to.memberships[place % kChunk] = moved.membership;
  // An empty chunk is kept, so that coming and going at a border is cheap.
  while (many_.more != nullptr && !many_.more->empty() && many_.more->size() > size_ / kChunk + 1) {
    ::operator delete(many_.more->back());
    many_.more->pop_back();
  }
  if (size_ <= 1) {
    const One left{ChunkOf(0).tags[0], ChunkOf(0).memberships[0]};
    ::operator delete(many_.first);
    if (many_.more != nullptr) {
      for (void* chunk : *many_.more) ::operator delete(chunk);
      delete many_.more;
    }
    one_ = left;
    first_capacity_ = 0;
  }
  return place == last ? kNone : moved.membership;
}

}  // namespace kontor
