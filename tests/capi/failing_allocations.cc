#include "capi/failing_allocations.h"

#include <cstdlib>
#include <new>

namespace kontor::no_memory {

thread_local int64_t fail_at = 0;
thread_local size_t fail_above_bytes = SIZE_MAX;
thread_local size_t allocated_bytes = 0;

}  // namespace kontor::no_memory

namespace {

using kontor::no_memory::allocated_bytes;
using kontor::no_memory::fail_above_bytes;
using kontor::no_memory::fail_at;

void* Allocate(size_t bytes) noexcept {
  if (bytes > fail_above_bytes) return nullptr;
  if (fail_at > 0 && --fail_at == 0) return nullptr;
  allocated_bytes += bytes;
  return std::malloc(bytes == 0 ? 1 : bytes);
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
// Those of arrays ask these by themselves, but not under a sanitizer.
[[gnu::noinline]] void* operator new[](size_t bytes) { return operator new(bytes); }
[[gnu::noinline]] void* operator new[](size_t bytes, const std::nothrow_t&) noexcept {
  return Allocate(bytes);
}
[[gnu::noinline]] void* operator new(size_t bytes, std::align_val_t alignment) {
  void* memory = nullptr;
  const bool fails = bytes > fail_above_bytes || (fail_at > 0 && --fail_at == 0);
  if (fails || posix_memalign(&memory, static_cast<size_t>(alignment), bytes) != 0) {
    throw std::bad_alloc();
  }
  allocated_bytes += bytes;
  return memory;
}
[[gnu::noinline]] void operator delete(void* memory, std::align_val_t) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, size_t, std::align_val_t) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, size_t) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete[](void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete[](void* memory, size_t) noexcept { std::free(memory); }
