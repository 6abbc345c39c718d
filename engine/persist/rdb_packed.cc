#include "persist/rdb_packed.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "persist/rdb_reader.h"
#include "persist/rdb_writer.h"
#include "types/number.h"

namespace kontor {
namespace {

constexpr uint8_t kEnd = 0xff;              // of all but an intset
constexpr uint64_t kManyElements = 0xffff;  // a count that says nothing

bool ReadText(uint64_t size, RdbReader* reader, Element* element) {
  Bytes text;
  if (!reader->ReadBytes(size, &text)) return false;
  *element = Element(text);
  return true;
}

bool ReadInteger(size_t width, RdbReader* reader, Element* element) {
  int64_t integer = 0;
  if (!reader->ReadSigned(width, &integer)) return false;
  *element = Element(integer);
  return true;
}

// ---- Listpacks: total bytes (4), elements (2), elements, the end. An element is its encoding, its
// bytes, and behind it how many both are, to be read backwards. ----

bool ReadListpackElement(RdbReader* reader, Element* element) {
  uint8_t first = 0;
  uint64_t low = 0;
  if (!reader->ReadByte(&first)) return false;
  if (first < 0x80) {
    *element = Element(int64_t{first});
    return true;
  }
  if (first < 0xc0) return ReadText(first & 0x3f, reader, element);
  if (first < 0xe0) {  // an integer of 13 bits
    if (!reader->ReadUnsigned(1, &low)) return false;
    const uint64_t bits = uint64_t{first & 0x1fU} << 8 | low;
    *element = Element(static_cast<int64_t>(bits << 51) >> 51);
    return true;
  }
  if (first < 0xf0) {
    return reader->ReadUnsigned(1, &low) &&
           ReadText(uint64_t{first & 0x0fU} << 8 | low, reader, element);
  }
  switch (first) {
    case 0xf0:
      return reader->ReadUnsigned(4, &low) && ReadText(low, reader, element);
    case 0xf1:
      return ReadInteger(2, reader, element);
    case 0xf2:
      return ReadInteger(3, reader, element);
    case 0xf3:
      return ReadInteger(4, reader, element);
    case 0xf4:
      return ReadInteger(8, reader, element);
    default:
      return false;
  }
}

// The length behind an element: seven bits in each byte, the highest first; all bytes but the first
// have their high bit set.
unsigned BackwardLengthBytes(size_t length) {
  constexpr unsigned kMostBytes = 5;
  unsigned bytes = 1;
  while (bytes < kMostBytes && length >> (7 * bytes) != 0) ++bytes;
  return bytes;
}

// The last one has the index 0.
uint8_t BackwardLengthByte(size_t length, unsigned index) {
  const bool is_first = index + 1 == BackwardLengthBytes(length);
  return static_cast<uint8_t>((length >> (7 * index) & 0x7f) | (is_first ? 0 : 0x80));
}

bool ReadBackwardLength(size_t expected, RdbReader* reader) {
  for (unsigned i = BackwardLengthBytes(expected); i > 0; --i) {
    uint8_t byte = 0;
    if (!reader->ReadByte(&byte) || byte != BackwardLengthByte(expected, i - 1)) return false;
  }
  return true;
}

// ---- Ziplists: total bytes (4), place of the last entry (4), entries (2), entries, the end. An
// entry is the size of the one before it, its encoding and its bytes. ----

bool ReadPreviousSize(size_t expected, RdbReader* reader) {
  constexpr uint8_t kIn4Bytes = 254;
  uint64_t size = 0;
  if (!reader->ReadUnsigned(1, &size)) return false;
  if (size == kIn4Bytes && !reader->ReadUnsigned(4, &size)) return false;
  return size == expected;
}

bool ReadZiplistEntry(RdbReader* reader, Element* element) {
  uint8_t first = 0;
  uint64_t low = 0;
  if (!reader->ReadByte(&first)) return false;
  switch (first >> 6) {
    case 0:
      return ReadText(first, reader, element);
    case 1:
      return reader->ReadUnsigned(1, &low) &&
             ReadText(uint64_t{first & 0x3fU} << 8 | low, reader, element);
    case 2:
      return first == 0x80 && reader->ReadBigEndian(4, &low) && ReadText(low, reader, element);
    default:
      break;
  }
  switch (first) {
    case 0xc0:
      return ReadInteger(2, reader, element);
    case 0xd0:
      return ReadInteger(4, reader, element);
    case 0xe0:
      return ReadInteger(8, reader, element);
    case 0xf0:
      return ReadInteger(3, reader, element);
    case 0xfe:
      return ReadInteger(1, reader, element);
    default:
      break;
  }
  constexpr uint8_t kZero = 0xf1;
  constexpr uint8_t kTwelve = 0xfd;
  if (first < kZero || first > kTwelve) return false;
  *element = Element(int64_t{first} - kZero);
  return true;
}

// ---- Zipmaps: fields, then fields and values by turns, each behind its length, the end. A value's
// length is followed by how many bytes behind it are free. ----

bool ReadZipmapLength(RdbReader* reader, uint64_t* length) {
  constexpr uint8_t kIn4Bytes = 254;
  if (!reader->ReadUnsigned(1, length) || *length == kEnd) return false;
  return *length != kIn4Bytes || reader->ReadUnsigned(4, length);
}

bool AtEnd(const RdbReader& reader) {
  return !reader.empty() && static_cast<uint8_t>(reader.rest()[0]) == kEnd;
}

}  // namespace

bool ForEachInListpack(Bytes listpack, VisitElement visit) {
  ListpackReader reader(listpack);
  while (reader.HasMore()) {
    Element element;
    if (!reader.Read(&element) || !visit(element)) return false;
  }
  return reader.AtEnd();
}

bool ForEachInZiplist(Bytes ziplist, VisitElement visit) {
  RdbReader reader(ziplist);
  uint64_t total_bytes = 0;
  uint64_t last = 0;
  uint64_t entries = 0;
  if (!reader.ReadUnsigned(4, &total_bytes) || !reader.ReadUnsigned(4, &last) ||
      !reader.ReadUnsigned(2, &entries) || total_bytes != ziplist.size()) {
    return false;
  }
  uint64_t count = 0;
  size_t previous_size = 0;
  for (; !AtEnd(reader); ++count) {
    Element element;
    const size_t before = reader.rest().size();
    if (!ReadPreviousSize(previous_size, &reader) || !ReadZiplistEntry(&reader, &element)) {
      return false;
    }
    previous_size = before - reader.rest().size();
    if (!visit(element)) return false;
  }
  return reader.rest().size() == 1 && last == ziplist.size() - 1 - previous_size &&
         (entries == count || entries == kManyElements);
}

bool ForEachInIntset(Bytes intset, VisitElement visit) {
  RdbReader reader(intset);
  uint64_t width = 0;
  uint64_t count = 0;
  if (!reader.ReadUnsigned(4, &width) || !reader.ReadUnsigned(4, &count)) return false;
  if ((width != 2 && width != 4 && width != 8) || reader.rest().size() != width * count) {
    return false;
  }
  int64_t previous = 0;
  for (uint64_t i = 0; i < count; ++i) {
    int64_t integer = 0;
    if (!reader.ReadSigned(width, &integer) || (i > 0 && integer <= previous)) return false;
    if (!visit(Element(integer))) return false;
    previous = integer;
  }
  return true;
}

bool ForEachInZipmap(Bytes zipmap, VisitPair visit) {
  RdbReader reader(zipmap);
  constexpr uint64_t kManyFields = 254;
  uint64_t fields = 0;
  if (!reader.ReadUnsigned(1, &fields)) return false;
  uint64_t count = 0;
  for (; !AtEnd(reader); ++count) {
    uint64_t length = 0;
    uint8_t free_bytes = 0;
    Element field;
    Element value;
    Bytes skipped;
    if (!ReadZipmapLength(&reader, &length) || !ReadText(length, &reader, &field)) return false;
    if (!ReadZipmapLength(&reader, &length) || !reader.ReadByte(&free_bytes) ||
        !ReadText(length, &reader, &value) || !reader.ReadBytes(free_bytes, &skipped)) {
      return false;
    }
    if (!visit(field, value)) return false;
  }
  return reader.rest().size() == 1 && (fields == count || fields >= kManyFields);
}

// ---- ListpackReader ----

ListpackReader::ListpackReader(Bytes listpack) : reader_(listpack) {
  uint64_t total_bytes = 0;
  is_well_formed_ = reader_.ReadUnsigned(4, &total_bytes) && reader_.ReadUnsigned(2, &promised_) &&
                    total_bytes == listpack.size();
}

bool ListpackReader::Read(Element* element) {
  const size_t before = reader_.rest().size();
  is_well_formed_ = HasMore() && ReadListpackElement(&reader_, element) &&
                    ReadBackwardLength(before - reader_.rest().size(), &reader_);
  ++read_;
  return is_well_formed_;
}

bool ListpackReader::ReadInteger(int64_t* integer) {
  Element element;
  return Read(&element) && ParseInteger(element.bytes(), integer);
}

bool ListpackReader::HasMore() const { return is_well_formed_ && !kontor::AtEnd(reader_); }

bool ListpackReader::AtEnd() const {
  return is_well_formed_ && kontor::AtEnd(reader_) && reader_.rest().size() == 1 &&
         (promised_ == read_ || promised_ == kManyElements);
}

// ---- ListpackWriter ----

void ListpackWriter::Add(Bytes text) {
  int64_t integer = 0;
  if (ParseInteger(text, &integer)) return Add(integer);
  const size_t begin = elements_.size();
  if (text.size() < 1 << 6) {
    elements_.push_back(static_cast<char>(0x80 | text.size()));
  } else if (text.size() < 1 << 12) {
    AppendBigEndian(0xe000 | text.size(), 2, &elements_);
  } else {
    elements_.push_back(static_cast<char>(0xf0));
    AppendLittleEndian(text.size(), 4, &elements_);
  }
  elements_.append(text);
  AddBackwardLength(begin);
}

void ListpackWriter::Add(int64_t integer) {
  constexpr size_t kWidths[] = {2, 3, 4, 8};
  const auto bits = static_cast<uint64_t>(integer);
  const auto fits = [&](size_t width) {
    const int64_t half = int64_t{1} << (width - 1);
    return integer >= -half && integer < half;
  };
  const size_t begin = elements_.size();
  if (integer >= 0 && integer < 0x80) {
    elements_.push_back(static_cast<char>(integer));
  } else if (fits(13)) {
    AppendBigEndian(0xc000 | (bits & 0x1fff), 2, &elements_);
  } else {
    size_t width = 0;
    while (kWidths[width] < 8 && !fits(8 * kWidths[width])) ++width;
    elements_.push_back(static_cast<char>(0xf1 + width));
    AppendLittleEndian(bits, kWidths[width], &elements_);
  }
  AddBackwardLength(begin);
}

void ListpackWriter::Add(const ListpackWriter& other) {
  elements_.append(other.elements_);
  count_ += other.count_;
}

void ListpackWriter::AddBackwardLength(size_t begin) {
  const size_t length = elements_.size() - begin;
  for (unsigned i = BackwardLengthBytes(length); i > 0; --i) {
    elements_.push_back(static_cast<char>(BackwardLengthByte(length, i - 1)));
  }
  ++count_;
}

std::string ListpackWriter::Finish() const {
  constexpr size_t kHeadBytes = 6;
  std::string listpack;
  AppendLittleEndian(kHeadBytes + elements_.size() + 1, 4, &listpack);
  AppendLittleEndian(std::min(count_, kManyElements), 2, &listpack);
  listpack.append(elements_);
  listpack.push_back(static_cast<char>(kEnd));
  return listpack;
}

}  // namespace kontor
