#include "db/reload.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "os/memory_file_system.h"
#include "persist/snapshot.h"
#include "verbs/digest.h"

namespace kontor {
namespace {

constexpr uint32_t kLeastShards = 2;  // a keyspace has at least so many

// Calls visit(shard, database, record) for every record.
template <typename Visitor>
void ForEachRecord(Shard* shard, Visitor visit) {
  shard->lock()->AssertHeld();
  for (uint32_t database = 0; database < limits::kDatabases; ++database) {
    shard->table(database).ForEach([&](const Record& record) { visit(shard, database, record); });
  }
}

template <typename Visitor>
void ForEachRecord(Keyspace* keyspace, Visitor visit) {
  for (uint32_t i = 0; i < keyspace->shard_count(); ++i) ForEachRecord(keyspace->shard(i), visit);
}

bool IsEmpty(Shard* shard) {
  bool is_empty = true;
  ForEachRecord(shard, [&](Shard* /*shard*/, uint32_t, const Record&) { is_empty = false; });
  return is_empty;
}

Status WriteAndRead(Shard* shard, Keyspace* copy) {
  const std::string directory = "/reload";
  MemoryFileSystem disk;
  KONTOR_RETURN_IF_ERROR(disk.CreateDirectory(directory));
  KONTOR_ASSIGN_OR_RETURN(const std::unique_ptr<SnapshotWriter> writer,
                          SnapshotWriter::Create(&disk, directory, /*cut=*/0));
  ForEachRecord(shard, [&](Shard* /*shard*/, uint32_t database, const Record& record) {
    record.Describe(database, [&](const KeyEffect& effect) { writer->Add(effect); });
  });
  KONTOR_RETURN_IF_ERROR(writer->Finish());
  return ReadSnapshot(
      &disk, directory + "/" + writer->name(), writer->cut(),
      [copy](const Effect& effect) -> Status { return copy->Apply(std::get<KeyEffect>(effect)); });
}

bool AreEqual(const Record* one, const Record& other) {
  constexpr int64_t kLongAgo = 0;  // what has expired is compared, too
  return one != nullptr && one->deadline_unix_ms() == other.deadline_unix_ms() &&
         verbs::ValueDigest(*one, kLongAgo) == verbs::ValueDigest(other, kLongAgo);
}

Status Compare(Shard* shard, Keyspace* copy) {
  std::optional<std::string> different;
  uint64_t left = 0;
  ForEachRecord(shard, [&](Shard* /*shard*/, uint32_t database, const Record& record) {
    ++left;
    if (!AreEqual(copy->Find(database, record.key()), record)) different = record.key();
  });
  ForEachRecord(copy, [&](Shard* /*shard*/, uint32_t /*database*/, const Record&) { --left; });
  if (different.has_value()) {
    return Status(Code::kCorrupt,
                  "the value of a key comes back as another one: '" + *different + "'");
  }
  return left == 0 ? Ok() : Status(Code::kCorrupt, "another number of keys comes back");
}

void Replace(Keyspace* keyspace, Keyspace* copy) {
  ForEachRecord(copy, [&](Shard* of_copy, uint32_t database, const Record& record) {
    of_copy->lock()->AssertHeld();
    const uint64_t hash = keyspace->Hash(record.key());
    Shard* const shard = keyspace->ShardOf(hash);
    shard->lock()->AssertHeld();
    Value value;
    if (record.is_string()) {
      value = record.PinText();
    } else {
      of_copy->NoteCollection(database, -static_cast<int64_t>(record.collection_bytes()));
      value = copy->Find(database, record.key())->TakeValue();
    }
    Record::Content content =
        Record::Content::OfValue(record.key(), &value, record.deadline_unix_ms());
    shard->Put(database, hash, &content);
  });
}

}  // namespace

Status Reload(Core* core) {
  for (uint32_t i = 0; i < core->keyspace.shard_count(); ++i) {
    Shard* const shard = core->keyspace.shard(i);
    const SequenceLockHolder lock(shard->lock());
    if (core->closed.load(std::memory_order_relaxed)) return EngineClosed();
    if (IsEmpty(shard)) continue;
    Keyspace copy(kLeastShards, core->NextSeed());
    KONTOR_RETURN_IF_ERROR(WriteAndRead(shard, &copy));
    KONTOR_RETURN_IF_ERROR(Compare(shard, &copy));
    Replace(&core->keyspace, &copy);
  }
  return Ok();
}

}  // namespace kontor
