#include "keyspace/lazy_free.h"

#include <new>
#include <utility>

namespace kontor {
namespace {

constexpr size_t kEntriesPerStep = 8192;

}  // namespace

void LazyFree::set_budget(MemoryBudget* budget) {
  const MutexLock lock(&mutex_);
  counted_.set_budget(budget);
}

void LazyFree::Add(Collection collection) {
  const size_t bytes = collection ? collection.memory_bytes() : 0;
  if (bytes < kLeastBytes || !begun_.load(std::memory_order_relaxed)) return;
  const MutexLock lock(&mutex_);
  try {
    waiting_.push_back(std::move(collection));
  } catch (const std::bad_alloc&) {
    return;  // freed here, by its destructor
  }
  counted_.Add(static_cast<int64_t>(bytes));
  pending_.fetch_add(1, std::memory_order_relaxed);
}

bool LazyFree::FreeSome() {
  const MutexLock step(&step_mutex_);
  Collection collection;
  {
    const MutexLock lock(&mutex_);
    if (waiting_.empty()) return false;
    collection = std::move(waiting_.front());
    waiting_.pop_front();
  }
  const auto before = static_cast<int64_t>(collection.memory_bytes());
  if (!collection.FreeSome(kEntriesPerStep)) {
    collection = Collection();
    pending_.fetch_sub(1, std::memory_order_relaxed);
  }
  const auto after = static_cast<int64_t>(collection ? collection.memory_bytes() : 0);
  const MutexLock lock(&mutex_);
  counted_.Add(after - before);
  // There is room where it came from; for want of memory all of it is freed now.
  if (collection) {
    try {
      waiting_.push_front(std::move(collection));
    } catch (const std::bad_alloc&) {
      counted_.Add(-after);
      pending_.fetch_sub(1, std::memory_order_relaxed);
    }
  }
  return !waiting_.empty();
}

void LazyFree::FreeAll() {
  while (!empty() && FreeSome()) continue;
}

}  // namespace kontor
