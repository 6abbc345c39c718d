#include "verbs/dumps.h"

#include <memory>
#include <variant>

#include "verbs/check_limits.h"
#include "verbs/keys.h"

namespace kontor::verbs {
namespace {

// Makes a collection at a key that is not there, element by element.
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
    hash->ForEach([this](const Hash::Field& each) {
      operation.SetField(key, each.field.bytes(), each.value.bytes());
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
  if (deadline_unix_ms != 0 && deadline_unix_ms <= operation.now_unix_ms()) {
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
