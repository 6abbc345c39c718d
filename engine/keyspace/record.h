#ifndef KONTOR_KEYSPACE_RECORD_H_
#define KONTOR_KEYSPACE_RECORD_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "base/bytes.h"
#include "base/effect.h"
#include "types/hash.h"
#include "types/list.h"

namespace kontor {

enum class ValueType : uint8_t { kString, kHash, kList };

// The name TYPE answers.
Bytes TypeName(ValueType type);

using Value = std::variant<std::string, std::unique_ptr<Hash>, std::unique_ptr<List>>;

// One key with its deadline and its value. Guarded by the lock of its shard.
class Record {
 public:
  Record(Bytes key, Value value) : key_(key), value_(std::move(value)) {}

  Bytes key() const { return key_; }
  ValueType type() const { return static_cast<ValueType>(value_.index()); }

  // Unix milliseconds; 0: none. Changed by Shard::SetDeadline only, which keeps the order of
  // deadlines.
  int64_t deadline_unix_ms() const { return deadline_unix_ms_; }
  bool ExpiredAt(int64_t now_unix_ms) const {
    return deadline_unix_ms_ != 0 && deadline_unix_ms_ <= now_unix_ms;
  }

  // Null if the value is of another type.
  std::string* string() { return std::get_if<std::string>(&value_); }
  const std::string* string() const { return std::get_if<std::string>(&value_); }
  Hash* hash() { return Held<Hash>(); }
  const Hash* hash() const { return const_cast<Record*>(this)->Held<Hash>(); }
  List* list() { return Held<List>(); }
  const List* list() const { return const_cast<Record*>(this)->Held<List>(); }

  // Replaces the value, whatever its type.
  void SetValue(Value value) { value_ = std::move(value); }
  // The value under another key, without deadline; this record must not be used any more.
  std::unique_ptr<Record> MoveAs(Bytes key) {
    return std::make_unique<Record>(key, std::move(value_));
  }
  // A deep copy under another key, without deadline.
  std::unique_ptr<Record> CloneAs(Bytes key) const;

  // Effects that rebuild this key from nothing: for snapshots.
  void Describe(uint32_t database, const std::function<void(const KeyEffect&)>& tell) const;

 private:
  friend class Shard;

  template <typename T>
  T* Held() {
    auto* held = std::get_if<std::unique_ptr<T>>(&value_);
    return held == nullptr ? nullptr : held->get();
  }

  const std::string key_;
  int64_t deadline_unix_ms_ = 0;
  Value value_;
};

}  // namespace kontor

#endif  // KONTOR_KEYSPACE_RECORD_H_
