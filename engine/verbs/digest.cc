#include "verbs/digest.h"

#include <bit>

#include "base/codec.h"
#include "base/hash.h"

namespace kontor::verbs {
namespace {

Digest DigestOf(const std::string& part) {
  Digest digest;
  digest.Append(part);
  return digest;
}

Digest Of(const List& list, int64_t /*now_unix_ms*/) {
  Digest digest;
  for (auto each = list.From(0); each.valid(); each.Next()) {
    const Element element = each.element();
    digest.Append(element.bytes());
  }
  return digest;
}

Digest Of(const Set& set, int64_t /*now_unix_ms*/) {
  Digest digest;
  set.ForEach([&](const Element& member) {
    Digest part;
    part.Append(member.bytes());
    digest.Add(part);
  });
  return digest;
}

Digest Of(const SortedSet& set, int64_t /*now_unix_ms*/) {
  Digest digest;
  set.ForEach([&](const SortedSet::Member& each) {
    std::string part;
    PutBytes(&part, each.member.bytes());
    PutFixed64(&part, std::bit_cast<uint64_t>(each.score));
    digest.Add(DigestOf(part));
  });
  return digest;
}

Digest Of(const Hash& hash, int64_t now_unix_ms) {
  Digest digest;
  hash.ForEach([&](const Hash::Field& each) {
    const int64_t deadline_unix_ms = hash.DeadlineOf(each.field.bytes());
    if (deadline_unix_ms != 0 && deadline_unix_ms <= now_unix_ms) return;
    std::string part;
    PutBytes(&part, each.field.bytes());
    PutBytes(&part, each.value.bytes());
    PutSignedVarint(&part, deadline_unix_ms);
    digest.Add(DigestOf(part));
  });
  return digest;
}

void PutId(std::string* out, const StreamId& id) {
  PutVarint(out, id.ms);
  PutVarint(out, id.sequence);
}

Digest Of(const std::string& name, const ConsumerGroup& group) {
  std::string head;
  PutBytes(&head, name);
  PutId(&head, group.last_delivered_id);
  PutVarint(&head, group.entries_read.has_value() ? 1 : 0);
  PutVarint(&head, group.entries_read.value_or(0));
  Digest digest;
  digest.Append(head);
  for (const auto& [consumer_name, consumer] : group.consumers()) {
    std::string part = "consumer";
    PutBytes(&part, consumer_name);
    PutSignedVarint(&part, consumer.seen_unix_ms);
    PutSignedVarint(&part, consumer.active_unix_ms);
    digest.Append(part);
  }
  group.pending().ForEach([&](const ConsumerGroup::Pending& each) {
    std::string part = "pending";
    PutId(&part, each.id);
    PutBytes(&part, each.consumer->name());
    PutSignedVarint(&part, each.delivered_unix_ms);
    PutVarint(&part, each.deliveries);
    digest.Append(part);
  });
  return digest;
}

Digest Of(const Stream& stream, int64_t /*now_unix_ms*/) {
  Digest digest;
  std::string ids;
  PutId(&ids, stream.last_id());
  PutId(&ids, stream.max_deleted_id());
  PutVarint(&ids, stream.entries_added());
  digest.Append(ids);
  for (auto each = stream.From(kNoStreamId); each.valid(); each.Next()) {
    std::string part;
    PutId(&part, each.id());
    each.entry().ForEach([&part](const Element& name, const Element& value) {
      PutBytes(&part, name.bytes());
      PutBytes(&part, value.bytes());
    });
    digest.Append(part);
  }
  for (const auto& [name, group] : stream.groups()) digest.Add(Of(name, group));
  return digest;
}

bool IsGone(const Record& record, int64_t now_unix_ms) {
  const Hash* const hash = record.As<Hash>();
  return record.ExpiredAt(now_unix_ms) ||
         (hash != nullptr && hash->CountOverdue(now_unix_ms) == hash->size());
}

}  // namespace

// The words are three hashes that differ in their seeds, and each seed holds what came before.
void Digest::Append(Bytes part) {
  constexpr uint64_t kApart = 0x9e3779b97f4a7c15;  // so that the first seeds differ, too
  uint64_t offset = 0;
  for (uint64_t& word : words_) {
    offset += kApart;
    word = Xxh3(part, word + offset);
  }
}

// A sum, so that two equal parts are something else than none.
void Digest::Add(const Digest& part) {
  for (size_t i = 0; i < words_.size(); ++i) words_[i] += part.words_[i];
}

std::string Digest::Hex() const {
  constexpr size_t kDigits = 40;
  constexpr char kDigitsOfHex[] = "0123456789abcdef";
  std::string text;
  for (size_t i = 0; i < kDigits; ++i) {
    const uint64_t nibble = words_[i / 16] >> (4 * (i % 16)) & 0xf;
    text.push_back(kDigitsOfHex[nibble]);
  }
  return text;
}

Digest ValueDigest(const Record& record, int64_t now_unix_ms) {
  Digest digest;
  const auto type = static_cast<char>(record.type());
  digest.Append(Bytes(&type, 1));
  if (record.is_string()) {
    digest.Append(record.text());
    return digest;
  }
  VisitType(record.type(),
            [&]<typename T>() { digest.Append(Of(*record.As<T>(), now_unix_ms).Hex()); });
  return digest;
}

Digest DataDigest(Operation& operation) {
  const int64_t now_unix_ms = operation.now_unix_ms();
  Keyspace* const keyspace = operation.keyspace();
  Digest data;
  for (uint32_t index = 0; index < keyspace->shard_count(); ++index) {
    Shard* const shard = keyspace->shard(index);
    shard->lock()->AssertHeld();
    for (uint32_t database = 0; database < limits::kDatabases; ++database) {
      shard->table(database).ForEach([&](const Record& record) {
        if (IsGone(record, now_unix_ms)) return;
        std::string head;
        PutVarint(&head, database);
        PutSignedVarint(&head, record.deadline_unix_ms());
        head.append(record.key());
        Digest key = DigestOf(head);
        key.Append(ValueDigest(record, now_unix_ms).Hex());
        data.Add(key);
      });
    }
  }
  return data;
}

}  // namespace kontor::verbs
