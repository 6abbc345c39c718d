#include "persist/rdb_packed.h"

#include <cstddef>
#include <cstdint>

#include "persist/rdb_reader.h"

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

// Seven bits in each byte, the highest first; all bytes but the first have their high bit set.
bool ReadBackwardLength(size_t expected, RdbReader* reader) {
  constexpr unsigned kMostBytes = 5;
  unsigned bytes = 1;
  while (bytes < kMostBytes && expected >> (7 * bytes) != 0) ++bytes;
  for (unsigned i = bytes; i > 0; --i) {
    uint8_t byte = 0;
    if (!reader->ReadByte(&byte)) return false;
    const size_t more = i == bytes ? 0 : 0x80;
    if (byte != ((expected >> (7 * (i - 1)) & 0x7f) | more)) return false;
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
  RdbReader reader(listpack);
  uint64_t total_bytes = 0;
  uint64_t elements = 0;
  if (!reader.ReadUnsigned(4, &total_bytes) || !reader.ReadUnsigned(2, &elements)) return false;
  if (total_bytes != listpack.size()) return false;
  uint64_t count = 0;
  for (; !AtEnd(reader); ++count) {
    Element element;
    const size_t before = reader.rest().size();
    if (!ReadListpackElement(&reader, &element)) return false;
    if (!ReadBackwardLength(before - reader.rest().size(), &reader)) return false;
    if (!visit(element)) return false;
  }
  return reader.rest().size() == 1 && (elements == count || elements == kManyElements);
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

}  // namespace kontor
