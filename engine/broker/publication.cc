#include "broker/publication.h"

#include <algorithm>
#include <new>

#include "base/heap_bytes.h"

namespace kontor {

PublicationRef Publication::Make(Bytes channel, Bytes body, Bytes reply_channel,
                                 MemoryBudget* budget) {
  void* const memory =
      ::operator new(sizeof(Publication) + channel.size() + body.size() + reply_channel.size());
  char* end = static_cast<char*>(memory) + sizeof(Publication);
  const auto keep = [&end](Bytes bytes) {
    const Bytes kept(end, bytes.size());
    end = std::copy(bytes.begin(), bytes.end(), end);
    return kept;
  };
  const Bytes own_channel = keep(channel);
  const Bytes own_body = keep(body);
  const Bytes own_reply_channel = keep(reply_channel);
  return PublicationRef(new (memory) Publication(own_channel, own_body, own_reply_channel, budget),
                        /*waits=*/false);
}

int64_t Publication::heap_bytes() const {
  return static_cast<int64_t>(HeapBytes(sizeof(Publication) + waiting_bytes()));
}

void Publication::AddWaiting(uint64_t count) const {
  const uint64_t before = references_.fetch_add(count * kWaiting, std::memory_order_relaxed);
  if (before < kWaiting) CountInBudget(heap_bytes());
}

void Publication::DropWaiting(uint64_t count) const {
  // Asked before, because afterwards it may be gone.
  const int64_t bytes = heap_bytes();
  MemoryBudget* const budget = budget_;
  const uint64_t before = references_.fetch_sub(count * kWaiting, std::memory_order_acq_rel);
  const uint64_t left = before - count * kWaiting;
  if (left < kWaiting && budget != nullptr) {
    budget->Add(MemoryPurpose::kMailboxes, -bytes);
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
