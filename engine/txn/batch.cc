#include "txn/batch.h"

#include <algorithm>
#include <array>

#include "base/hash_inline.h"
#include "txn/execute.h"

namespace kontor {
namespace {

// How many keys are under way together: enough to keep a core's line-fill buffers busy, few enough
// that what was fetched is still in the first-level cache when its turn comes.
constexpr size_t kGroup = 32;

// The texts found so far, one behind the other. Those that do not fit are only measured.
class Texts {
 public:
  Texts(BatchFormat format, char* buffer, size_t capacity)
      : format_(format), buffer_(buffer), capacity_(capacity) {}

  size_t size() const { return size_; }
  size_t found() const { return found_; }
  void Clear() { size_ = found_ = 0; }
  void Add(const char* text, size_t length, BatchGet* get) {
    if (format_ == BatchFormat::kPacked) AddLength(static_cast<uint32_t>(length));
    get->offset = size_;
    get->length = length;
    ++found_;
    size_ += length;
    if (size_ <= capacity_) RelaxedCopy(buffer_ + get->offset, text, length);
  }
  void AddNone(BatchGet* get) {
    if (format_ == BatchFormat::kPacked) AddLength(kPackedAbsent);
    get->offset = 0;
    get->length = BatchGet::kAbsent;
  }

 private:
  void AddLength(uint32_t length) {
    size_ += kPackedLengthBytes;
    if (size_ > capacity_) return;
    char* const to = buffer_ + size_ - kPackedLengthBytes;
    for (size_t i = 0; i < kPackedLengthBytes; ++i) to[i] = static_cast<char>(length >> (8 * i));
  }

  const BatchFormat format_;
  char* const buffer_;
  const size_t capacity_;
  size_t size_ = 0;
  size_t found_ = 0;
};

// The precise clock only where a key has a deadline, and only once.
class Now {
 public:
  explicit Now(Clock* clock) : clock_(clock) {}
  int64_t unix_ms() {
    if (unix_ms_ == kNotAsked) unix_ms_ = clock_->UnixMs();
    return unix_ms_;
  }

 private:
  static constexpr int64_t kNotAsked = INT64_MIN;

  Clock* const clock_;
  int64_t unix_ms_ = kNotAsked;
};

// What is the key's, by the way of a reader without the lock.
Segment::PeekedRecord PeekKey(const Keyspace& keyspace, uint32_t database, const BatchGet& get) {
  if (get.probably != nullptr) {
    if (!get.shard->lock()->ReadValid(get.version)) return {Segment::Peeked::kNeedsLock, nullptr};
    if (get.probably->PeekKeyEquals(get.key)) return {Segment::Peeked::kFound, get.probably};
  }
  return get.shard->Peek(get.version, database, keyspace.KeyHashOf(get.hash), get.key);
}

// False if only the lock can tell.
bool GetPeeking(const Keyspace& keyspace, uint32_t database, BatchGet* get, Now* now,
                Texts* texts) {
  const Segment::PeekedRecord found = PeekKey(keyspace, database, *get);
  if (found.peeked == Segment::Peeked::kNeedsLock) return false;
  if (found.record == nullptr) {
    texts->AddNone(get);
    return true;
  }
  const Record::PeekedText text = found.record->PeekText();
  if (text.text == nullptr) return false;
  get->use_mark = text.use_mark;
  if (text.deadline_unix_ms != 0 && text.deadline_unix_ms <= now->unix_ms()) {
    texts->AddNone(get);
  } else {
    texts->Add(text.text, text.length, get);
  }
  return true;
}

// Fetches what a group of keys needs, each step for all of them before the next. False if only the
// lock can tell about one.
bool BringGroupNear(Keyspace* keyspace, uint32_t database, absl::Span<BatchGet> group) {
  for (BatchGet& get : group) {
    if (get.key.size() > Record::kInlineKeyBytes) return false;
    get.hash = keyspace->hasher().Inline(get.key);
    get.shard = keyspace->ShardOf(get.hash);
    get.version = get.shard->lock()->ReadBegin();
    if ((get.version & 1) != 0) return false;
    get.shard->BringBucketNear(database, get.hash, /*to_put=*/false);
  }
  for (BatchGet& get : group) {
    get.probably = get.shard->BringNear(get.version, database, get.hash);
  }
  for (BatchGet& get : group) {
    if (get.probably != nullptr) continue;
    get.probably = get.shard->BringNearElsewhere(get.version, database, get.hash);
  }
  return true;
}

// Reads every key under its shard's version. If at the end no version has changed, then at the
// moment before the first was asked again all of them said what was read: false if one did.
bool GetManyPeeking(Core* core, uint32_t database, absl::Span<BatchGet> gets, Texts* texts) {
  Keyspace& keyspace = core->keyspace;
  Now now(core->clock);
  for (size_t begin = 0; begin < gets.size(); begin += kGroup) {
    const absl::Span<BatchGet> group = gets.subspan(begin, kGroup);
    if (!BringGroupNear(&keyspace, database, group)) return false;
    for (BatchGet& get : group) {
      if (!GetPeeking(keyspace, database, &get, &now, texts)) return false;
    }
  }
  return std::all_of(gets.begin(), gets.end(),
                     [](const BatchGet& get) { return get.shard->lock()->ReadValid(get.version); });
}

// Where what is used least is evicted first.
void NoteUses(Core* core, uint32_t database, absl::Span<const BatchGet> gets) {
  if (!ByUse(core->keyspace.eviction())) return;
  for (const BatchGet& get : gets) {
    if (get.length == BatchGet::kAbsent) continue;
    core->keyspace.NoteUse(get.shard, database, get.key, get.hash, get.use_mark);
  }
}

Status GetManyLocked(Core* core, uint32_t database, absl::Span<BatchGet> gets, Texts* texts) {
  ShardSet shards;
  for (const BatchGet& get : gets) {
    shards.set(core->keyspace.ShardIndex(core->keyspace.Hash(get.key)));
  }
  return Execute(core, shards, Access::kRead, database, [&](Operation& operation) {
    for (BatchGet& get : gets) {
      const Record* const record = operation.Find(get.key);
      if (record != nullptr && record->is_string()) {
        texts->Add(record->text().data(), record->text().size(), &get);
      } else {
        texts->AddNone(&get);
      }
    }
    return Ok();
  });
}

}  // namespace

Status GetMany(Core* core, uint32_t database, absl::Span<BatchGet> gets, BatchFormat format,
               char* buffer, size_t capacity, size_t* needed) {
  if (core->closed.load(std::memory_order_relaxed)) return EngineClosed();
  Texts texts(format, buffer, capacity);
  if (GetManyPeeking(core, database, gets, &texts)) {
    NoteUses(core, database, gets);
    core->lookups.Add(Core::kHits, texts.found());
    core->lookups.Add(Core::kMisses, gets.size() - texts.found());
  } else {
    texts.Clear();
    KONTOR_RETURN_IF_ERROR(GetManyLocked(core, database, gets, &texts));
  }
  *needed = texts.size();
  return texts.size() <= capacity ? Ok() : Status(Code::kTooSmall);
}

void BringNear(Keyspace* keyspace, uint32_t database, absl::Span<const Bytes> keys) {
  // Of more than a second-level cache holds, the first would be gone before they are used.
  constexpr size_t kMost = 1024;
  std::array<BatchGet, kGroup> group;
  const size_t end = std::min(kMost, keys.size());
  for (size_t begin = 0; begin < end; begin += kGroup) {
    const size_t count = std::min(kGroup, end - begin);
    for (size_t i = 0; i < count; ++i) group[i].key = keys[begin + i];
    // A key for which it has no answer is fetched when it is used.
    static_cast<void>(BringGroupNear(keyspace, database, absl::MakeSpan(group.data(), count)));
  }
}

}  // namespace kontor
