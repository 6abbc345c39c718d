#include "broker/entry_queue.h"

namespace kontor {

EntryQueue::~EntryQueue() {
  while (first_ != nullptr) Free(std::exchange(first_, first_->next));
  if (spare_ != nullptr) Free(spare_);
}

bool EntryQueue::AddChunk() {
  const size_t capacity =
      last_ == nullptr ? kFirstCapacity : std::min(kCapacity, 2 * last_->capacity);
  Chunk* chunk = std::exchange(spare_, nullptr);
  if (chunk == nullptr) {
    void* const memory = ::operator new(BytesOf(capacity), std::nothrow);
    if (memory == nullptr) return false;
    chunk = new (memory) Chunk{nullptr, capacity};
    std::uninitialized_default_construct_n(chunk->entries(), capacity);
    memory_bytes_ += HeapBytes(BytesOf(capacity));
  }
  chunk->next = nullptr;
  if (last_ == nullptr) {
    first_ = chunk;
    begin_ = 0;
  } else {
    last_->next = chunk;
  }
  last_ = chunk;
  end_ = 0;
  return true;
}

// The larger one of it and the one that is kept is kept.
void EntryQueue::RemoveChunk() {
  Chunk* const empty = std::exchange(first_, first_->next);
  begin_ = 0;
  Chunk* const other = spare_;
  spare_ = other == nullptr || other->capacity < empty->capacity ? empty : other;
  if (other != nullptr) Free(spare_ == empty ? other : empty);
}

void EntryQueue::Free(Chunk* chunk) {
  memory_bytes_ -= HeapBytes(BytesOf(chunk->capacity));
  ::operator delete(chunk);
}

}  // namespace kontor
