#include "types/dense_table.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <memory>
#include <new>

#include "base/check.h"
#include "base/hash.h"
#include "base/heap_bytes.h"
#include "base/random.h"

namespace kontor {
namespace {

// Where what is free behind a value is too much for the four bits of an entry's head, its number of
// bytes stands there in full.
constexpr uint32_t kMuchSlack = 15;
constexpr size_t kMostBytes = (size_t{1} << 30) - 1;  // of a key or a value

// Of a process, so that nobody outside can choose keys that collide.
uint64_t Seed() {
  static const uint64_t seed = Random::SystemSeed();
  return seed;
}

}  // namespace

// One allocation: this head, the key, the value, and what a longer value left behind.
struct DenseTable::Entry {
  uint64_t key_bytes : 30;
  uint64_t value_bytes : 30;
  uint64_t slack : 4;

  struct Deleter {
    void operator()(Entry* entry) const { ::operator delete(entry); }
  };
  using Owner = std::unique_ptr<Entry, Deleter>;

  static Owner Make(Bytes key, Bytes value) {
    KONTOR_CHECK((key.size() | value.size()) <= kMostBytes);
    // What common allocators hand out: 16 n + 8 bytes.
    const size_t allocated = (sizeof(Entry) + key.size() + value.size() + 7) / 16 * 16 + 8;
    Owner entry(static_cast<Entry*>(::operator new(allocated)));
    entry->key_bytes = key.size() & kMostBytes;
    std::copy(key.begin(), key.end(), entry->bytes());
    entry->PutValue(value, allocated);
    return entry;
  }

  char* bytes() { return reinterpret_cast<char*>(this + 1); }
  const char* bytes() const { return reinterpret_cast<const char*>(this + 1); }
  Bytes key() const { return Bytes(bytes(), key_bytes); }
  Bytes value() const { return Bytes(bytes() + key_bytes, value_bytes); }
  size_t allocated() const {
    size_t free = slack;
    if (free == kMuchSlack) {
      uint32_t much = 0;
      std::memcpy(&much, bytes() + key_bytes + value_bytes, sizeof(much));
      free = much;
    }
    return sizeof(Entry) + key_bytes + value_bytes + free;
  }
  // The value must fit in what was allocated.
  void PutValue(Bytes value, size_t allocated) {
    char* const end = std::copy(value.begin(), value.end(), bytes() + key_bytes);
    value_bytes = value.size() & kMostBytes;
    const auto free = static_cast<uint32_t>(reinterpret_cast<char*>(this) + allocated - end);
    slack = std::min(free, kMuchSlack) & 15;
    if (free >= kMuchSlack) std::memcpy(end, &free, sizeof(free));
  }
};

DenseTable::DenseTable(const DenseTable& other) : DenseTable() {
  // What throws from here on is destroyed: the other constructor is done.
  for (size_t place = 0; place < other.size(); ++place) {
    const Pair pair = other.at(place);
    Set(pair.key, pair.value);
  }
}

DenseTable::~DenseTable() {
  for (size_t place = 0; place < size(); ++place) Entry::Deleter()(slots_[place].entry);
}

uint32_t DenseTable::HashOf(Bytes key) { return static_cast<uint32_t>(Xxh3(key, Seed())); }

// Of 2^n + m buckets the first m and the last m were split already and go by one bit more.
uint32_t DenseTable::BucketOf(uint32_t hash) const {
  const size_t mask = std::bit_ceil(heads_.size()) - 1;
  const size_t bucket = hash & mask;
  return static_cast<uint32_t>(bucket < heads_.size() ? bucket : hash & (mask >> 1));
}

uint32_t* DenseTable::LinkTo(Bytes key, uint32_t hash) {
  uint32_t* link = &heads_[BucketOf(hash)];
  while (*link != kNone) {
    Slot& slot = slots_[*link];
    if (slot.hash == hash && slot.entry->key() == key) break;
    link = &slot.next;
  }
  return link;
}

bool DenseTable::Find(Bytes key, Bytes* value) const {
  const Entry* const entry = Lookup(key);
  if (entry == nullptr) return false;
  *value = entry->value();
  return true;
}

const DenseTable::Entry* DenseTable::Lookup(Bytes key) const {
  const uint32_t place = *const_cast<DenseTable*>(this)->LinkTo(key, HashOf(key));
  return place == kNone ? nullptr : slots_[place].entry;
}

DenseTable::Pair DenseTable::PairOf(const Entry* entry) { return {entry->key(), entry->value()}; }

bool DenseTable::Set(Bytes key, Bytes value) {
  const uint32_t hash = HashOf(key);
  if (const uint32_t place = *LinkTo(key, hash); place != kNone) {
    Overwrite(&slots_[place], value);
    return false;
  }
  KONTOR_CHECK(size() < kNone);
  Entry::Owner entry = Entry::Make(key, value);
  uint32_t& head = heads_[BucketOf(hash)];
  slots_.PushBack(Slot{entry.get(), hash, head});
  head = static_cast<uint32_t>(size() - 1);
  entry_bytes_ += HeapBytes(entry.release()->allocated());
  // Two, in case there was no memory for one before.
  for (int splits = 0; splits < 2 && heads_.size() < size(); ++splits) SplitBucket();
  return true;
}

void DenseTable::Overwrite(Slot* slot, Bytes value) {
  Entry* const old = slot->entry;
  const size_t allocated = old->allocated();
  if (sizeof(Entry) + old->key_bytes + value.size() <= allocated) {
    old->PutValue(value, allocated);
    return;
  }
  slot->entry = Entry::Make(old->key(), value).release();
  entry_bytes_ += HeapBytes(slot->entry->allocated()) - HeapBytes(allocated);
  Entry::Deleter()(old);
}

bool DenseTable::Erase(Bytes key) {
  uint32_t* const link = LinkTo(key, HashOf(key));
  const uint32_t place = *link;
  if (place == kNone) return false;
  *link = slots_[place].next;
  entry_bytes_ -= HeapBytes(slots_[place].entry->allocated());
  Entry::Deleter()(slots_[place].entry);
  const auto last = static_cast<uint32_t>(size() - 1);
  if (place != last) {
    uint32_t* link_to_last = &heads_[BucketOf(slots_[last].hash)];
    while (*link_to_last != last) link_to_last = &slots_[*link_to_last].next;
    *link_to_last = place;
    slots_[place] = slots_[last];
  }
  slots_.PopBack();
  for (int joins = 0; joins < 2 && heads_.size() > 1 && heads_.size() / 2 > size(); ++joins) {
    JoinBucket();
  }
  return true;
}

bool DenseTable::FreeSome(size_t count) {
  for (; count > 0 && size() > 0; --count) {
    Entry* const last = slots_[size() - 1].entry;
    entry_bytes_ -= HeapBytes(last->allocated());
    Entry::Deleter()(last);
    slots_.PopBack();
  }
  return size() > 0;
}

// The next bucket takes its part of the one whose number lacks its highest bit.
void DenseTable::SplitBucket() {
  try {
    heads_.PushBack(kNone);
  } catch (const std::bad_alloc&) {
    return;  // the chains are a little longer
  }
  const size_t added = heads_.size() - 1;
  uint32_t* link = &heads_[added - std::bit_floor(added)];
  while (*link != kNone) {
    const uint32_t place = *link;
    Slot& slot = slots_[place];
    if (BucketOf(slot.hash) == added) {
      *link = slot.next;
      slot.next = heads_[added];
      heads_[added] = place;
    } else {
      link = &slot.next;
    }
  }
}

void DenseTable::JoinBucket() {
  const size_t last = heads_.size() - 1;
  uint32_t* link = &heads_[last - std::bit_floor(last)];
  while (*link != kNone) link = &slots_[*link].next;
  *link = heads_[last];
  heads_.PopBack();
}

}  // namespace kontor
