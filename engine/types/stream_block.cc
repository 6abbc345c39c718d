#include "types/stream_block.h"

#include <array>
#include <new>
#include <utility>

namespace kontor {
namespace {

// What stands before an entry's content: one byte of flags, then numbers of seven bits a byte. No
// flags are a digit or a minus, so a head is never taken for an integer.
constexpr char kDeleted = 1;
constexpr char kOwnNames = 2;       // how many pairs follows
constexpr char kAfterOwnNames = 4;  // the same of the entry before
constexpr char kOtherMs = 8;        // what is to be added to the first id's ms follows
constexpr size_t kMostHeadBytes = 1 + 4 * 10;

// Numbers as they were written here, so that nothing need be checked.
class HeadReader {
 public:
  explicit HeadReader(Bytes head) : next_(head.data()) {}

  char Flags() { return *next_++; }
  uint64_t Number() {
    uint64_t number = 0;
    for (unsigned shift = 0;; shift += 7) {
      const auto byte = static_cast<uint8_t>(*next_++);
      number |= uint64_t{byte & 0x7fu} << shift;
      if (byte < 0x80) return number;
    }
  }

 private:
  const char* next_;
};

class HeadWriter {
 public:
  explicit HeadWriter(char flags) { bytes_[0] = flags; }

  void Number(uint64_t number) {
    for (; number >= 0x80; number >>= 7) bytes_[size_++] = static_cast<char>(number | 0x80);
    bytes_[size_++] = static_cast<char>(number);
  }
  Bytes bytes() const { return Bytes(bytes_.data(), size_); }

 private:
  std::array<char, kMostHeadBytes> bytes_;
  size_t size_ = 1;
};

}  // namespace

StreamBlock::StreamBlock(const StreamId& id, std::span<const StreamField> fields)
    : first_id_(id), last_id_(id) {
  for (const StreamField& field : fields) packed_.Insert(packed_.end(), PackedValue(field.name));
  names_ = static_cast<uint32_t>(fields.size());
  begin_ = static_cast<uint32_t>(packed_.end());
  last_ = begin_;
  Append(id, fields);
}

// ---- Looking ----

StreamBlock::Entry StreamBlock::EntryAt(Packed::Place place) const {
  Entry entry;
  entry.block_ = this;
  entry.place_ = place;
  entry.content_ = packed_.Next(place);
  const Element head = packed_.At(place);
  HeadReader reader(head.bytes());
  const char flags = reader.Flags();
  entry.deleted_ = (flags & kDeleted) != 0;
  entry.own_names_ = (flags & kOwnNames) != 0;
  entry.id_ = first_id_;
  if ((flags & kOtherMs) != 0) {
    entry.id_.ms += reader.Number();
    entry.id_.sequence = reader.Number();
  } else {
    entry.id_.sequence += reader.Number();
  }
  entry.size_ = entry.own_names_ ? reader.Number() : names_;
  if ((flags & kAfterOwnNames) != 0) entry.previous_own_ = reader.Number();
  return entry;
}

bool StreamBlock::Next(Entry* entry) const {
  if (entry->place_ == last_) return false;
  *entry = EntryAt(EndOf(*entry));
  return true;
}

bool StreamBlock::Previous(Entry* entry) const {
  if (entry->place_ == begin_) return false;
  size_t elements = 1 + (entry->previous_own_ > 0 ? 2 * entry->previous_own_ : names_);
  Packed::Place place = entry->place_;
  for (; elements > 0; --elements) place = packed_.Previous(place);
  *entry = EntryAt(place);
  return true;
}

Packed::Place StreamBlock::EndOf(const Entry& entry) const {
  Packed::Place place = entry.content_;
  for (size_t i = entry.own_names_ ? 2 * entry.size_ : entry.size_; i > 0; --i) {
    place = packed_.Next(place);
  }
  return place;
}

bool StreamBlock::Entry::Has(std::span<const StreamField> fields) const {
  bool same = size_ == fields.size();
  size_t next = 0;
  if (!same) return false;
  ForEach([&](const Element& name, const Element& value) {
    same = same && name.bytes() == fields[next].name && value.bytes() == fields[next].value;
    ++next;
  });
  return same;
}

bool StreamBlock::HasNames(std::span<const StreamField> fields) const {
  if (fields.size() != names_) return false;
  Packed::Place name = 0;
  for (const StreamField& field : fields) {
    if (!packed_.Is(name, PackedValue(field.name))) return false;
    name = packed_.Next(name);
  }
  return true;
}

// ---- Changes ----

bool StreamBlock::HasRoomFor(std::span<const StreamField> fields) const {
  if (entries_ >= kMostEntries) return false;
  size_t bytes = packed_.used_bytes();
  for (const StreamField& field : fields) bytes += field.name.size() + field.value.size();
  return bytes < kMostBytes;
}

void StreamBlock::Append(const StreamId& id, std::span<const StreamField> fields) {
  const bool own_names = entries_ > 0 && !HasNames(fields);
  const Packed::Place place = packed_.end();
  const size_t elements = packed_.size();
  try {
    InsertHead(id, fields.size(), own_names);
    for (const StreamField& field : fields) {
      if (own_names) packed_.Insert(packed_.end(), PackedValue(field.name));
      packed_.Insert(packed_.end(), PackedValue(field.value));
    }
  } catch (const std::bad_alloc&) {
    packed_.Erase(place, packed_.end(), packed_.size() - elements);
    throw;
  }
  last_ = static_cast<uint32_t>(place);
  last_id_ = id;
  ++live_;
  ++entries_;
}

void StreamBlock::InsertHead(const StreamId& id, size_t pairs, bool own_names) {
  const bool after_own = entries_ > 0 && Last().own_names_;
  const bool other_ms = id.ms != first_id_.ms;
  HeadWriter head(static_cast<char>((own_names ? kOwnNames : 0) | (after_own ? kAfterOwnNames : 0) |
                                    (other_ms ? kOtherMs : 0)));
  if (other_ms) head.Number(id.ms - first_id_.ms);
  head.Number(other_ms ? id.sequence : id.sequence - first_id_.sequence);
  if (own_names) head.Number(pairs);
  if (after_own) head.Number(Last().size_);
  packed_.Insert(packed_.end(), PackedValue(head.bytes()));
}

void StreamBlock::SetDeleted(const Entry& entry, bool deleted) noexcept {
  if (entry.deleted_ == deleted) return;
  std::array<char, kMostHeadBytes> head;
  const Element old = packed_.At(entry.place_);
  const size_t size = old.bytes().copy(head.data(), head.size());
  head[0] = static_cast<char>(head[0] ^ kDeleted);
  packed_.Replace(entry.place_, PackedValue(Bytes(head.data(), size)));  // as long as before
  live_ = static_cast<uint16_t>(deleted ? live_ - 1 : live_ + 1);
}

void StreamBlock::DropTail(const Entry& entry) noexcept {
  Entry last = entry;
  Previous(&last);
  size_t dropped = 1;
  for (Entry each = entry; Next(&each);) ++dropped;
  size_t elements = 0;
  for (Packed::Place place = entry.place_; place != packed_.end(); place = packed_.Next(place)) {
    ++elements;
  }
  packed_.Erase(entry.place_, packed_.end(), elements);
  last_ = static_cast<uint32_t>(last.place_);
  last_id_ = last.id_;
  entries_ = static_cast<uint16_t>(entries_ - dropped);
}

void StreamBlock::Seal() noexcept {
  try {
    packed_ = Packed(packed_);
  } catch (const std::bad_alloc&) {
    return;  // it stays as large as it is
  }
}

}  // namespace kontor
