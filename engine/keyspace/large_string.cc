#include "keyspace/large_string.h"

#include <algorithm>
#include <cstring>
#include <new>

#include "base/check.h"

namespace kontor {

LargeString::Block* LargeString::NewBlock(size_t size, size_t capacity) {
  auto* const block = new (::operator new(sizeof(Block) + capacity)) Block;
  block->size = size;
  block->capacity = capacity;
  return block;
}

LargeString::LargeString(Bytes bytes, size_t capacity)
    : block_(NewBlock(bytes.size(), std::max(capacity, bytes.size()))) {
  if (!bytes.empty()) std::memcpy(block_->bytes(), bytes.data(), bytes.size());
}

void LargeString::Release() {
  // The release half publishes this owner's reads, the acquire half makes the last owner see those
  // of all others before it frees what they read.
  if (block_ == nullptr || block_->owners.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  block_->~Block();
  ::operator delete(block_);
}

void LargeString::Write(size_t offset, Bytes bytes) {
  const size_t old_size = block_->size;
  const size_t size = std::max(old_size, offset + bytes.size());
  // Acquire: what other owners read before they gave it up comes before this change.
  const bool shared = block_->owners.load(std::memory_order_acquire) != 1;
  if (shared || size > block_->capacity) {
    const size_t capacity = size > block_->capacity ? size + size / 2 : size;
    LargeString grown;
    grown.block_ = NewBlock(old_size, capacity);
    std::memcpy(grown.block_->bytes(), block_->bytes(), old_size);
    std::swap(block_, grown.block_);
  }
  if (offset > old_size) std::memset(block_->bytes() + old_size, 0, offset - old_size);
  if (!bytes.empty()) std::memcpy(block_->bytes() + offset, bytes.data(), bytes.size());
  block_->size = size;
}

void LargeString::Cut(size_t size) {
  KONTOR_CHECK(block_->owners.load(std::memory_order_acquire) == 1 && size <= block_->size);
  block_->size = size;
}

}  // namespace kontor
