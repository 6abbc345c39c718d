#ifndef KONTOR_BROKER_DEDUPLICATION_H_
#define KONTOR_BROKER_DEDUPLICATION_H_

#include <cstdint>
#include <string>

#include "absl/functional/function_ref.h"
#include "base/bytes.h"
#include "broker/linked_line.h"
#include "broker/linked_table.h"

namespace kontor {

// The ids under which producers have sent messages lately, each for a time of its own. Guarded by
// its queue's lock.
class Deduplication {
 public:
  struct InOrder;
  struct Entry : Linked<InOrder> {
    uint32_t hash = 0;
    Entry* next_in_bucket = nullptr;
    uint64_t message_id = 0;
    int64_t until_unix_ms = 0;
    std::string key;
  };

  Deduplication() = default;
  ~Deduplication() { Clear(); }
  Deduplication(const Deduplication&) = delete;
  Deduplication& operator=(const Deduplication&) = delete;

  // Null if it is not remembered, or not any longer.
  const Entry* Find(Bytes key, int64_t now_unix_ms) const;
  // Instead of what was remembered under this key. Throws std::bad_alloc with nothing changed.
  void Remember(Bytes key, uint64_t message_id, int64_t until_unix_ms);
  void Forget(Bytes key);
  // Forgets what is over, the oldest first, a few at a time: each call more than one Remember adds.
  void Expire(int64_t now_unix_ms);
  size_t size() const { return entries_.size(); }
  // In the order in which they were remembered.
  void ForEach(absl::FunctionRef<void(const Entry&)> visit) const;
  void Clear();
  // What it takes of the heap.
  int64_t heap_bytes() const {
    return entry_bytes_ + static_cast<int64_t>(entries_.memory_bytes());
  }

 private:
  Entry* Lookup(Bytes key) const;
  void Drop(Entry* entry);

  LinkedTable<Entry> entries_;
  LinkedLine<Entry, InOrder> by_age_;
  int64_t entry_bytes_ = 0;
};

}  // namespace kontor

#endif  // KONTOR_BROKER_DEDUPLICATION_H_
