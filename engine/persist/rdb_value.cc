#include "persist/rdb_value.h"

#include <bit>
#include <cmath>
#include <cstddef>
#include <optional>
#include <utility>

#include "persist/crc64.h"
#include "persist/rdb_format.h"
#include "persist/rdb_packed.h"
#include "persist/rdb_stream.h"
#include "persist/rdb_writer.h"
#include "types/number.h"

namespace kontor {
namespace {

using rdb::Form;

// ---- Adding to what is being read; false if it must not be there. ----

bool Add(List* list, const Element& element) {
  list->PushBack(element.bytes());
  return true;
}

bool Add(Set* set, const Element& element) { return set->Add(element.bytes()); }

bool Add(Hash* hash, const Element& field, const Element& value) {
  return hash->Set(field.bytes(), value.bytes());
}

// Refuses a deadline that no command sets; 0 is none.
bool AddWithDeadline(Hash* hash, Bytes field, Bytes value, uint64_t deadline_unix_ms) {
  if (deadline_unix_ms > Hash::kLatestDeadlineUnixMs || !hash->Set(field, value)) return false;
  if (deadline_unix_ms != 0) hash->SetDeadline(field, static_cast<int64_t>(deadline_unix_ms));
  return true;
}

bool AddScored(SortedSet* set, Bytes member, double score) {
  return !std::isnan(score) && set->Set(member, score);
}

bool Add(SortedSet* set, const Element& member, const Element& score_text) {
  double score = 0;
  return ParseDouble(score_text.bytes(), &score) && AddScored(set, member.bytes(), score);
}

// ---- Reading a whole collection ----

// One string that holds all of it.
template <typename T, typename Read>
std::optional<RdbValue> ReadPacked(RdbReader* reader, Read read) {
  std::string packed;
  auto value = std::make_unique<T>();
  if (!reader->ReadString(&packed) || !read(Bytes(packed), value.get())) return std::nullopt;
  if (value->size() == 0) return std::nullopt;
  return value;
}

template <typename T, typename ForEach>
std::optional<RdbValue> ReadPackedElements(RdbReader* reader, ForEach for_each) {
  return ReadPacked<T>(reader, [&](Bytes packed, T* value) {
    return for_each(packed, [&](const Element& element) { return Add(value, element); });
  });
}

template <typename T, typename ForEach>
std::optional<RdbValue> ReadPackedPairs(RdbReader* reader, ForEach for_each) {
  return ReadPacked<T>(reader, [&](Bytes packed, T* value) {
    return ForEachPair(packed, for_each, [&](const Element& first, const Element& second) {
      return Add(value, first, second);
    });
  });
}

// How many there are, and each of them.
template <typename T, typename ReadOne>
std::optional<RdbValue> ReadOneByOne(RdbReader* reader, ReadOne read_one) {
  uint64_t count = 0;
  auto value = std::make_unique<T>();
  if (!reader->ReadLength(&count)) return std::nullopt;
  for (; count > 0; --count) {
    if (!read_one(value.get())) return std::nullopt;
  }
  if (value->size() == 0) return std::nullopt;
  return value;
}

template <typename T>
std::optional<RdbValue> ReadElements(RdbReader* reader) {
  return ReadOneByOne<T>(reader, [reader](T* value) {
    std::string element;
    return reader->ReadString(&element) && Add(value, Element(element));
  });
}

std::optional<RdbValue> ReadHash(RdbReader* reader) {
  return ReadOneByOne<Hash>(reader, [reader](Hash* hash) {
    std::string field;
    std::string value;
    return reader->ReadString(&field) && reader->ReadString(&value) && hash->Set(field, value);
  });
}

// Where none stands ahead, deadlines are told from 1: they are as they are, too.
bool ReadEarliestDeadline(Form form, RdbReader* reader, uint64_t* earliest_unix_ms) {
  *earliest_unix_ms = 1;
  if (form == Form::kHashDeadlines1 || form == Form::kHashListpackDeadlines1) return true;
  return reader->ReadUnsigned(sizeof(uint64_t), earliest_unix_ms) &&
         *earliest_unix_ms <= Hash::kLatestDeadlineUnixMs;
}

// Each field stands behind its deadline, told from the earliest one less 1; 0: none.
std::optional<RdbValue> ReadHashWithDeadlines(Form form, RdbReader* reader) {
  uint64_t earliest_unix_ms = 0;
  if (!ReadEarliestDeadline(form, reader, &earliest_unix_ms)) return std::nullopt;
  return ReadOneByOne<Hash>(reader, [reader, earliest_unix_ms](Hash* hash) {
    uint64_t after_ms = 0;
    std::string field;
    std::string value;
    if (!reader->ReadLength(&after_ms) || after_ms > Hash::kLatestDeadlineUnixMs) return false;
    const uint64_t deadline_unix_ms = after_ms == 0 ? 0 : earliest_unix_ms + after_ms - 1;
    return reader->ReadString(&field) && reader->ReadString(&value) &&
           AddWithDeadline(hash, field, value, deadline_unix_ms);
  });
}

// Fields, values and deadlines by turns.
bool AddAllWithDeadlines(Bytes packed, Hash* hash) {
  ListpackReader listpack(packed);
  while (listpack.HasMore()) {
    Element field;
    Element value;
    int64_t deadline_unix_ms = 0;
    if (!listpack.Read(&field) || !listpack.Read(&value) ||
        !listpack.ReadInteger(&deadline_unix_ms) || deadline_unix_ms < 0 ||
        !AddWithDeadline(hash, field.bytes(), value.bytes(),
                         static_cast<uint64_t>(deadline_unix_ms))) {
      return false;
    }
  }
  return listpack.AtEnd();
}

std::optional<RdbValue> ReadPackedHashWithDeadlines(Form form, RdbReader* reader) {
  uint64_t earliest_unix_ms = 0;  // stands there for others
  if (!ReadEarliestDeadline(form, reader, &earliest_unix_ms)) return std::nullopt;
  return ReadPacked<Hash>(reader, AddAllWithDeadlines);
}

std::optional<RdbValue> ReadSortedSet(RdbReader* reader, bool as_texts) {
  return ReadOneByOne<SortedSet>(reader, [reader, as_texts](SortedSet* set) {
    std::string member;
    double score = 0;
    if (!reader->ReadString(&member)) return false;
    return (as_texts ? reader->ReadTextDouble(&score) : reader->ReadBinaryDouble(&score)) &&
           AddScored(set, member, score);
  });
}

// Of a list: packed elements, or a large one. A packed node may be empty.
bool ReadNode(RdbReader* reader, bool is_ziplist, List* list) {
  uint64_t kind = rdb::kNodeIsListpack;
  std::string node;
  if ((!is_ziplist && !reader->ReadLength(&kind)) || !reader->ReadString(&node)) return false;
  const auto add = [list](const Element& element) { return Add(list, element); };
  if (is_ziplist) return ForEachInZiplist(node, add);
  if (kind == rdb::kNodeIsListpack) return ForEachInListpack(node, add);
  return kind == rdb::kNodeIsElement && !node.empty() && add(Element(Bytes(node)));
}

std::optional<RdbValue> ReadListOfNodes(RdbReader* reader, bool are_ziplists) {
  return ReadOneByOne<List>(
      reader, [reader, are_ziplists](List* list) { return ReadNode(reader, are_ziplists, list); });
}

std::optional<RdbValue> ReadZipmap(RdbReader* reader) {
  return ReadPacked<Hash>(reader, [](Bytes packed, Hash* hash) {
    return ForEachInZipmap(packed, [&](const Element& field, const Element& value) {
      return Add(hash, field, value);
    });
  });
}

std::optional<RdbValue> ReadText(RdbReader* reader) {
  std::string text;
  if (!reader->ReadString(&text)) return std::nullopt;
  return RdbValue(std::move(text));
}

std::optional<RdbValue> ReadStream(Form form, RdbReader* reader) {
  auto stream = std::make_unique<Stream>();
  if (!ReadRdbStream(form, reader, stream.get())) return std::nullopt;
  return stream;
}

// ---- Writing ----

void AppendForm(Form form, std::string* out) { out->push_back(static_cast<char>(form)); }

void AppendSortedSet(const SortedSet& set, std::string* out) {
  AppendForm(Form::kSortedSet, out);
  AppendRdbLength(set.size(), out);
  set.ForEach([out](const SortedSet::Member& each) {
    AppendRdbString(each.member.bytes(), out);
    AppendLittleEndian(std::bit_cast<uint64_t>(each.score), sizeof(double), out);
  });
}

void AppendHash(const Hash& hash, std::string* out) {
  const bool has_deadlines = hash.deadlines() != 0;
  const int64_t earliest_unix_ms = hash.earliest_deadline_unix_ms();
  AppendForm(has_deadlines ? Form::kHashDeadlines2 : Form::kHash, out);
  if (has_deadlines) {
    AppendLittleEndian(static_cast<uint64_t>(earliest_unix_ms), sizeof(uint64_t), out);
  }
  AppendRdbLength(hash.size(), out);
  hash.ForEach([&](const Hash::Field& each) {
    if (has_deadlines) {
      const int64_t deadline_unix_ms = hash.DeadlineOf(each.field.bytes());
      const int64_t after_ms = deadline_unix_ms == 0 ? 0 : deadline_unix_ms - earliest_unix_ms + 1;
      AppendRdbLength(static_cast<uint64_t>(after_ms), out);
    }
    AppendRdbString(each.field.bytes(), out);
    AppendRdbString(each.value.bytes(), out);
  });
}

uint16_t VersionFor(const Record& record) {
  if (record.type() == ValueType::kStream) return rdb::kWrittenStreamVersion;
  const auto* const hash = record.As<Hash>();
  const bool has_deadlines = hash != nullptr && hash->deadlines() != 0;
  return has_deadlines ? rdb::kWrittenFieldDeadlinesVersion : rdb::kWrittenVersion;
}

constexpr size_t kVersionBytes = 2;
constexpr size_t kChecksumBytes = 8;

}  // namespace

std::optional<RdbValue> ReadRdbValue(uint8_t form, RdbReader* reader) {
  switch (static_cast<Form>(form)) {
    case Form::kString:
      return ReadText(reader);
    case Form::kList:
      return ReadElements<List>(reader);
    case Form::kSet:
      return ReadElements<Set>(reader);
    case Form::kSortedSetOfTexts:
      return ReadSortedSet(reader, /*as_texts=*/true);
    case Form::kHash:
      return ReadHash(reader);
    case Form::kSortedSet:
      return ReadSortedSet(reader, /*as_texts=*/false);
    case Form::kHashZipmap:
      return ReadZipmap(reader);
    case Form::kListZiplist:
      return ReadPackedElements<List>(reader, ForEachInZiplist);
    case Form::kSetIntset:
      return ReadPackedElements<Set>(reader, ForEachInIntset);
    case Form::kSortedSetZiplist:
      return ReadPackedPairs<SortedSet>(reader, ForEachInZiplist);
    case Form::kHashZiplist:
      return ReadPackedPairs<Hash>(reader, ForEachInZiplist);
    case Form::kListOfZiplists:
      return ReadListOfNodes(reader, /*are_ziplists=*/true);
    case Form::kHashListpack:
      return ReadPackedPairs<Hash>(reader, ForEachInListpack);
    case Form::kSortedSetListpack:
      return ReadPackedPairs<SortedSet>(reader, ForEachInListpack);
    case Form::kListOfNodes:
      return ReadListOfNodes(reader, /*are_ziplists=*/false);
    case Form::kSetListpack:
      return ReadPackedElements<Set>(reader, ForEachInListpack);
    case Form::kStream1:
    case Form::kStream2:
    case Form::kStream3:
      return ReadStream(static_cast<Form>(form), reader);
    case Form::kHashDeadlines1:
    case Form::kHashDeadlines2:
      return ReadHashWithDeadlines(static_cast<Form>(form), reader);
    case Form::kHashListpackDeadlines1:
    case Form::kHashListpackDeadlines2:
      return ReadPackedHashWithDeadlines(static_cast<Form>(form), reader);
  }
  return std::nullopt;
}

void AppendRdbValue(const Record& record, std::string* out) {
  const auto append = [out](const Element& element) { AppendRdbString(element.bytes(), out); };
  if (const auto* list = record.As<List>(); list != nullptr) {
    AppendForm(Form::kList, out);
    AppendRdbLength(list->size(), out);
    for (auto each = list->From(0); each.valid(); each.Next()) append(each.element());
  } else if (const auto* set = record.As<Set>(); set != nullptr) {
    AppendForm(Form::kSet, out);
    AppendRdbLength(set->size(), out);
    set->ForEach(append);
  } else if (const auto* sorted = record.As<SortedSet>(); sorted != nullptr) {
    AppendSortedSet(*sorted, out);
  } else if (const auto* hash = record.As<Hash>(); hash != nullptr) {
    AppendHash(*hash, out);
  } else if (const auto* stream = record.As<Stream>(); stream != nullptr) {
    AppendForm(Form::kStream2, out);
    AppendRdbStream(*stream, out);
  } else {
    AppendForm(Form::kString, out);
    AppendRdbString(record.text(), out);
  }
}

std::string DumpOf(const Record& record) {
  std::string dump;
  AppendRdbValue(record, &dump);
  AppendLittleEndian(VersionFor(record), kVersionBytes, &dump);
  AppendLittleEndian(Crc64(dump), kChecksumBytes, &dump);
  return dump;
}

Result<RdbValue> ReadDump(Bytes dump) {
  const Status wrong(Code::kInvalid, "DUMP payload version or checksum are wrong");
  if (dump.size() < kVersionBytes + kChecksumBytes) return wrong;
  const Bytes checked = dump.substr(0, dump.size() - kChecksumBytes);
  RdbReader footer(dump.substr(checked.size() - kVersionBytes));
  uint64_t version = 0;
  uint64_t checksum = 0;
  if (!footer.ReadUnsigned(kVersionBytes, &version) ||
      !footer.ReadUnsigned(kChecksumBytes, &checksum) || version > rdb::kLatestVersion ||
      checksum != Crc64(checked)) {
    return wrong;
  }
  RdbReader reader(checked.substr(0, checked.size() - kVersionBytes));
  uint8_t form = 0;
  std::optional<RdbValue> value;
  if (reader.ReadByte(&form)) value = ReadRdbValue(form, &reader);
  if (!value.has_value() || !reader.empty()) return Status(Code::kInvalid, "Bad data format");
  return *std::move(value);
}

}  // namespace kontor
