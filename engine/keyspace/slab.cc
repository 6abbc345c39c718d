#include "keyspace/slab.h"

#include <bitset>
#include <new>
#include <utility>

#include "base/check.h"
#include "base/relaxed_copy.h"

namespace kontor {
namespace {

// Multiples of 8 up to 256, then eight classes for each doubling, then the size of a segment.
constexpr size_t kFineBytes = 256;
constexpr size_t kFineStep = 8;
constexpr size_t kFineClasses = kFineBytes / kFineStep;
constexpr size_t kCoarseBytes = 2048;
constexpr size_t kStepsPerDoubling = 8;

size_t RunsFor(size_t bytes) { return (bytes + Arena::kRunBytes - 1) / Arena::kRunBytes; }

}  // namespace

// At the beginning of the memory it describes, where a late reader may still look for a directory.
struct alignas(64) Slab::Run {
  Relaxed<Run*> previous;
  Relaxed<Run*> next;
  Relaxed<void*> first_free;     // of those that were freed
  Relaxed<uint32_t> never_used;  // offset of the part that was never given out
  Relaxed<uint16_t> used;        // how many are given out
  Relaxed<uint16_t> size_class;

  bool Full(size_t bytes) const {
    return first_free == nullptr && never_used + bytes > Arena::kRunBytes;
  }
  static Run* Of(void* memory) {
    const auto offset = reinterpret_cast<uintptr_t>(memory) & (Arena::kRunBytes - 1);
    return reinterpret_cast<Run*>(static_cast<char*>(memory) - offset);
  }
};

Slab::~Slab() {
  // Whoever destroys a shard destroys the arena; runs that are in use go with it.
}

size_t Slab::ClassOf(size_t bytes) {
  if (bytes <= kFineBytes) return (bytes + kFineStep - 1) / kFineStep - (bytes == 0 ? 0 : 1);
  size_t size_class = kFineClasses;
  for (size_t base = kFineBytes; base < kCoarseBytes; base *= 2) {
    const size_t step = base / kStepsPerDoubling;
    if (bytes <= 2 * base) return size_class + (bytes - base + step - 1) / step - 1;
    size_class += kStepsPerDoubling;
  }
  return kClasses - 1;
}

size_t Slab::BytesOf(size_t size_class) {
  if (size_class < kFineClasses) return (size_class + 1) * kFineStep;
  if (size_class == kClasses - 1) return kLargestClassBytes;
  const size_t coarse = size_class - kFineClasses;
  const size_t base = kFineBytes << (coarse / kStepsPerDoubling);
  return base + (coarse % kStepsPerDoubling + 1) * (base / kStepsPerDoubling);
}

size_t Slab::RoundUp(size_t bytes) {
  if (bytes > kLargestClassBytes) return RunsFor(bytes) * Arena::kRunBytes;
  return BytesOf(ClassOf(bytes));
}

void Slab::Link(Class* size_class, Run* run) {
  Run* const next = size_class->partial;
  run->previous = nullptr;
  run->next = next;
  if (next != nullptr) next->previous = run;
  size_class->partial = run;
}

void Slab::Unlink(Class* size_class, Run* run) {
  Run* const previous = run->previous;
  Run* const next = run->next;
  if (next != nullptr) next->previous = previous;
  if (previous != nullptr) {
    previous->next = next;
  } else {
    size_class->partial = next;
  }
}

Slab::Run* Slab::AddRun(size_t size_class) {
  void* const kept = std::exchange(spare_, nullptr);
  auto* const run = static_cast<Run*>(kept != nullptr ? kept : arena_->Allocate(1));
  run->first_free = nullptr;
  run->never_used = sizeof(Run);
  run->used = 0;
  run->size_class = static_cast<uint16_t>(size_class);
  ++classes_[size_class].runs;
  Link(&classes_[size_class], run);
  return run;
}

void* Slab::Allocate(size_t bytes) {
  if (bytes > kLargestClassBytes) {
    void* const memory = arena_->Allocate(RunsFor(bytes));
    used_bytes_ += RoundUp(bytes);
    return memory;
  }
  const size_t size_class = ClassOf(bytes);
  const size_t class_bytes = BytesOf(size_class);
  Run* run = classes_[size_class].partial;
  if (run == nullptr) run = AddRun(size_class);
  void* memory = run->first_free;
  if (memory != nullptr) {
    run->first_free = RelaxedLoad(static_cast<void**>(memory));
  } else {
    memory = reinterpret_cast<char*>(run) + run->never_used;
    run->never_used += static_cast<uint32_t>(class_bytes);
  }
  ++run->used;
  ++classes_[size_class].used;
  used_bytes_ += class_bytes;
  if (run->Full(class_bytes)) {
    Unlink(&classes_[size_class], run);
  } else {
    // What the next one gets, so that it need not wait for it.
    const void* const freed = run->first_free;
    const char* const next = freed != nullptr
                                 ? static_cast<const char*>(freed)
                                 : reinterpret_cast<const char*>(run) + run->never_used;
    __builtin_prefetch(next, 1);
    __builtin_prefetch(next + class_bytes - 1, 1);
  }
  return memory;
}

void Slab::Free(void* memory, size_t bytes) {
  used_bytes_ -= RoundUp(bytes);
  if (bytes > kLargestClassBytes) {
    arena_->Free(memory, RunsFor(bytes));
    return;
  }
  const size_t size_class = ClassOf(bytes);
  const size_t class_bytes = BytesOf(size_class);
  Run* const run = Run::Of(memory);
  KONTOR_CHECK(run->size_class == size_class && run->used > 0);
  const bool was_full = run->Full(class_bytes);
  RelaxedStore<void*>(static_cast<void**>(memory), run->first_free);
  run->first_free = memory;
  --run->used;
  Class* const owner = &classes_[size_class];
  --owner->used;
  if (was_full) Link(owner, run);
  if (run->used != 0) return;
  Unlink(owner, run);
  --owner->runs;
  KeepOrFreeRun(run);
}

// One is kept, or a single key set and deleted again and again would take and give one each time.
void Slab::KeepOrFreeRun(Run* run) {
  if (spare_ == nullptr) {
    spare_ = run;
  } else {
    arena_->Free(run, 1);
  }
}

size_t Slab::PerRun(size_t class_bytes) { return (Arena::kRunBytes - sizeof(Run)) / class_bytes; }

Slab::Run* Slab::FindSparseRun() {
  constexpr int kLookedAt = 16;  // of the runs of a class
  Run* sparsest = nullptr;
  size_t least_bytes = SIZE_MAX;
  for (size_t size_class = 0; size_class < kClasses; ++size_class) {
    const Class& candidates = classes_[size_class];
    const size_t class_bytes = BytesOf(size_class);
    const size_t per_run = PerRun(class_bytes);
    // As much is free as a whole run has: what one of them holds fits into the others.
    if (candidates.runs < 2 || candidates.runs * per_run - candidates.used < per_run) continue;
    Run* run = candidates.partial;
    for (int i = 0; run != nullptr && i < kLookedAt; run = run->next, ++i) {
      if (run->used * class_bytes >= least_bytes) continue;
      least_bytes = run->used * class_bytes;
      sparsest = run;
    }
  }
  return sparsest;
}

bool Slab::Compact(absl::FunctionRef<bool(void* from, void* to, size_t bytes)> move) {
  if (spare_ != nullptr) {
    arena_->Free(std::exchange(spare_, nullptr), 1);
    return true;
  }
  Run* const run = FindSparseRun();
  if (run == nullptr) return false;
  const size_t bytes = BytesOf(run->size_class);
  Class* const owner = &classes_[run->size_class];
  std::bitset<Arena::kRunBytes / kFineStep> is_free;
  const auto place_of = [&](const void* memory) {
    return static_cast<size_t>(static_cast<const char*>(memory) -
                               reinterpret_cast<const char*>(run + 1)) /
           bytes;
  };
  for (void* free = run->first_free; free != nullptr;
       free = RelaxedLoad(static_cast<void**>(free))) {
    is_free.set(place_of(free));
  }
  Unlink(owner, run);  // so that nothing new comes in
  const size_t places = (run->never_used - sizeof(Run)) / bytes;
  for (size_t place = 0; place < places && run->used > 0; ++place) {
    if (is_free[place]) continue;
    void* const from = reinterpret_cast<char*>(run + 1) + place * bytes;
    void* const to = Allocate(bytes);
    if (!move(from, to, bytes)) {
      Free(to, bytes);
      Link(owner, run);
      return false;
    }
    RelaxedStore<void*>(static_cast<void**>(from), run->first_free);
    run->first_free = from;
    --run->used;
    --owner->used;
    used_bytes_ -= bytes;
  }
  --owner->runs;
  arena_->Free(run, 1);
  return true;
}

}  // namespace kontor
