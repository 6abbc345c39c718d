#ifndef KONTOR_BASE_SHARED_BYTES_H_
#define KONTOR_BASE_SHARED_BYTES_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <utility>

#include "base/bytes.h"
#include "base/heap_bytes.h"

namespace kontor {

// Bytes that never change and that many hold, from any thread: one allocation with its count. The
// last holder frees it.
class SharedBytes {
 public:
  // None: view() is empty.
  SharedBytes() = default;
  // A copy of `bytes`. Throws std::bad_alloc.
  explicit SharedBytes(Bytes bytes)
      : SharedBytes(bytes.size(), [bytes](char* to) {
          if (!bytes.empty()) std::memcpy(to, bytes.data(), bytes.size());
        }) {}
  // So many, which `fill(char*)` writes, and does not throw. Throws std::bad_alloc.
  template <typename Fill>
  SharedBytes(size_t size, Fill fill) {
    void* const memory = ::operator new(sizeof(Block) + size);
    block_ = new (memory) Block{.size = size};
    fill(block_->bytes());
  }
  SharedBytes(const SharedBytes& other) : block_(other.block_) {
    // Relaxed: whoever copies holds one already, so nobody frees it meanwhile.
    if (block_ != nullptr) block_->holders.fetch_add(1, std::memory_order_relaxed);
  }
  SharedBytes(SharedBytes&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
  SharedBytes& operator=(SharedBytes other) noexcept {
    std::swap(block_, other.block_);
    return *this;
  }
  ~SharedBytes() {
    if (block_ == nullptr) return;
    // Release and acquire: what every holder read comes before the last one frees it. Who is the
    // only holder left needs no atomic addition: nobody else can become one.
    if (block_->holders.load(std::memory_order_acquire) != 1 &&
        block_->holders.fetch_sub(1, std::memory_order_acq_rel) != 1) {
      return;
    }
    // In an optional clang's analyzer sees it destroyed twice.
    ::operator delete(block_);  // NOLINT(clang-analyzer-cplusplus.NewDelete)
  }

  bool has_value() const { return block_ != nullptr; }
  Bytes view() const {
    if (block_ == nullptr) return {};
    return {block_->bytes(), block_->size};
  }
  Bytes operator*() const { return view(); }
  // What it takes of the heap, whoever else holds it.
  size_t heap_bytes() const {
    return block_ == nullptr ? 0 : HeapBytes(sizeof(Block) + block_->size);
  }

 private:
  struct Block {
    std::atomic<uint64_t> holders{1};
    const size_t size;
    char* bytes() { return reinterpret_cast<char*>(this + 1); }  // they follow it
  };

  Block* block_ = nullptr;
};

}  // namespace kontor

#endif  // KONTOR_BASE_SHARED_BYTES_H_
