#include "keyspace/arena.h"

#include <sys/mman.h>

#include <bit>
#include <cstring>
#include <new>

#include "base/check.h"

namespace kontor {
namespace {

constexpr size_t kChunksPerGroup = 32;  // address space reserved at a time: 64 MiB
// An arena that is smaller stays on ordinary pages: a small engine must not cost 2 MiB at a time.
constexpr size_t kSmallBytes = size_t{16} << 20;
constexpr size_t kTouchedChunks = 1;
constexpr size_t kPageBytes = 4096;

uintptr_t ChunkOf(const void* address) {
  return reinterpret_cast<uintptr_t>(address) & ~(uintptr_t{Arena::kChunkBytes} - 1);
}

// The first of `runs` bits in a row that are set; 64 if there are none.
unsigned FindRuns(uint64_t free_runs, size_t runs) {
  for (size_t length = 1; length < runs && free_runs != 0; ++length) free_runs &= free_runs >> 1;
  return static_cast<unsigned>(std::countr_zero(free_runs));
}

uint64_t RunMask(size_t runs, unsigned first) {
  const uint64_t mask = runs == 64 ? ~uint64_t{0} : (uint64_t{1} << runs) - 1;
  return mask << first;
}

}  // namespace

Arena::~Arena() {
  const MutexLock lock(&mutex_);
  for (const auto& [address, bytes] : mappings_) munmap(address, bytes);
}

void Arena::ReserveGroup() {
  // One chunk more, to align the rest, and a page for readers who believe what is no length.
  constexpr size_t kBytes = (kChunksPerGroup + 1) * kChunkBytes + kPageBytes;
  mappings_.reserve(mappings_.size() + 1);
  empty_.reserve(chunks_.size() + kChunksPerGroup);  // all may come back, where nothing may fail
  void* const address = mmap(nullptr, kBytes, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (address == MAP_FAILED) throw std::bad_alloc();
  mappings_.emplace_back(address, kBytes);
  uintptr_t base = ChunkOf(static_cast<char*>(address) + kChunkBytes - 1);
  for (size_t i = 0; i < kChunksPerGroup; ++i, base += kChunkBytes) {
    auto chunk = std::make_unique<Chunk>();
    chunk->base = reinterpret_cast<char*>(base);  // NOLINT(performance-no-int-to-ptr)
    Chunk* const made = chunk.get();
    chunks_.emplace(base, std::move(chunk));
    empty_.push_back(made);
  }
}

Arena::Chunk* Arena::TakeEmptyChunk() {
  std::vector<Chunk*>& from = touched_.empty() ? empty_ : touched_;
  if (from.empty()) ReserveGroup();
  Chunk* const chunk = from.back();
  from.pop_back();
  Waiter* const toucher = toucher_.load(std::memory_order_acquire);
  if (toucher != nullptr && used_bytes() >= kSmallBytes && touched_.size() < kTouchedChunks) {
    toucher->Notify();
  }
  return chunk;
}

void Arena::Count(int64_t runs) {
  const int64_t bytes = runs * static_cast<int64_t>(kRunBytes);
  used_bytes_.fetch_add(static_cast<size_t>(bytes), std::memory_order_relaxed);
  if (budget_ != nullptr) budget_->Add(MemoryPurpose::kKeys, bytes);
}

// Under a limit hardly any, otherwise a quarter of what is in use: enough that coming and going
// costs nothing, and little enough that after a large delete next to nothing is left.
size_t Arena::KeptIdleBytes() const {
  constexpr int64_t kLimitParts = 64;
  constexpr size_t kUsedParts = 4;
  constexpr size_t kLeastBytes = (kTouchedChunks + 1) * kChunkBytes;
  if (budget_ != nullptr && budget_->limited()) {
    return static_cast<size_t>(budget_->limit_bytes() / kLimitParts);
  }
  return std::max(used_bytes() / kUsedParts, kLeastBytes);
}

// Without large pages, or the kernel would sooner or later make one of what is left of this one and
// the holes in it.
void Arena::Cool(Chunk* chunk) {
  if (warm_bytes_ - used_bytes() <= KeptIdleBytes()) return;
  madvise(chunk->base, kChunkBytes, MADV_NOHUGEPAGE);
  const uint64_t idle = chunk->free_runs & chunk->warm_runs;
  for (uint64_t left = idle; left != 0;) {
    const auto first = static_cast<size_t>(std::countr_zero(left));
    const auto runs = static_cast<size_t>(std::countr_one(left >> first));
    madvise(chunk->base + first * kRunBytes, runs * kRunBytes, MADV_DONTNEED);
    left &= ~RunMask(runs, static_cast<unsigned>(first));
  }
  chunk->warm_runs &= ~idle;
  warm_bytes_ -= static_cast<size_t>(std::popcount(idle)) * kRunBytes;
}

void* Arena::TakeRuns(Chunk* chunk, size_t runs) {
  const unsigned first = FindRuns(chunk->free_runs, runs);
  KONTOR_CHECK(first < kRunsPerChunk);
  const uint64_t mask = RunMask(runs, first);
  chunk->free_runs &= ~mask;
  warm_bytes_ += static_cast<size_t>(std::popcount(mask & ~chunk->warm_runs)) * kRunBytes;
  chunk->warm_runs |= mask;
  Count(static_cast<int64_t>(runs));
  return chunk->base + first * kRunBytes;
}

void* Arena::Allocate(size_t runs) {
  KONTOR_CHECK(runs > 0 && runs <= kRunsPerChunk);
  const MutexLock lock(&mutex_);
  if (used_bytes() + runs * kRunBytes > limit_bytes_.load(std::memory_order_relaxed)) {
    throw std::bad_alloc();
  }
  for (auto entry = partial_.begin(); entry != partial_.end(); ++entry) {
    Chunk* const chunk = entry->second;
    if (FindRuns(chunk->free_runs, runs) >= kRunsPerChunk) continue;
    void* const taken = TakeRuns(chunk, runs);
    if (chunk->free_runs == 0) partial_.erase(entry);
    return taken;
  }
  Chunk* const chunk = TakeEmptyChunk();
  if (runs < kRunsPerChunk) {
    try {
      partial_.emplace(chunk->base, chunk);
    } catch (const std::bad_alloc&) {
      empty_.push_back(chunk);  // its place there is reserved
      throw;
    }
  }
  return TakeRuns(chunk, runs);
}

void Arena::Free(void* run, size_t runs) {
  const MutexLock lock(&mutex_);
  Chunk* const chunk = chunks_.at(ChunkOf(run)).get();
  const auto first = static_cast<unsigned>((static_cast<char*>(run) - chunk->base) /
                                           static_cast<ptrdiff_t>(kRunBytes));
  const uint64_t mask = RunMask(runs, first);
  KONTOR_CHECK((chunk->free_runs & mask) == 0);
  const bool was_full = chunk->free_runs == 0;
  chunk->free_runs |= mask;
  Count(-static_cast<int64_t>(runs));
  if (chunk->free_runs != ~uint64_t{0}) {
    Cool(chunk);
    // A run may be freed where nothing may fail: without memory for the entry the chunk is only not
    // found again before it is empty.
    if (was_full) {
      try {
        partial_.emplace(chunk->base, chunk);
      } catch (const std::bad_alloc&) {
        return;
      }
    }
    return;
  }
  if (!was_full) partial_.erase({chunk->base, chunk});
  // The addresses stay, so that a late reader finds zeros.
  madvise(chunk->base, kChunkBytes, MADV_DONTNEED);
  warm_bytes_ -= static_cast<size_t>(std::popcount(chunk->warm_runs)) * kRunBytes;
  chunk->warm_runs = 0;
  empty_.push_back(chunk);
}

void Arena::TouchAhead() {
  while (TouchOne()) {
  }
}

bool Arena::TouchOne() {
  Chunk* chunk = nullptr;
  {
    const MutexLock lock(&mutex_);
    if (used_bytes() < kSmallBytes || touched_.size() >= kTouchedChunks) return false;
    constexpr int64_t kSpareBytes = (kTouchedChunks + 1) * kChunkBytes;
    if (budget_ != nullptr && budget_->excess_bytes() > -kSpareBytes) return false;
    touched_.reserve(kTouchedChunks);
    if (empty_.empty()) ReserveGroup();
    chunk = empty_.back();
    empty_.pop_back();
  }
  // Without large pages it is ordinary ones that are touched, which helps as well.
  madvise(chunk->base, kChunkBytes, MADV_HUGEPAGE);
  for (size_t offset = 0; offset < kChunkBytes; offset += kPageBytes) {
    *const_cast<volatile char*>(chunk->base + offset) = 0;
  }
  const MutexLock lock(&mutex_);
  chunk->warm_runs = ~uint64_t{0};
  warm_bytes_ += kChunkBytes;
  touched_.push_back(chunk);
  return true;
}

}  // namespace kontor
