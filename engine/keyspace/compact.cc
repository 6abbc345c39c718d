// Moving what a table has in the slab to other places there, so that runs can be given back.

#include <algorithm>

#include "keyspace/table.h"

namespace kontor {

// Moving changes nothing that a key holds, so the epochs stay as they are. What a late reader finds
// at the old address is as good as after any Free.
bool Table::MoveStructure(void* from, void* to, size_t bytes) {
  if (empty()) return false;
  if (from == directory()) {
    auto** const moved = static_cast<Segment**>(to);
    for (size_t i = 0; i < size_t{1} << depth(); ++i) RelaxedStore(&moved[i], directory()[i]);
    SetDirectory(moved, depth());
    return true;
  }
  if (bytes < sizeof(Segment)) return false;
  const auto* const segment = static_cast<const Segment*>(from);
  if (directory()[segment->prefix() >> (64 - depth())] != segment) return false;
  RelaxedCopy(static_cast<char*>(to), static_cast<const char*>(from), sizeof(Segment));
  Install(static_cast<Segment*>(to));
  return true;
}

bool Table::MoveRecord(void* from, void* to) {
  if (empty()) return false;
  auto* const record = static_cast<Record*>(from);
  const KeyHash hash((*hasher_)(record->key()), shard_bits_);
  Segment* const segment = SegmentOf(hash);
  Segment::Place place;
  auto overflowing = overflow_.end();
  if (segment->Find(hash, record->key(), &place)) {
    if (segment->at(place).record() != record) return false;
  } else {
    overflowing = overflow_.find(ByHashAndKey::Probe{hash.full(), record->key()});
    if (overflowing == overflow_.end() || overflowing->record != record) return false;
  }
  RelaxedCopy(static_cast<char*>(to), static_cast<const char*>(from), record->bytes());
  auto* const moved = static_cast<Record*>(to);
  if (overflowing == overflow_.end()) {
    segment->Replace(place, SlotWord(moved, hash));
  } else {
    overflowing->record = moved;
  }
  return true;
}

}  // namespace kontor
