#include "verbs/dumps.h"

#include <memory>
#include <variant>

#include "verbs/check_limits.h"
#include "verbs/keys.h"

namespace kontor::verbs {
namespace {

// Makes a collection at a key that is not there, element by element. Fields that are overdue are
// left out.
struct Maker {
  Operation& operation;
  const Bytes key;

  void operator()(const std::string& text) const { operation.SetString(key, text, 0); }
  void operator()(const std::unique_ptr<List>& list) const {
    for (auto each = list->From(0); each.valid(); each.Next()) {
      const Element element = each.element();
      operation.PushBack(key, element.bytes());
    }
  }
  void operator()(const std::unique_ptr<Set>& set) const {
    set->ForEach([this](const Element& member) { operation.AddMember(key, member.bytes()); });
  }
  void operator()(const std::unique_ptr<SortedSet>& set) const {
    set->ForEach([this](const SortedSet::Member& each) {
      operation.SetScore(key, each.member.bytes(), each.score);
    });
  }
  void operator()(const std::unique_ptr<Hash>& hash) const {
    hash->ForEach([this, &hash](const Hash::Field& each) {
      const Bytes field = each.field.bytes();
      const int64_t deadline_unix_ms = hash->DeadlineOf(field);
      if (deadline_unix_ms != 0 && deadline_unix_ms <= operation.now_unix_ms()) return;
      operation.SetField(key, field, each.value.bytes());
      if (deadline_unix_ms != 0) operation.ExpireField(key, field, deadline_unix_ms);
    });
  }
  void operator()(const std::unique_ptr<Stream>& stream) const {
    operation.MakeStream(key, *stream);
  }
};

// What it takes of memory, nearly; it may have been compressed to much less.
struct Measure {
  size_t operator()(const std::string& text) const { return text.size(); }
  template <typename T>
  size_t operator()(const std::unique_ptr<T>& collection) const {
    return collection->memory_bytes();
  }
};

// Whether nothing is left of it but what is overdue.
bool IsOverdue(const RdbValue& value, int64_t now_unix_ms) {
  const auto* const hash = std::get_if<std::unique_ptr<Hash>>(&value);
  return hash != nullptr && (*hash)->CountOverdue(now_unix_ms) == (*hash)->size();
}

}  // namespace

std::optional<std::string> KeyDump(Operation& operation, Bytes key) {
  const Record* const record = operation.Find(key);
  if (record == nullptr) return std::nullopt;
  return DumpOf(*record);
}

Status KeyRestore(Operation& operation, Bytes key, const RdbValue& value,
                  int64_t deadline_unix_ms) {
  KONTOR_RETURN_IF_ERROR(CheckKey(key));
  KONTOR_RETURN_IF_ERROR(operation.CheckGrowth(std::visit(Measure(), value)));
  const int64_t now_unix_ms = operation.now_unix_ms();
  if ((deadline_unix_ms != 0 && deadline_unix_ms <= now_unix_ms) || IsOverdue(value, now_unix_ms)) {
    KeyDelete(operation, key);
    return Ok();
  }
  KeyClear(operation, key);
  std::visit(Maker{operation, key}, value);
  if (deadline_unix_ms != 0) operation.Expire(key, deadline_unix_ms);
  operation.Announce(KeyEventClass::kGeneric, "restore", key);
  return Ok();
}

}  // namespace kontor::verbs
