#include "unit/types/memory.h"

#include <cstdlib>

#include "base/heap_bytes.h"

namespace {

using kontor::testing_memory::fail_at;
using kontor::testing_memory::live_bytes;

constexpr size_t kHeadBytes = 16;  // holds the size, and keeps what follows aligned

void* Allocate(size_t bytes) noexcept {
  if (fail_at == kontor::testing_memory::kAlways) return nullptr;
  if (fail_at > 0 && --fail_at == 0) return nullptr;
  auto* const memory = static_cast<char*>(std::malloc(kHeadBytes + bytes));
  if (memory == nullptr) return nullptr;
  *reinterpret_cast<size_t*>(memory) = bytes;
  live_bytes += kontor::HeapBytes(bytes);
  return memory + kHeadBytes;
}

void Free(void* memory) noexcept {
  if (memory == nullptr) return;
  char* const begin = static_cast<char*>(memory) - kHeadBytes;
  live_bytes -= kontor::HeapBytes(*reinterpret_cast<size_t*>(begin));
  std::free(begin);
}

}  // namespace

// Not inlined, or gcc takes the pairs of malloc and delete for a mistake.
[[gnu::noinline]] void* operator new(size_t bytes) {
  void* const memory = Allocate(bytes);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
[[gnu::noinline]] void* operator new(size_t bytes, const std::nothrow_t&) noexcept {
  return Allocate(bytes);
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { Free(memory); }
[[gnu::noinline]] void operator delete(void* memory, size_t) noexcept { Free(memory); }
[[gnu::noinline]] void* operator new[](size_t bytes) { return operator new(bytes); }
[[gnu::noinline]] void* operator new[](size_t bytes, const std::nothrow_t&) noexcept {
  return Allocate(bytes);
}
[[gnu::noinline]] void operator delete[](void* memory) noexcept { Free(memory); }
[[gnu::noinline]] void operator delete[](void* memory, size_t) noexcept { Free(memory); }
