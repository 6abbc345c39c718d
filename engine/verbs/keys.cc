#include "verbs/keys.h"

#include <algorithm>

#include "base/glob.h"
#include "base/letter_case.h"
#include "base/limits.h"
#include "verbs/check_limits.h"

namespace kontor::verbs {
namespace {

Status SameObject() {
  return Status(Code::kInvalid, "source and destination objects are the same");
}

}  // namespace

Status CheckDatabase(int64_t index, uint32_t* database) {
  if (index < 0 || index >= limits::kDatabases) {
    return Status(Code::kOutOfRange, "DB index is out of range");
  }
  *database = static_cast<uint32_t>(index);
  return Ok();
}

bool KeyExists(Operation& operation, Bytes key) { return operation.Find(key) != nullptr; }

std::optional<ValueType> KeyType(Operation& operation, Bytes key) {
  const Record* const record = operation.Find(key);
  return record == nullptr ? std::nullopt : std::optional(record->type());
}

bool KeyDelete(Operation& operation, Bytes key) {
  if (!KeyClear(operation, key)) return false;
  operation.Announce(KeyEventClass::kGeneric, "del", key);
  return true;
}

bool KeyClear(Operation& operation, Bytes key) {
  if (operation.Find(key) == nullptr) {
    operation.RevokeLease(key);
    return false;
  }
  operation.Delete(key);
  return true;
}

void KeyStore(Operation& operation, KeyEventClass kind, Bytes event, Bytes key,
              absl::FunctionRef<void()> make) {
  const bool was_there = KeyClear(operation, key);
  make();
  if (operation.Find(key) != nullptr) {
    operation.Announce(kind, event, key);
  } else if (was_there) {
    operation.Announce(KeyEventClass::kGeneric, "del", key);
  }
}

KeyLifetime KeyLifetimeOf(Operation& operation, Bytes key) {
  KeyLifetime lifetime;
  const Record* const record = operation.Find(key);
  if (record == nullptr) return lifetime;
  lifetime.exists = true;
  lifetime.deadline_unix_ms = record->deadline_unix_ms();
  if (lifetime.deadline_unix_ms != 0) {
    lifetime.remaining_ms = lifetime.deadline_unix_ms - operation.now_unix_ms();
  }
  return lifetime;
}

Status CheckExpireConditions(const ExpireConditions& conditions) {
  if (conditions.if_none && (conditions.if_any || conditions.if_later || conditions.if_earlier)) {
    return Status(Code::kInvalid,
                  "NX and XX, GT or LT options at the same time are not compatible");
  }
  if (conditions.if_later && conditions.if_earlier) {
    return Status(Code::kInvalid, "GT and LT options at the same time are not compatible");
  }
  return Ok();
}

bool KeyExpire(Operation& operation, Bytes key, int64_t deadline_unix_ms,
               const ExpireConditions& conditions) {
  const Record* const record = operation.Find(key);
  if (record == nullptr) {
    // A time that has passed means to delete.
    if (deadline_unix_ms <= operation.now_unix_ms()) operation.RevokeLease(key);
    return false;
  }
  const int64_t old_unix_ms = record->deadline_unix_ms();
  if (!ConditionsHold(conditions, old_unix_ms, deadline_unix_ms)) return false;
  if (deadline_unix_ms <= operation.now_unix_ms()) {
    KeyDelete(operation, key);
    return true;
  }
  if (deadline_unix_ms != old_unix_ms) {
    operation.Expire(key, deadline_unix_ms);
  } else {
    operation.NoteWrite(key);
  }
  operation.Announce(KeyEventClass::kGeneric, "expire", key);
  return true;
}

bool KeyPersist(Operation& operation, Bytes key) {
  const Record* const record = operation.Find(key);
  if (record == nullptr || record->deadline_unix_ms() == 0) return false;
  operation.Expire(key, 0);
  operation.Announce(KeyEventClass::kGeneric, "persist", key);
  return true;
}

Result<bool> KeyRename(Operation& operation, Bytes key, Bytes target, bool only_if_absent) {
  KONTOR_RETURN_IF_ERROR(CheckKey(target));
  if (operation.Find(key) == nullptr) return Status(Code::kNotFound, "no such key");
  if (key == target) return !only_if_absent;
  if (operation.Find(target) != nullptr && only_if_absent) return false;
  operation.Move(key, operation.database(), target);
  operation.Announce(KeyEventClass::kGeneric, "rename_from", key);
  operation.Announce(KeyEventClass::kGeneric, "rename_to", target);
  return true;
}

Result<bool> KeyCopy(Operation& operation, Bytes key, uint32_t target_database, Bytes target,
                     bool replace) {
  KONTOR_RETURN_IF_ERROR(CheckKey(target));
  if (key == target && target_database == operation.database()) return SameObject();
  if (operation.Find(key) == nullptr) return false;
  if (operation.Find(target_database, target) != nullptr && !replace) return false;
  operation.Copy(key, target_database, target);
  operation.Announce(KeyEventClass::kGeneric, "copy_to", target_database, target);
  return true;
}

Result<bool> KeyMove(Operation& operation, Bytes key, uint32_t target_database) {
  if (target_database == operation.database()) return SameObject();
  if (operation.Find(key) == nullptr) return false;
  if (operation.Find(target_database, key) != nullptr) return false;
  operation.Move(key, target_database, key);
  operation.Announce(KeyEventClass::kGeneric, "move_from", key);
  operation.Announce(KeyEventClass::kGeneric, "move_to", target_database, key);
  return true;
}

uint64_t KeyCount(Operation& operation) {
  return operation.keyspace()->CountKeys(operation.database());
}

KeyScanResult KeyScan(Operation& operation, uint64_t cursor, const KeyScanOptions& options) {
  KeyScanResult result;
  const auto visit = [&](const Record& record) {
    if (record.ExpiredAt(operation.now_unix_ms())) return;
    if (options.pattern && !GlobSelects(*options.pattern, record.key())) return;
    if (options.type_name && !EqualsIgnoreCase(*options.type_name, TypeName(record.type()))) {
      return;
    }
    result.keys.emplace_back(record.key());
  };
  const uint64_t count = std::max<uint64_t>(options.count, 1);
  result.cursor = operation.keyspace()->Scan(operation.database(), cursor, count, visit);
  return result;
}

std::vector<std::string> KeysMatching(Operation& operation, Bytes pattern) {
  KeyScanOptions options;
  options.pattern = pattern;
  options.count = UINT64_MAX;
  return KeyScan(operation, 0, options).keys;
}

std::optional<std::string> RandomKey(Operation& operation, Random* random) {
  constexpr int kTries = 100;
  for (int i = 0; i < kTries; ++i) {
    const Record* const record = operation.keyspace()->RandomRecord(operation.database(), random);
    if (record == nullptr) return std::nullopt;
    if (!record->ExpiredAt(operation.now_unix_ms())) return std::string(record->key());
  }
  // Nearly everything has expired: look through what is left.
  std::vector<std::string> keys = KeysMatching(operation, "*");
  if (keys.empty()) return std::nullopt;
  return std::move(keys[random->Below(keys.size())]);
}

void FlushDatabase(Operation& operation, uint32_t database) {
  if (operation.keyspace()->CountKeys(database) > 0) {
    operation.FlushDatabase(database);
  } else {
    operation.RevokeLeases(database);
  }
}

void FlushAllDatabases(Operation& operation) {
  for (uint32_t database = 0; database < limits::kDatabases; ++database) {
    FlushDatabase(operation, database);
  }
}

void SwapDatabases(Operation& operation, uint32_t first, uint32_t second) {
  if (first != second) operation.SwapDatabases(first, second);
}

}  // namespace kontor::verbs
