#include "broker/publication.h"

#include <algorithm>
#include <new>

#include "base/heap_bytes.h"

namespace kontor {

PublicationRef Publication::Make(Bytes channel, Bytes body, MemoryBudget* budget) {
  void* const memory = ::operator new(sizeof(Publication) + channel.size() + body.size());
  char* const own_channel = static_cast<char*>(memory) + sizeof(Publication);
  char* const own_body = std::copy(channel.begin(), channel.end(), own_channel);
  std::copy(body.begin(), body.end(), own_body);
  return PublicationRef(new (memory) Publication(Bytes(own_channel, channel.size()),
                                                 Bytes(own_body, body.size()), budget),
                        /*waits=*/false);
}

int64_t Publication::heap_bytes() const {
  return static_cast<int64_t>(HeapBytes(sizeof(Publication) + channel.size() + body.size()));
}

void Publication::AddWaiting(uint64_t count) const {
  const uint64_t before = references_.fetch_add(count * kWaiting, std::memory_order_relaxed);
  if (before < kWaiting) CountInBudget(heap_bytes());
}

void Publication::DropWaiting(uint64_t count) const {
  // Asked before, because afterwards it may be gone.
  const size_t bytes = sizeof(Publication) + channel.size() + body.size();
  MemoryBudget* const budget = budget_;
  const uint64_t before = references_.fetch_sub(count * kWaiting, std::memory_order_acq_rel);
  const uint64_t left = before - count * kWaiting;
  if (left < kWaiting && budget != nullptr) {
    budget->Add(MemoryPurpose::kMailboxes, -static_cast<int64_t>(HeapBytes(bytes)));
  }
  if (left == 0) Free();
}

void Publication::HoldWaiting() const {
  const uint64_t before = references_.fetch_add(kHeld - kWaiting, std::memory_order_relaxed);
  if (before < 2 * kWaiting) CountInBudget(-heap_bytes());
}

void Publication::DropHeld() const {
  if (references_.fetch_sub(kHeld, std::memory_order_acq_rel) == kHeld) Free();
}

void Publication::Free() const {
  auto* const self = const_cast<Publication*>(this);
  self->~Publication();
  ::operator delete(self);
}

}  // namespace kontor
