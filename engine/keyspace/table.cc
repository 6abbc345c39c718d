#include "keyspace/table.h"

#include <algorithm>
#include <new>
#include <utility>

#include "base/check.h"

namespace kontor {
namespace {

// A segment with fewer keys than this is not worth splitting: what has no room there shares more
// than luck.
constexpr unsigned kSplitKeys = Segment::kSlots / 4;
// A segment with fewer looks for its sibling, and both become one if they have no more than the
// second together: far from where that one would split again.
constexpr unsigned kMergeKeys = Segment::kSlots / 8;
constexpr unsigned kMergedKeys = Segment::kSlots / 4;

// A directory takes the place of a segment, where that is enough, so that it needs no run of its
// own. It is aligned to 64 bytes because its size is a multiple of them.
size_t DirectoryBytes(unsigned depth) { return std::max(sizeof(Segment), sizeof(void*) << depth); }

uint64_t BitAt(unsigned depth) { return uint64_t{1} << (63 - depth); }

}  // namespace

void Table::Begin() {
  void* const memory = slab_->Allocate(sizeof(Segment));
  try {
    SetDirectory(static_cast<Segment**>(slab_->Allocate(DirectoryBytes(1))), 1);
  } catch (...) {
    slab_->Free(memory, sizeof(Segment));
    throw;
  }
  Install(Segment::Create(memory, 0, 0));
  segments_ = 1;
  deepest_ = 0;
}

void Table::Clear() {
  if (empty()) return;
  ForEach([&](const Record& record) { Free(const_cast<Record*>(&record)); });
  for (uint64_t i = 0; i < uint64_t{1} << depth();) {
    Segment* const segment = directory()[i];
    i += uint64_t{1} << (depth() - segment->depth());
    slab_->Free(segment, sizeof(Segment));
  }
  slab_->Free(directory(), DirectoryBytes(depth()));
  RelaxedStore(&directory_, uint64_t{0});
  clock_->NoteKeys(-static_cast<ptrdiff_t>(size_));
  size_ = deadlines_ = segments_ = deepest_ = 0;
  has_field_deadlines_ = false;
  large_.Set(0);
  collections_.Set(0);
  overflow_.clear();
}

void Table::Swap(Table* other) {
  const uint64_t directory = directory_;
  RelaxedStore(&directory_, other->directory_);
  RelaxedStore(&other->directory_, directory);
  std::swap(size_, other->size_);
  std::swap(deadlines_, other->deadlines_);
  std::swap(has_field_deadlines_, other->has_field_deadlines_);
  std::swap(segments_, other->segments_);
  std::swap(deepest_, other->deepest_);
  large_.Swap(&other->large_);
  collections_.Swap(&other->collections_);
  overflow_.swap(other->overflow_);
}

uint64_t Table::PathOf(const Record* record) const {
  return KeyHash((*hasher_)(record->key()), shard_bits_).path();
}

// ---- Segments and their directory. ----

void Table::SetDirectory(Segment** segments, unsigned depth) {
  RelaxedStore(&directory_, reinterpret_cast<uintptr_t>(segments) | depth);
}

void Table::Install(Segment* segment) {
  const size_t places = size_t{1} << (depth() - segment->depth());
  const size_t first = segment->prefix() >> (64 - depth());
  for (size_t i = first; i < first + places; ++i) RelaxedStore(&directory()[i], segment);
}

void Table::GrowDirectory() {
  auto** const grown = static_cast<Segment**>(slab_->Allocate(DirectoryBytes(depth() + 1)));
  for (size_t i = 0; i < size_t{2} << depth(); ++i) RelaxedStore(&grown[i], directory()[i / 2]);
  Segment** const old = directory();
  const unsigned old_depth = depth();
  SetDirectory(grown, old_depth + 1);
  slab_->Free(old, DirectoryBytes(old_depth));
  deepest_ = 0;
}

void Table::ShrinkDirectory() {
  const unsigned new_depth = depth() - 1;
  Segment** shrunk = nullptr;
  try {
    shrunk = static_cast<Segment**>(slab_->Allocate(DirectoryBytes(new_depth)));
  } catch (const std::bad_alloc&) {
    return;  // it only stays larger than it need be
  }
  size_t deepest = 0;
  for (size_t i = 0; i < size_t{1} << new_depth; ++i) {
    RelaxedStore(&shrunk[i], directory()[2 * i]);
    if (shrunk[i]->depth() == new_depth) ++deepest;
  }
  Segment** const old = directory();
  SetDirectory(shrunk, new_depth);
  slab_->Free(old, DirectoryBytes(new_depth + 1));
  deepest_ = deepest;
}

bool Table::TrySplit(Segment* segment) {
  if (segment->count() < kSplitKeys || segment->depth() == kMaxDepth) return false;
  try {
    auto* const other = static_cast<Segment*>(slab_->Allocate(sizeof(Segment)));
    if (segment->depth() == depth()) {
      try {
        GrowDirectory();
      } catch (...) {
        slab_->Free(other, sizeof(Segment));
        throw;
      }
    }
    segment->Split(other, [this](const Record* record) { return PathOf(record); });
    ++segments_;
    Install(other);
    if (segment->depth() == depth()) deepest_ += 2;
    return true;
  } catch (const std::bad_alloc&) {
    return false;  // there is still the overflow
  }
}

void Table::TryMerge(Segment* segment) {
  if (segment->depth() == 0 || segment->count() >= kMergeKeys) return;
  const uint64_t bit = BitAt(segment->depth() - 1);
  Segment* const sibling = directory()[(segment->prefix() ^ bit) >> (64 - depth())];
  if (sibling->depth() != segment->depth()) return;
  if (segment->count() + sibling->count() > kMergedKeys) return;
  Segment* const low = (segment->prefix() & bit) == 0 ? segment : sibling;
  Segment* const high = low == segment ? sibling : segment;
  Segment* merged = nullptr;
  try {
    merged = static_cast<Segment*>(slab_->Allocate(sizeof(Segment)));
  } catch (const std::bad_alloc&) {
    return;  // two small ones serve as well
  }
  if (!merged->BecomeUnionOf(*low, *high)) {
    slab_->Free(merged, sizeof(Segment));
    return;
  }
  if (low->depth() == depth()) deepest_ -= 2;
  Install(merged);
  slab_->Free(low, sizeof(Segment));
  slab_->Free(high, sizeof(Segment));
  --segments_;
  if (deepest_ == 0 && depth() > 1) ShrinkDirectory();
}

// ---- Records. ----

void Table::NoteDeadline(Segment* segment, int64_t deadline_unix_ms) {
  segment->set_earliest_deadline_unix_ms(
      std::min(segment->earliest_deadline_unix_ms(), deadline_unix_ms));
}

void Table::NoteFieldDeadline(Segment* segment, int64_t deadline_unix_ms) {
  has_field_deadlines_ = true;
  NoteDeadline(segment, deadline_unix_ms);
}

void Table::NoteFieldDeadline(const KeyHash& hash, int64_t deadline_unix_ms) {
  NoteFieldDeadline(SegmentOf(hash), deadline_unix_ms);
}

void Table::NoteAdded(Segment* segment, const Record& record, uint64_t epoch) {
  segment->NoteChange(epoch);
  large_.Add(static_cast<int64_t>(record.large_bytes()));
  collections_.Add(static_cast<int64_t>(record.collection_bytes()));
  if (record.deadline_unix_ms() != 0) {
    ++deadlines_;
    NoteDeadline(segment, record.deadline_unix_ms());
  }
  if (const int64_t field_deadline = record.earliest_field_deadline_unix_ms();
      field_deadline != 0) {
    NoteFieldDeadline(segment, field_deadline);
  }
}

void Table::NoteRemoved(const Record& record) {
  large_.Add(-static_cast<int64_t>(record.large_bytes()));
  collections_.Add(-static_cast<int64_t>(record.collection_bytes()));
  if (record.deadline_unix_ms() != 0) --deadlines_;
}

void Table::Free(Record* record) {
  const size_t bytes = record->bytes();
  if (record->collection_bytes() >= LazyFree::kLeastBytes) {
    lazy_free_->Add(std::get<Collection>(record->TakeValue()));
  }
  record->Destroy();
  slab_->Free(record, bytes);
}

Record* Table::Find(const KeyHash& hash, Bytes key) {
  if (empty()) return nullptr;
  const Segment* const segment = SegmentOf(hash);
  Segment::Place place;
  if (segment->Find(hash, key, &place)) return segment->at(place).record();
  if (!segment->HasOverflow(hash.home())) return nullptr;
  const auto found = overflow_.find(ByHashAndKey::Probe{hash.full(), key});
  return found == overflow_.end() ? nullptr : found->record;
}

void Table::InsertNew(const KeyHash& hash, Record* record, uint64_t epoch) {
  record->set_use_mark(clock_->MarkNew(hash.full()));
  const SlotWord word(record, hash);
  Segment* segment = SegmentOf(hash);
  if (!segment->Insert(hash, word)) {
    const bool split = TrySplit(segment);
    segment = SegmentOf(hash);
    if (!split || !segment->Insert(hash, word)) {
      overflow_.insert({hash.full(), record});
      segment->MarkOverflow(hash.home());
    }
  }
  ++size_;
  clock_->NoteKeys(1);
  NoteAdded(segment, *record, epoch);
}

template <typename Make>
Record* Table::Succeed(const KeyHash& hash, Record* record, uint64_t epoch, Make make) {
  Segment* const segment = SegmentOf(hash);
  Segment::Place place;
  auto overflowing = overflow_.end();
  const bool in_segment = segment->Find(hash, record->key(), &place);
  if (!in_segment) {
    overflowing = overflow_.find(ByHashAndKey::Probe{hash.full(), record->key()});
    KONTOR_CHECK(overflowing != overflow_.end() && overflowing->record == record);
  }
  NoteRemoved(*record);
  Record* const successor = make();
  successor->set_use_mark(record->use_mark());
  if (in_segment) {
    segment->Replace(place, SlotWord(successor, hash));
  } else {
    overflowing->record = successor;
  }
  NoteAdded(segment, *successor, epoch);
  Free(record);
  return successor;
}

template <typename Make, typename Unmake>
Record* Table::PutMade(const KeyHash& hash, Record* old, size_t bytes, uint64_t epoch, Make make,
                       Unmake unmake) {
  void* const memory = slab_->Allocate(bytes);
  if (old != nullptr) return Succeed(hash, old, epoch, [&] { return make(memory); });
  Record* const record = make(memory);
  try {
    InsertNew(hash, record, epoch);
  } catch (...) {
    unmake(record);
    slab_->Free(memory, bytes);
    throw;
  }
  return record;
}

Record* Table::Put(const KeyHash& hash, Record::Content* content, uint64_t epoch) {
  if (empty()) Begin();
  return PutMade(
      hash, Find(hash, content->key), content->bytes(), epoch,
      [&](void* memory) { return Record::Create(memory, content); },
      [&](Record* record) { record->GiveBack(content); });
}

Record* Table::SetText(const KeyHash& hash, Bytes key, Bytes text, int64_t deadline_unix_ms,
                       uint64_t epoch) {
  if (empty()) Begin();
  Record* const record = Find(hash, key);
  if (record != nullptr && clock_->half_life() != 0) {
    record->set_use_mark(clock_->MarkUsed(record->use_mark()));
  }
  if (record != nullptr && record->CanOverwriteText(text, deadline_unix_ms)) {
    Segment* const segment = SegmentOf(hash);
    segment->NoteChange(epoch);
    record->OverwriteText(text);
    if (deadline_unix_ms != 0) {
      record->OverwriteDeadline(deadline_unix_ms);
      NoteDeadline(segment, deadline_unix_ms);
    }
    return record;
  }
  if (!Record::FitsInline(key, text)) {
    Record::Content content = Record::Content::OfString(key, text, deadline_unix_ms);
    return Put(hash, &content, epoch);
  }
  return PutMade(
      hash, record, Record::InlineTextBytes(key, text, deadline_unix_ms), epoch,
      [&](void* memory) { return Record::CreateInlineText(memory, key, text, deadline_unix_ms); },
      [](Record*) {});
}

bool Table::Erase(const KeyHash& hash, Bytes key, uint64_t epoch) {
  if (empty()) return false;
  Segment* const segment = SegmentOf(hash);
  Segment::Place place;
  Record* record = nullptr;
  if (segment->Find(hash, key, &place)) {
    record = segment->at(place).record();
    segment->Erase(place);
  } else if (segment->HasOverflow(hash.home())) {
    const auto found = overflow_.find(ByHashAndKey::Probe{hash.full(), key});
    if (found == overflow_.end()) return false;
    record = found->record;
    overflow_.erase(found);
  } else {
    return false;
  }
  --size_;
  clock_->NoteKeys(-1);
  segment->NoteChange(epoch);
  NoteRemoved(*record);
  Free(record);
  TryMerge(segment);
  return true;
}

Record* Table::WriteText(const KeyHash& hash, Record* record, size_t offset, Bytes bytes,
                         uint64_t epoch) {
  if (record->has_large_text()) {
    SegmentOf(hash)->NoteChange(epoch);
    const auto before_bytes = static_cast<int64_t>(record->large_bytes());
    record->WriteLargeText(offset, bytes);
    large_.Add(static_cast<int64_t>(record->large_bytes()) - before_bytes);
    return record;
  }
  std::string text(record->text());
  if (text.size() < offset + bytes.size()) text.resize(offset + bytes.size());
  text.replace(offset, bytes.size(), bytes);
  return SetText(hash, record->key(), text, record->deadline_unix_ms(), epoch);
}

Record* Table::SetDeadline(const KeyHash& hash, Record* record, int64_t deadline_unix_ms,
                           uint64_t epoch) {
  const int64_t old_unix_ms = record->deadline_unix_ms();
  if (old_unix_ms == deadline_unix_ms) return record;
  if (old_unix_ms != 0 && deadline_unix_ms != 0) {
    Segment* const segment = SegmentOf(hash);
    segment->NoteChange(epoch);
    record->OverwriteDeadline(deadline_unix_ms);
    NoteDeadline(segment, deadline_unix_ms);
    return record;
  }
  // With or without a deadline a record is another size: a successor takes over what hangs off it.
  void* const memory = slab_->Allocate(record->BytesWithDeadline(deadline_unix_ms != 0));
  return Succeed(hash, record, epoch,
                 [&] { return Record::CreateSuccessor(memory, record, deadline_unix_ms); });
}

// ---- Walks. ----

uint64_t Table::VisitHome(const Segment& segment, unsigned home,
                          const std::function<void(const Record&)>& visit) const {
  uint64_t met = 0;
  segment.ForEachAtHome(home, [&](const Segment::Place&, SlotWord word) {
    visit(*word.record());
    ++met;
  });
  if (overflow_.empty() || !segment.HasOverflow(home)) return met;
  for (const Overflowing& entry : overflow_) {
    const KeyHash hash(entry.hash, shard_bits_);
    if (hash.home() != home || SegmentOf(hash) != &segment) continue;
    visit(*entry.record);
    ++met;
  }
  return met;
}

// A position is (prefix, depth, home): of all keys whose path begins with the first `depth` bits of
// the prefix, those with a home before this one were met, and so were all keys with lesser paths.
// If the segment was split since, that holds for its parts; if it was merged, its union begins
// anew.
uint64_t Table::Scan(uint64_t position, uint64_t count,
                     const std::function<void(const Record&)>& visit) const {
  constexpr unsigned kDepthBits = 5;
  constexpr uint64_t kStarted = uint64_t{1} << (kScanBits - 1);
  static_assert(kScanBits == 1 + kMaxDepth + kDepthBits + KeyHash::kHomeBits);
  if (empty()) return 0;
  uint64_t path = 0;
  unsigned from_depth = 0;
  unsigned home = 0;
  if (position != 0) {
    home = position & (Segment::kBuckets - 1);
    position >>= KeyHash::kHomeBits;
    from_depth = std::min<unsigned>(position & ((1u << kDepthBits) - 1), kMaxDepth);
    path = position >> kDepthBits << (64 - kMaxDepth);
    path &= from_depth == 0 ? 0 : ~uint64_t{0} << (64 - from_depth);
  }
  const uint64_t range = from_depth == 0 ? ~uint64_t{0} : ~uint64_t{0} >> from_depth;
  const uint64_t last_of_range = path | range;
  uint64_t met = 0;
  // Empty homes are cheap, but not free.
  uint64_t homes = 4096 + 64 * std::min<uint64_t>(count, 1 << 20);
  while (true) {
    const Segment* const segment = directory()[path >> (64 - depth())];
    const bool seen_before = segment->depth() >= from_depth && path <= last_of_range;
    for (unsigned at = seen_before ? home : 0; at < Segment::kBuckets; ++at, --homes) {
      if (met >= count || homes == 0) {
        return kStarted |
               (segment->prefix() >> (64 - kMaxDepth) << kDepthBits | segment->depth())
                   << KeyHash::kHomeBits |
               at;
      }
      met += VisitHome(*segment, at, visit);
    }
    if (segment->depth() == 0) return 0;
    path = segment->prefix() + BitAt(segment->depth() - 1);
    if (path == 0) return 0;  // past the last one
  }
}

void Table::ForEach(const std::function<void(const Record&)>& visit) const {
  if (empty()) return;
  for (uint64_t i = 0; i < uint64_t{1} << depth();) {
    const Segment* const segment = directory()[i];
    segment->ForEach([&](const Segment::Place&, SlotWord word) { visit(*word.record()); });
    i += uint64_t{1} << (depth() - segment->depth());
  }
  for (const Overflowing& entry : overflow_) visit(*entry.record);
}

const Record* Table::Random(class Random* random) const {
  if (size_ == 0) return nullptr;
  // A slot is drawn from the directory; one of a segment that covers much of it must win further
  // draws, so that each is as likely.
  constexpr int kDraws = 1 << 12;
  for (int draw = 0; overflow_.empty() && draw < kDraws; ++draw) {
    const Segment* const segment = directory()[random->Below(uint64_t{1} << depth())];
    const auto slot = static_cast<unsigned>(random->Below(Segment::kSlots));
    const unsigned spare_bits = depth() - segment->depth();
    if (random->Below(uint64_t{1} << spare_bits) != 0) continue;
    const Segment::Place place{slot / Segment::kSlotsPerBucket, slot % Segment::kSlotsPerBucket};
    if (segment->IsUsed(place)) return segment->at(place).record();
  }
  uint64_t left = random->Below(size_);
  const Record* chosen = nullptr;
  ForEach([&](const Record& record) {
    if (left-- == 0) chosen = &record;
  });
  return chosen;
}

void Table::CollectExpired(Segment* segment, int64_t now_unix_ms,
                           std::vector<const Record*>* expired) {
  int64_t earliest = INT64_MAX;
  segment->ForEach([&](const Segment::Place&, SlotWord word) {
    const int64_t deadline = word.record()->next_deadline_unix_ms();
    // Those that have expired stay noted: whether they are erased is the caller's affair.
    earliest = std::min(earliest, deadline);
    if (deadline <= now_unix_ms) expired->push_back(word.record());
  });
  segment->set_earliest_deadline_unix_ms(earliest);
}

std::vector<const Record*> Table::FindExpired(uint64_t* cursor, size_t segments,
                                              int64_t now_unix_ms) {
  std::vector<const Record*> expired;
  if (!may_expire()) {
    *cursor = 0;
    return expired;
  }
  expired.reserve(Segment::kSlots);
  for (; segments > 0 && expired.empty(); --segments) {
    Segment* const segment = directory()[*cursor >> (64 - depth())];
    if (segment->earliest_deadline_unix_ms() <= now_unix_ms) {
      CollectExpired(segment, now_unix_ms, &expired);
    }
    *cursor = segment->depth() == 0 ? 0 : segment->prefix() + BitAt(segment->depth() - 1);
    if (*cursor != 0) continue;
    for (const Overflowing& entry : overflow_) {
      if (entry.record->next_deadline_unix_ms() <= now_unix_ms) expired.push_back(entry.record);
    }
    return expired;
  }
  return expired;
}

}  // namespace kontor
