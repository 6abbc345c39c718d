#ifndef KONTOR_BROKER_ENTRY_QUEUE_H_
#define KONTOR_BROKER_ENTRY_QUEUE_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <utility>

#include "base/heap_bytes.h"
#include "broker/publication.h"

namespace kontor {

struct Subscription;

enum class DeliveryKind : uint32_t {
  kMessage = 0,         // of a channel subscribed by name
  kPatternMessage = 1,  // of a channel that matches a subscribed pattern
  kGap = 2,             // `lost` messages were dropped before what follows
  kInterestGained = 3,  // a channel or pattern got its first subscription anywhere in the engine
  kInterestLost = 4,    // its last subscription ended
  kPresent = 5,         // these tags are in a channel, and nobody else
  kJoined = 6,          // these have come into it
  kLeft = 7,            // these have left it
};

// What waits in a mailbox: a message for the tags of one subscription, or an event.
struct MailboxEntry {
  const Publication* publication = nullptr;  // a reference that waits; null for gaps
  Subscription* subscription = nullptr;      // of messages
  uint64_t sequence = 0;      // of the publication; of a gap: how many messages were lost
  uint32_t lost = 0;          // messages lost before it, or replaced by it
  uint16_t kind = 0;          // a DeliveryKind
  uint16_t subject_kind = 0;  // of events, a SubjectKind
};
static_assert(sizeof(MailboxEntry) == 32);

// A queue of entries that stay where they are until they are taken out. It grows by chunks, each
// larger than the one before, up to a bound, and keeps one to use it again, so that in the long run
// nothing is allocated. Not thread-safe.
class EntryQueue {
 public:
  EntryQueue() = default;
  EntryQueue(const EntryQueue&) = delete;
  EntryQueue& operator=(const EntryQueue&) = delete;
  ~EntryQueue();

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  MailboxEntry* front() { return &first_->entries()[begin_]; }
  // Where it is from now on; null, and nothing changed, if there is no memory.
  MailboxEntry* PushBack(const MailboxEntry& entry) {
    if (last_ == nullptr || end_ == last_->capacity) {
      if (!AddChunk()) return nullptr;
    }
    MailboxEntry* const place = &last_->entries()[end_++];
    *place = entry;
    ++size_;
    return place;
  }
  void PopFront() {
    ++begin_;
    --size_;
    if (size_ == 0) {
      begin_ = end_ = 0;  // in the only chunk there is
    } else if (begin_ == first_->capacity) {
      RemoveChunk();
    }
  }
  template <typename Visit>
  void ForEach(Visit visit) const {
    size_t at = begin_;
    for (Chunk* chunk = first_; chunk != nullptr; chunk = chunk->next) {
      const size_t end = chunk == last_ ? end_ : chunk->capacity;
      for (; at < end; ++at) visit(chunk->entries()[at]);
      at = 0;
    }
  }
  size_t memory_bytes() const { return memory_bytes_; }

 private:
  static constexpr size_t kFirstCapacity = 8;
  static constexpr size_t kCapacity = 128;

  struct Chunk {
    Chunk* next;
    size_t capacity;
    MailboxEntry* entries() { return reinterpret_cast<MailboxEntry*>(this + 1); }  // right behind
  };
  static size_t BytesOf(size_t capacity) { return sizeof(Chunk) + capacity * sizeof(MailboxEntry); }

  bool AddChunk();
  void RemoveChunk();
  void Free(Chunk* chunk);

  Chunk* first_ = nullptr;
  Chunk* last_ = nullptr;
  Chunk* spare_ = nullptr;
  size_t begin_ = 0;  // in the first chunk
  size_t end_ = 0;    // in the last chunk
  size_t size_ = 0;
  size_t memory_bytes_ = 0;
};

}  // namespace kontor

#endif  // KONTOR_BROKER_ENTRY_QUEUE_H_
