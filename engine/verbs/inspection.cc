#include "verbs/inspection.h"

#include <algorithm>

#include "keyspace/record.h"
#include "types/number.h"

namespace kontor::verbs {
namespace {

const Record* Look(Operation& operation, Bytes key) {
  const Record* const record = operation.keyspace()->Find(operation.database(), key);
  return record == nullptr || record->ExpiredAt(operation.now_unix_ms()) ? nullptr : record;
}

Bytes EncodingOf(Bytes text) {
  constexpr size_t kEmbedded = 44;
  int64_t integer = 0;
  if (ParseInteger(text, &integer)) return "int";
  return text.size() <= kEmbedded ? "embstr" : "raw";
}

// Ours are tables from 128 fields on, those of Redis from 512.
Bytes EncodingOf(const Hash& hash) {
  constexpr size_t kPackedFields = 512;
  constexpr size_t kPackedBytes = 64;
  if (hash.size() > kPackedFields) return "hashtable";
  bool is_packed = true;
  hash.ForEach([&](const Hash::Field& each) {
    is_packed = is_packed && each.field.bytes().size() <= kPackedBytes &&
                each.value.bytes().size() <= kPackedBytes;
  });
  return is_packed ? "listpack" : "hashtable";
}

Bytes EncodingOf(const Set& set) {
  switch (set.encoding()) {
    case Set::Encoding::kIntegers:
      return "intset";
    case Set::Encoding::kPacked:
      return "listpack";
    case Set::Encoding::kTable:
      break;
  }
  return "hashtable";
}

}  // namespace

std::optional<Bytes> KeyEncoding(Operation& operation, Bytes key) {
  const Record* const record = Look(operation, key);
  if (record == nullptr) return std::nullopt;
  if (record->is_string()) return EncodingOf(record->text());
  if (const auto* list = record->As<List>()) return list->is_packed() ? "listpack" : "quicklist";
  if (const auto* set = record->As<SortedSet>()) return set->is_packed() ? "listpack" : "skiplist";
  if (const auto* set = record->As<Set>()) return EncodingOf(*set);
  if (const auto* hash = record->As<Hash>()) return EncodingOf(*hash);
  return "stream";
}

std::optional<int64_t> KeyFrequency(Operation& operation, Bytes key) {
  const Record* const record = Look(operation, key);
  if (record == nullptr) return std::nullopt;
  constexpr int64_t kOneUse = 5;
  constexpr int64_t kDoubled = 12;
  constexpr int64_t kMost = 255;
  Keyspace* const keyspace = operation.keyspace();
  const UseClock& clock = *keyspace->ShardOf(keyspace->Hash(key))->clock();
  const int64_t half_life = std::max<int64_t>(clock.half_life(), 1);
  // The mark lies as many half-lives ahead of now as the weight of the uses has doubled.
  const int64_t ahead = clock.Ahead(record->use_mark());
  return std::clamp<int64_t>(kOneUse + kDoubled * ahead / half_life, 0, kMost);
}

}  // namespace kontor::verbs
