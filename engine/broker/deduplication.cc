#include "broker/deduplication.h"

#include <memory>

#include "base/heap_bytes.h"
#include "broker/name_hash.h"

namespace kontor {
namespace {

int64_t BytesOf(const Deduplication::Entry& entry) {
  return static_cast<int64_t>(HeapBytes(sizeof(entry)) + HeapBytesOf(entry.key));
}

}  // namespace

Deduplication::Entry* Deduplication::Lookup(Bytes key) const {
  return entries_.Find(NameHash(key), [&](const Entry& entry) { return entry.key == key; });
}

const Deduplication::Entry* Deduplication::Find(Bytes key, int64_t now_unix_ms) const {
  const Entry* const found = Lookup(key);
  return found == nullptr || found->until_unix_ms <= now_unix_ms ? nullptr : found;
}

void Deduplication::Remember(Bytes key, uint64_t message_id, int64_t until_unix_ms) {
  auto made = std::make_unique<Entry>();
  made->key = std::string(key);
  made->hash = NameHash(key);
  made->message_id = message_id;
  made->until_unix_ms = until_unix_ms;
  Forget(key);
  Entry* const entry = made.release();
  entry_bytes_ += BytesOf(*entry);
  entries_.Insert(entry);
  by_age_.PushBack(entry);
}

void Deduplication::Forget(Bytes key) {
  if (Entry* const found = Lookup(key); found != nullptr) Drop(found);
}

void Deduplication::Drop(Entry* entry) {
  entries_.Remove(entry);
  by_age_.Remove(entry);
  entry_bytes_ -= BytesOf(*entry);
  delete entry;
}

void Deduplication::Expire(int64_t now_unix_ms) {
  constexpr int kAtOnce = 16;
  for (int i = 0; i < kAtOnce && !by_age_.empty(); ++i) {
    if (by_age_.first()->until_unix_ms > now_unix_ms) return;
    Drop(by_age_.first());
  }
}

void Deduplication::ForEach(absl::FunctionRef<void(const Entry&)> visit) const {
  using Line = LinkedLine<Entry, InOrder>;
  for (const Entry* at = by_age_.first(); at != nullptr; at = Line::Next(at)) visit(*at);
}

void Deduplication::Clear() {
  entries_.Clear([](Entry* entry) { delete entry; });
  by_age_.Clear();
  entry_bytes_ = 0;
}

}  // namespace kontor
